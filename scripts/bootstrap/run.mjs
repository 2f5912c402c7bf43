/** Runs child processes as if they were this one: same terminal, signals passed on, exit code passed back. */

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { at } from './paths.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Passes signals on while `child` runs; returns how to stop that. */
function forwardSignals(child) {
  const forwards = SIGNALS.map((signal) => {
    // Ctrl-C at a terminal reaches the whole process group: a second one would mean "at once".
    const ownCopy = signal === 'SIGINT' && process.stdin.isTTY;
    return [signal, () => ownCopy || child.kill(signal)];
  });
  for (const [signal, forward] of forwards) process.on(signal, forward);
  return () => {
    for (const [signal, forward] of forwards) process.off(signal, forward);
  };
}

/** @returns the exit code, 128 + n after signal n as shells have it, 127 if it could not be started. */
export function run(command, args, { env = {}, stdio = 'inherit' } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: at(), stdio, env: { ...process.env, ...env } });
    const stopForwarding = forwardSignals(child);
    child.on('error', (error) => {
      stopForwarding();
      process.stderr.write(`${command}: ${error.message}\n`);
      resolve(127);
    });
    child.on('exit', (code, signal) => {
      stopForwarding();
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

export const node = (args, env) => run(process.execPath, args, { env });

/** Everything a tool prints goes to stderr. */
export const TO_STDERR = ['ignore', 2, 2];

/** npm as [command, args]: the one that runs us when there is one, else the one on the PATH. */
export function npm(args) {
  const self = process.env.npm_execpath;
  return self?.endsWith('.js') ? [process.execPath, [self, ...args]] : ['npm', args];
}

export const npmRun = (script) => npm(['run', '--silent', script]);
