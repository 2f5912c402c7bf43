/** Opens a queue with the short times that tests use, in this process or in a child. */

import { bullmqQueue, sqliteQueue, type JobQueue } from '../../ingest/queue/index.ts';
import type { QueueClock } from '../../ingest/queue/clock.ts';

export type QueueAddress =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'bullmq'; readonly url: string; readonly prefix: string };

export const LEASE_MS = 900;
export const BACKOFF_MS = 150;
export const MAX_ATTEMPTS = 3;

export interface TestSettings {
  readonly clock?: QueueClock;
  readonly onError?: (error: Error) => void;
}

export function openForTest(address: QueueAddress, settings: TestSettings = {}): JobQueue {
  const common = {
    backoffMs: BACKOFF_MS,
    maxAttempts: MAX_ATTEMPTS,
    onError: () => {},
    ...settings,
  };
  if (address.kind === 'sqlite') {
    return sqliteQueue({ ...common, path: address.path, leaseMs: LEASE_MS, pollMs: 50 });
  }
  return bullmqQueue({ ...common, url: address.url, prefix: address.prefix, lockMs: LEASE_MS });
}
