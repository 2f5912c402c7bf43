/** Two token buckets, one of requests and one of tokens, that refill over a minute; waits are first come first served. */

import type { RemoteClock } from './types.ts';

const MINUTE_MS = 60_000;

export interface RateLimit {
  /** Resolves when a request of about `tokens` may begin. A request larger than the limit waits for a full bucket. */
  take(tokens: number, signal?: AbortSignal): Promise<void>;
}

export function rateLimit(
  clock: RemoteClock,
  limits: { readonly requestsPerMinute?: number; readonly tokensPerMinute?: number },
): RateLimit {
  const buckets = [
    bucket(clock, limits.requestsPerMinute, () => 1),
    bucket(clock, limits.tokensPerMinute, (tokens) => tokens),
  ];
  let last: Promise<unknown> = Promise.resolve();
  return {
    take: (tokens, signal) => {
      const turn = last
        .catch(() => {})
        .then(async () => {
          for (const one of buckets) await one(tokens, signal);
        });
      last = turn;
      return turn;
    },
  };
}

function bucket(
  clock: RemoteClock,
  perMinute: number | undefined,
  costOf: (tokens: number) => number,
): (tokens: number, signal?: AbortSignal) => Promise<void> {
  if (perMinute === undefined) return async () => {};
  let level = perMinute;
  let at = clock.now();
  return async (tokens, signal) => {
    signal?.throwIfAborted();
    const cost = Math.min(costOf(tokens), perMinute);
    for (;;) {
      const now = clock.now();
      level = Math.min(perMinute, level + ((now - at) * perMinute) / MINUTE_MS);
      at = now;
      // Rounding may leave the level a hair below.
      if (level >= cost - 1e-9) break;
      await clock.sleep(Math.ceil(((cost - level) * MINUTE_MS) / perMinute), signal);
    }
    level -= cost;
  };
}
