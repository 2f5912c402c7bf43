/** Lets one bootstrap of this checkout install or build at a time; the others wait. */

import { createHash } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { at, say } from './paths.mjs';

// Outside the checkout: an install empties node_modules, and nothing else here is ours to litter.
const name = createHash('sha256').update(at()).digest('hex').slice(0, 16);
const file = join(tmpdir(), `graphblend-${process.getuid?.() ?? 0}-${name}.lock`);
const own = `${file}.${process.pid}`;

function taken() {
  try {
    // Linked into place with its content: a lock without a holder's number cannot come to be.
    writeFileSync(own, String(process.pid));
    linkSync(own, file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

function holderIsGone() {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    // Signal 0 to process 0 would ask about ourselves, and always succeed.
    if (!(pid > 0)) return true;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH' || error.code === 'ENOENT';
  }
}

export async function alone(work) {
  for (let waited = 0; !taken(); waited++) {
    if (holderIsGone()) rmSync(file, { force: true });
    else if (waited % 100 === 0)
      say(`Waiting for another Graphblend command to install or build (its lock is ${file}) ...`);
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
