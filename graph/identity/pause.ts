import { setImmediate as turn } from 'node:timers/promises';

/** Called often in a long computation; lets others run when it has gone on for a while. */
export type Pause = () => Promise<void> | undefined;

export const noPause: Pause = () => undefined;

/** A computation holds the thread for so long at a time. */
const SLICE_MS = 8;

/** @throws the signal's reason when it is aborted */
export function pauses(signal?: AbortSignal): Pause {
  let since = performance.now();
  return () => {
    if (performance.now() - since < SLICE_MS) return undefined;
    signal?.throwIfAborted();
    return turn().then(() => void (since = performance.now()));
  };
}
