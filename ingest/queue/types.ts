/**
 * Port of job delivery, independent of the datastore underneath. The queue delivers job ids at least once;
 * what a job is and how it went is kept in the corpus store, and handlers are idempotent.
 */

export interface Delivery {
  readonly jobId: string;
  /** 1 for the first delivery. */
  readonly attempt: number;
  /** Deliveries before this one that ended in RetryableError; crashes and shutdowns are not among them. */
  readonly failures: number;
  /** Aborted when the lease is lost or the worker is closed: the handler must stop. */
  readonly signal: AbortSignal;
}

export type JobHandler = (delivery: Delivery) => Promise<void>;

export interface QueueWorker {
  /** Takes no further jobs, aborts running handlers and waits for them; unfinished jobs are delivered again. */
  close(): Promise<void>;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  /** Waiting for the time of their next attempt. */
  readonly delayed: number;
}

export interface EnqueueOptions {
  /** Lower runs sooner; equal priorities run in the order of arrival. Default 10. */
  readonly priority?: number;
}

export interface WorkOptions {
  readonly concurrency: number;
}

export interface RetryOptions extends ErrorOptions {
  /** The queue's `maxAttempts` does not apply: the handler knows when to give up. Default false. */
  readonly unlimited?: boolean;
}

/** Thrown by a handler to be tried again later; any other error ends the delivery for good. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError';
  readonly unlimited: boolean;

  constructor(message: string, { unlimited = false, ...options }: RetryOptions = {}) {
    super(message, options);
    this.unlimited = unlimited;
  }
}

export interface JobQueue {
  readonly kind: 'sqlite' | 'bullmq';
  /** Idempotent: an id that waits or runs already is not added twice; a finished one can be added again. */
  enqueue(jobId: string, options?: EnqueueOptions): Promise<void>;
  work(handler: JobHandler, options: WorkOptions): QueueWorker;
  /** Removes a job that has not started; false if it is running or unknown. */
  remove(jobId: string): Promise<boolean>;
  /** 0-based place among the waiting jobs; undefined if it does not wait. */
  position(jobId: string): Promise<number | undefined>;
  counts(): Promise<QueueCounts>;
  close(): Promise<void>;
}
