/** Installs Debian packages when that can be done without asking anybody for a password. */

import { spawnSync } from 'node:child_process';
import { say } from '../bootstrap/paths.mjs';

export const has = (program) =>
  spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;

const quiet = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** The words before `apt-get`, or undefined when it cannot be run. */
function privileges() {
  if (!has('apt-get')) return undefined;
  if (process.getuid?.() === 0) return [];
  return has('sudo') && quiet('sudo', ['-n', 'true']) ? ['sudo', '-n'] : undefined;
}

/** @throws Error that says which command a person has to run. */
export function aptInstall(program, { apt, others }) {
  if (has(program)) return;
  const before = privileges();
  const byHand = [`sudo apt-get install -y ${apt}`, ...others].join('\n  ');
  if (!before)
    throw new Error(
      `${program} is missing and cannot be installed from here. Install it with one of\n  ${byHand}`,
    );
  say(`Installing ${apt} ...`);
  const aptGet = [...before, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', apt],
  ]) {
    const [command, ...rest] = [...aptGet, ...args];
    spawnSync(command, rest, { stdio: ['ignore', 2, 2] });
  }
  if (!has(program))
    throw new Error(`apt-get did not install ${apt}; its output is above. Try\n  ${byHand}`);
}
