import { setImmediate } from 'node:timers/promises';

/** Longest stretch of work, in ms, before other requests get their turn. */
export const SLICE_MS = 5;

/** Call the returned function between small pieces of work; it yields when a slice is used up. */
export function startSlices(): () => Promise<void> {
  let started = performance.now();
  return async () => {
    if (performance.now() - started < SLICE_MS) return;
    await setImmediate();
    started = performance.now();
  };
}
