/** The scale-out JobQueue: BullMQ on Redis (6.2 or later, `maxmemory-policy noeviction`), workers anywhere. */

import { Queue } from 'bullmq';
import { BullmqWorker, type JobData } from './bullmq-worker.ts';
import { systemClock, type QueueClock } from './clock.ts';
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
import { callerConnection, callRedis, redisAddress } from './redis.ts';
import type { JobQueue } from './types.ts';

export interface BullmqQueueOptions {
  /** `redis://` or `rediss://`, with user, password and database where needed. */
  readonly url: string;
  /** Start of every key, so that several installations can share a Redis. Default `graphblend`. */
  readonly prefix?: string;
  /** A job is delivered again when its worker has been silent for this long (and half as long again). Default 10,000. */
  readonly lockMs?: number;
  /** Deliveries that may end in RetryableError before the job is given up. Default 5. */
  readonly maxAttempts?: number;
  /** Wait before the second attempt; doubles with each further one, up to five minutes. Default 1,000. */
  readonly backoffMs?: number;
  /** A call that Redis does not answer within this time rejects with QueueUnavailableError. Default 3,000. */
  readonly callTimeoutMs?: number;
  readonly clock?: QueueClock;
  /** Told of trouble the queue recovers from by itself. Default: a process warning. */
  readonly onError?: ErrorSink;
}

const QUEUE_NAME = 'jobs';

const MAX_REDIS_ATTEMPTS = 1_000_000;

/** BullMQ refuses ids with colons or of digits only. */
const redisJobId = (jobId: string): string => `j-${encodeURIComponent(jobId)}`;

/** BullMQ runs jobs without a priority (0) first and last in first out beside the others: ours start at 1. */
const redisPriority = (priority: number): number => priority + 1;

export function bullmqQueue(options: BullmqQueueOptions): JobQueue {
  const onError = options.onError ?? warnOnError;
  const timeoutMs = options.callTimeoutMs ?? 3_000;
  const connection = callerConnection(options.url, timeoutMs, onError);
  const caller = { connection, address: redisAddress(options.url), timeoutMs };
  const prefix = options.prefix ?? 'graphblend';
  const queue = new Queue<JobData>(QUEUE_NAME, {
    connection,
    prefix,
    // Our calls wait for the connection themselves, and not for ever.
    skipWaitingForReady: true,
    skipVersionCheck: true,
    skipMetasUpdate: true,
  });
  queue.on('error', onError);
  const workers = new Set<BullmqWorker>();
  const workerSettings = {
    url: options.url,
    queueName: QUEUE_NAME,
    prefix,
    lockMs: options.lockMs ?? DEFAULT_LEASE_MS,
    maxAttempts: options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
    backoffMs: options.backoffMs ?? DEFAULT_BACKOFF_MS,
    clock: options.clock ?? systemClock,
    onError,
  };
  const jobOptions = {
    // The worker counts: some failures are repeated without limit.
    attempts: MAX_REDIS_ATTEMPTS,
    backoff: { type: 'graphblend' },
    // A finished id can be added again only when nothing is left of it.
    removeOnComplete: true,
    removeOnFail: true,
  };
  let closed: Promise<void> | undefined;

  const closeAll = async (): Promise<void> => {
    await Promise.all([...workers].map((worker) => worker.close()));
    await queue.close();
    connection.disconnect();
  };

  return {
    kind: 'bullmq',

    async enqueue(jobId, { priority } = {}) {
      const job = {
        ...jobOptions,
        jobId: redisJobId(checkedJobId(jobId)),
        priority: redisPriority(checkedPriority(priority)),
      };
      await callRedis(caller, () => queue.add('job', { jobId }, job));
    },

    work(handler, { concurrency }) {
      const worker = new BullmqWorker(handler, {
        ...workerSettings,
        concurrency: checkedConcurrency(concurrency),
      });
      workers.add(worker);
      return {
        close: () => worker.close().finally(() => workers.delete(worker)),
      };
    },

    async remove(jobId) {
      // Nobody's child and no parent: 1 when removed, 0 when locked. An unknown id counts as removed to BullMQ.
      return callRedis(caller, async () => {
        const known = await queue.getJob(redisJobId(jobId));
        return known !== undefined && (await queue.remove(redisJobId(jobId))) === 1;
      });
    },

    async position(jobId) {
      return callRedis(caller, async () => {
        const id = redisJobId(jobId);
        const [next, fromEnd, rank] = await Promise.all([
          connection.llen(queue.toKey('wait')),
          connection.lpos(queue.toKey('wait'), id),
          connection.zrank(queue.toKey('prioritized'), id),
        ]);
        // Jobs handed over by dead workers stand in `wait`, taken from its end, before all others.
        if (fromEnd !== null) return next - 1 - fromEnd;
        return rank === null ? undefined : next + rank;
      });
    },

    async counts() {
      return callRedis(caller, async () => {
        const counts = await queue.getJobCounts('wait', 'prioritized', 'active', 'delayed');
        const of = (state: string): number => counts[state] ?? 0;
        return {
          waiting: of('wait') + of('prioritized'),
          active: of('active'),
          delayed: of('delayed'),
        };
      });
    },

    close: () => (closed ??= closeAll()),
  };
}
