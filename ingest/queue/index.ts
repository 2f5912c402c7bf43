/** Job delivery: the JobQueue port, its adapters, and the choice between them. */

import { join } from 'node:path';
import { homeId } from '../home.ts';
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
  /**
   * Redis to keep the queue in, for all processes that work on this home; the embedded queue serves without
   * it. Homes that share a Redis have queues of their own: a job is known to the database of its home alone.
   */
  readonly redisUrl?: string;
  readonly onError?: ErrorSink;
}

export function openQueue({ home, redisUrl, onError }: QueueConfig): JobQueue {
  if (redisUrl)
    return bullmqQueue({ url: redisUrl, prefix: `graphblend-${homeId(home)}`, onError });
  return sqliteQueue({ path: join(home, 'queue.db'), onError });
}
