import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A path inside the checkout. */
export const at = (...parts) => join(root, ...parts);

/** A line for the person at the terminal; stdout belongs to the command that is run. */
export const say = (line) => process.stderr.write(`${line}\n`);
