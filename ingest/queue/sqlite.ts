/** The default JobQueue: a table in a SQLite file, shared by any number of processes of one machine. */

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemClock, type QueueClock } from './clock.ts';
import { JobTable } from './job-table.ts';
import {
  checkedConcurrency,
  checkedJobId,
  checkedPriority,
  DEFAULT_BACKOFF_MS,
  DEFAULT_LEASE_MS,
  DEFAULT_MAX_ATTEMPTS,
  warnOnError,
  type ErrorSink,
} from './policy.ts';
import { SqliteWorker } from './sqlite-worker.ts';
import type { JobQueue } from './types.ts';

export interface SqliteQueueOptions {
  /** Database file; created with its folder when missing. May be shared with other tables. */
  readonly path: string;
  /** A job is delivered again when its worker has been silent for this long. Default 10,000. */
  readonly leaseMs?: number;
  /** Deliveries that may end in RetryableError before the job is given up. Default 5. */
  readonly maxAttempts?: number;
  /** Wait before the second attempt; doubles with each further one, up to five minutes. Default 1,000. */
  readonly backoffMs?: number;
  /** How often a worker looks for jobs that other processes added. Default 200. */
  readonly pollMs?: number;
  readonly clock?: QueueClock;
  /** Told of trouble the queue recovers from by itself. Default: a process warning. */
  readonly onError?: ErrorSink;
}

export function sqliteQueue(options: SqliteQueueOptions): JobQueue {
  mkdirSync(dirname(options.path), { recursive: true });
  const table = new JobTable(options.path);
  const clock = options.clock ?? systemClock;
  const workers = new Set<SqliteWorker>();
  const settings = {
    leaseMs: options.leaseMs ?? DEFAULT_LEASE_MS,
    maxAttempts: options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
    backoffMs: options.backoffMs ?? DEFAULT_BACKOFF_MS,
    pollMs: options.pollMs ?? 200,
    clock,
    onError: options.onError ?? warnOnError,
  };
  let closed: Promise<void> | undefined;

  const closeAll = async (): Promise<void> => {
    await Promise.all([...workers].map((worker) => worker.close()));
    table.close();
  };

  return {
    kind: 'sqlite',

    async enqueue(jobId, { priority } = {}) {
      table.add(checkedJobId(jobId), checkedPriority(priority));
      for (const worker of workers) worker.wake();
    },

    work(handler, { concurrency }) {
      const worker = new SqliteWorker(table, handler, {
        ...settings,
        concurrency: checkedConcurrency(concurrency),
      });
      workers.add(worker);
      return {
        close: () => worker.close().finally(() => workers.delete(worker)),
      };
    },

    remove: async (jobId) => table.remove(jobId),
    position: async (jobId) => table.position(jobId, clock.wallMs()),
    counts: async () => table.counts(clock.wallMs()),
    close: () => (closed ??= closeAll()),
  };
}
