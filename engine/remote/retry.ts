/** Tries again what may pass by itself: waits double, are spread by chance, and are as long as the server asks. */

import { RemoteModelError } from './errors.ts';
import type { RemoteClock } from './types.ts';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A server that wants more patience than this is as good as away. */
const LONGEST_ASKED_MS = 120_000;

export interface RetryOptions {
  readonly attempts: number;
  readonly clock: RemoteClock;
  readonly random: () => number;
  readonly signal?: AbortSignal;
}

/** An error's wish for how long to wait. */
export class RetryAfterError extends RemoteModelError {
  override name = 'RetryAfterError';
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    details: ConstructorParameters<typeof RemoteModelError>[1] & { retryAfterMs?: number },
  ) {
    super(message, details);
    this.retryAfterMs = details.retryAfterMs;
  }
}

export async function withRetries<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      options.signal?.throwIfAborted();
      const isFinal = !(error instanceof RemoteModelError) || !error.isTransient;
      if (isFinal || attempt >= options.attempts) throw error;
      const wait = waitOf(error, attempt, options.random);
      if (wait === undefined) throw error;
      await options.clock.sleep(wait, options.signal);
    }
  }
}

function waitOf(
  error: RemoteModelError,
  attempt: number,
  random: () => number,
): number | undefined {
  const asked = error instanceof RetryAfterError ? error.retryAfterMs : undefined;
  if (asked !== undefined && asked > LONGEST_ASKED_MS) return undefined;
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
  // Full jitter, but never sooner than half: a herd spreads, and nobody hammers.
  const own = longest * (0.5 + 0.5 * random());
  return Math.max(own, asked ?? 0);
}

/** Seconds, or a date. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
