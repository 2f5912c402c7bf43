/** KV files as values of a Redis. */
import { Redis } from 'ioredis';
import type { RedisOptions, SharedTier } from './types.ts';

export function openRedisTier({ url, prefix, ttlSeconds }: RedisOptions): SharedTier {
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    connectTimeout: 2000,
    enableOfflineQueue: true,
    retryStrategy: (attempt) => Math.min(10_000, 200 * attempt),
  });
  // Every call says what failed; the event repeats it.
  redis.on('error', () => undefined);
  const name = (key: string): string => `${prefix}${key}`;
  return {
    kind: 'redis',
    async get(key, signal) {
      const file = await orAbort(
        ttlSeconds ? redis.getexBuffer(name(key), 'EX', ttlSeconds) : redis.getBuffer(name(key)),
        signal,
      );
      return file ?? undefined;
    },
    async put(key, file, signal) {
      const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
      await orAbort(
        ttlSeconds
          ? redis.set(name(key), bytes, 'EX', ttlSeconds, 'NX')
          : redis.set(name(key), bytes, 'NX'),
        signal,
      );
    },
    async delete(keys, signal) {
      if (keys.length > 0) await orAbort(redis.unlink(...keys.map(name)), signal);
    },
    async close() {
      redis.disconnect();
    },
  };
}

/** A command that was sent cannot be called back, but nobody has to wait for it. */
function orAbort<T>(command: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    command.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
