/**
 * A thread inside the parser process that ends it when it outgrows its memory, outlives its time or loses
 * its parent. The main thread cannot do that: a parser in an endless loop never lets a timer run.
 */

import { Worker } from 'node:worker_threads';
import { MEMORY_MARK } from './child-protocol.ts';

/** The parent's own timer comes first; this one is for a parent that was killed. */
const GRACE_MS = 3_000;

const SOURCE = `
const { parentPort, workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const parent = process.ppid;
let deadline = Infinity;
let memoryBytes = Infinity;
parentPort.on('message', (limits) => {
  deadline = limits === null ? Infinity : Date.now() + limits.timeoutMs + workerData.graceMs;
  memoryBytes = limits === null ? Infinity : limits.memoryMb * 1024 * 1024;
});
setInterval(() => {
  const tooBig = process.memoryUsage.rss() > memoryBytes;
  if (tooBig) writeSync(2, workerData.memoryMark + '\\n');
  if (tooBig || Date.now() > deadline || process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, 50);
`;

export interface Watchdog {
  watch(limits: { readonly timeoutMs: number; readonly memoryMb: number }): void;
  rest(): void;
}

export function startWatchdog(): Watchdog {
  const worker = new Worker(SOURCE, {
    eval: true,
    execArgv: [],
    workerData: { graceMs: GRACE_MS, memoryMark: MEMORY_MARK },
  });
  worker.unref();
  return {
    watch: ({ timeoutMs, memoryMb }) => worker.postMessage({ timeoutMs, memoryMb }),
    rest: () => worker.postMessage(null),
  };
}
