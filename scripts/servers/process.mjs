/** What the servers of this folder share: files that say what runs, and waiting until it does. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export const readIf = (file) => (existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined);

/**
 * The process of a pid file, if it runs and its command line holds `mark`: a pid may have gone to another program
 * since. One that was just killed may still be there as a zombie.
 */
export function livePid(pidFile, mark) {
  const pid = readIf(pidFile);
  if (!pid) return undefined;
  const { stdout } = spawnSync('ps', ['-ww', '-o', 'stat=,args=', '-p', pid], { encoding: 'utf8' });
  return stdout.includes(mark) && !stdout.trim().startsWith('Z') ? Number(pid) : undefined;
}

/** Whether `check` came true in time; asks every 50 ms. */
export async function until(check, timeoutMs) {
  for (const endMs = Date.now() + timeoutMs; Date.now() < endMs; await sleep(50)) {
    if (await check()) return true;
  }
  return false;
}
