/**
 * Runs handlers as a BullMQ worker. Locks are renewed here and not by BullMQ, for two reasons: its renewal is
 * timed by the wall clock, so a jump back would let locks of live handlers run out; and a handler whose lock
 * could not be renewed for a whole lock time (a partition) must be aborted, as another worker may have its job.
 */

import { UnrecoverableError, WaitingError, Worker, type Job } from 'bullmq';
import type { QueueClock } from './clock.ts';
import { asError, backoffDelayMs, isRepeated, type ErrorSink } from './policy.ts';
import { workerConnection, type WorkerConnection } from './redis.ts';
import type { JobHandler, QueueWorker } from './types.ts';

/** What a job carries: our id, as BullMQ's must not hold colons. */
export interface JobData {
  readonly jobId: string;
}

export interface BullmqWorkerSettings {
  readonly url: string;
  readonly queueName: string;
  readonly prefix: string;
  readonly concurrency: number;
  readonly lockMs: number;
  readonly maxAttempts: number;
  readonly backoffMs: number;
  readonly clock: QueueClock;
  readonly onError: ErrorSink;
}

interface Running {
  readonly job: Job<JobData>;
  readonly token: string;
  readonly abort: AbortController;
  renewedMs: number;
}

/** How long closing waits for Redis before it leaves the locks to run out. */
const CLOSE_TIMEOUT_MS = 3_000;

/** A job outlives any number of killed workers; when to give up is the handler's choice (`attempt`). */
const MAX_STALLS = 1_000_000;

export class BullmqWorker implements QueueWorker {
  private readonly handler: JobHandler;
  private readonly settings: BullmqWorkerSettings;
  private readonly redis: WorkerConnection;
  private readonly worker: Worker<JobData>;
  private readonly running = new Map<string, Running>();
  private readonly heartbeat: NodeJS.Timeout;
  private closing: Promise<void> | undefined;

  constructor(handler: JobHandler, settings: BullmqWorkerSettings) {
    this.handler = handler;
    this.settings = settings;
    this.redis = workerConnection(settings.url, settings.onError);
    this.worker = this.startWorker();
    this.worker.on('error', settings.onError);
    this.heartbeat = setInterval(() => this.beat(), settings.lockMs / 3);
  }

  close(): Promise<void> {
    return (this.closing ??= this.stop());
  }

  private startWorker(): Worker<JobData> {
    const { queueName, prefix, concurrency, lockMs, backoffMs } = this.settings;
    return new Worker<JobData>(queueName, (job, token) => this.process(job, token ?? ''), {
      connection: this.redis.connection,
      prefix,
      concurrency,
      lockDuration: lockMs,
      skipLockRenewal: true,
      stalledInterval: Math.max(500, lockMs / 2),
      maxStalledCount: MAX_STALLS,
      // How soon a worker asks again after Redis was away.
      runRetryDelay: 1_000,
      settings: { backoffStrategy: (attemptsMade) => backoffDelayMs(attemptsMade, backoffMs) },
    });
  }

  private async process(job: Job<JobData>, token: string): Promise<void> {
    const run = {
      job,
      token,
      abort: new AbortController(),
      renewedMs: this.settings.clock.monotonicMs(),
    };
    if (this.closing) return this.handBack(run);
    this.running.set(token, run);
    try {
      const { jobId } = job.data;
      const { attemptsStarted: attempt, attemptsMade: failures } = job;
      await this.handler({ jobId, attempt, failures, signal: run.abort.signal });
    } catch (error) {
      if (run.abort.signal.aborted) return await this.handBack(run);
      if (isRepeated(error, job.attemptsMade + 1, this.settings.maxAttempts)) throw error;
      throw new UnrecoverableError(asError(error).message);
    } finally {
      this.running.delete(token);
    }
  }

  /** Lets another worker have the job at once. Without a lock there is nothing to give: it stalls, and is found. */
  private async handBack({ job, token }: Running): Promise<never> {
    await within(CLOSE_TIMEOUT_MS, job.moveToWait(token)).catch(this.settings.onError);
    throw new WaitingError();
  }

  private beat(): void {
    for (const run of this.running.values()) void this.renewLock(run);
  }

  private async renewLock(run: Running): Promise<void> {
    const { clock, lockMs, onError } = this.settings;
    const askedMs = clock.monotonicMs();
    if (askedMs - run.renewedMs >= lockMs) return loseLock(run);
    try {
      const lost = await this.worker.extendJobLocks([run.job.id ?? ''], [run.token], lockMs);
      if (lost.length > 0) return loseLock(run);
      run.renewedMs = askedMs;
    } catch (error) {
      onError(asError(error));
    }
  }

  private async stop(): Promise<void> {
    for (const { abort } of this.running.values())
      abort.abort(new Error('the queue worker is closing'));
    const closed = this.worker.close();
    await this.handlersEnd();
    await within(CLOSE_TIMEOUT_MS, closed).catch(this.settings.onError);
    clearInterval(this.heartbeat);
    this.redis.disconnect();
  }

  /** Redis may be away for good, but handlers are always waited for. */
  private async handlersEnd(): Promise<void> {
    while (this.running.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function loseLock({ job, abort }: Running): void {
  abort.abort(new Error(`lost the lock of job ${job.data.jobId}`));
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Redis did not answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
