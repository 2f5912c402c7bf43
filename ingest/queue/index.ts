/** Job delivery: the JobQueue port, its adapters, and the choice between them. */

import { join } from 'node:path';
import { bullmqQueue } from './bullmq.ts';
import type { ErrorSink } from './policy.ts';
import { sqliteQueue } from './sqlite.ts';
import type { JobQueue } from './types.ts';

export * from './types.ts';
export { bullmqQueue, type BullmqQueueOptions } from './bullmq.ts';
export type { QueueClock } from './clock.ts';
export { QueueUnavailableError } from './errors.ts';
export { sqliteQueue, type SqliteQueueOptions } from './sqlite.ts';

export interface QueueConfig {
  /** Graphblend's home folder; the embedded queue lies in it as `queue.db`. */
  readonly home: string;
  /** Redis to share the work with other machines; the embedded queue serves without it. */
  readonly redisUrl?: string;
  readonly onError?: ErrorSink;
}

export function openQueue({ home, redisUrl, onError }: QueueConfig): JobQueue {
  if (redisUrl) return bullmqQueue({ url: redisUrl, onError });
  return sqliteQueue({ path: join(home, 'queue.db'), onError });
}
