/** Tries again what a network may make fail, with longer waits in between. */
import { HubError } from '../errors.ts';

export interface RetryOptions {
  /** Tries without any progress before it gives up. */
  readonly attempts: number;
  /** Each wait is twice as long as the one before. */
  readonly firstWaitMs: number;
  readonly signal?: AbortSignal;
}

/**
 * @param progressed asked after a failure: has the try got anywhere? Then the count of failures starts anew.
 * Throws what `work` threw last, or at once what no other try would mend.
 */
export async function retrying<T>(
  { attempts, firstWaitMs, signal }: RetryOptions,
  work: () => Promise<T>,
  progressed: () => boolean = () => false,
): Promise<T> {
  for (let failures = 0; ;) {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      failures = progressed() ? 1 : failures + 1;
      if (!(error instanceof HubError && error.isPassing) || failures >= attempts) throw error;
      await wait(firstWaitMs * 2 ** (failures - 1), signal);
    }
  }
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    };
    const timer = setTimeout(done, ms);
    function stop(): void {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    }
    signal?.addEventListener('abort', stop, { once: true });
  });
}
