/** Lets one bootstrap of this checkout install or build at a time; the others wait. */

import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { at, say } from './paths.mjs';

// Outside the checkout: an install empties node_modules, and nothing else here is ours to litter.
const name = createHash('sha256').update(at()).digest('hex').slice(0, 16);
const file = join(tmpdir(), `graphblend-${process.getuid?.() ?? 0}-${name}.lock`);

function taken() {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

function holderIsGone() {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH' || error.code === 'ENOENT';
  }
}

export async function alone(work) {
  for (let waited = 0; !taken(); waited++) {
    if (holderIsGone()) rmSync(file, { force: true });
    else if (waited % 100 === 0)
      say('Waiting for another Graphblend command to install or build ...');
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
