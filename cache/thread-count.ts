/** How many threads a model is run with. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Below this width one step is dozens of products of a few microseconds, and handing each to a second thread
 * costs more than it saves: on a busy machine the bundled reader (256 wide) is 1.5-5x faster with one.
 */
const WIDE = 512;

/** @param atMost what the machine has for one product */
export function threadCount(modelFolder: string, atMost: number): number {
  return hiddenSize(modelFolder) < WIDE ? 1 : atMost;
}

/** Infinity if it cannot be read: loading the model says what is wrong with the folder. */
function hiddenSize(modelFolder: string): number {
  try {
    const config = JSON.parse(readFileSync(join(modelFolder, 'config.json'), 'utf8')) as {
      hidden_size?: unknown;
    };
    return typeof config.hidden_size === 'number' ? config.hidden_size : Infinity;
  } catch {
    return Infinity;
  }
}
