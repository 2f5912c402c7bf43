/** Takes jobs from the table, runs handlers, renews their leases, and settles how each delivery ended. */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueClock } from './clock.ts';
import type { Claim, JobTable } from './job-table.ts';
import { thisProcess } from './owner.ts';
import { asError, backoffDelayMs, isRepeated, type ErrorSink } from './policy.ts';
import { SilenceWatch } from './silence.ts';
import type { JobHandler, QueueWorker } from './types.ts';

export interface SqliteWorkerSettings {
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly maxAttempts: number;
  readonly backoffMs: number;
  readonly pollMs: number;
  readonly clock: QueueClock;
  readonly onError: ErrorSink;
}

interface Running {
  readonly claim: Claim;
  readonly abort: AbortController;
  renewedMs: number;
}

export class SqliteWorker implements QueueWorker {
  private readonly table: JobTable;
  private readonly handler: JobHandler;
  private readonly settings: SqliteWorkerSettings;
  private readonly silence: SilenceWatch;
  private readonly running = new Map<string, Running>();
  private readonly tasks = new Set<Promise<void>>();
  private readonly poll: NodeJS.Timeout;
  private readonly heartbeat: NodeJS.Timeout;
  private closing = false;

  constructor(table: JobTable, handler: JobHandler, settings: SqliteWorkerSettings) {
    this.table = table;
    this.handler = handler;
    this.settings = settings;
    this.silence = new SilenceWatch(settings.leaseMs, settings.clock);
    this.poll = setInterval(() => this.takeJobs(), settings.pollMs);
    this.heartbeat = setInterval(() => this.renewLeases(), settings.leaseMs / 3);
    this.wake();
  }

  /** Looks for jobs in the next turn of the event loop instead of at the next poll. */
  wake(): void {
    setImmediate(() => this.takeJobs());
  }

  async close(): Promise<void> {
    this.closing = true;
    clearInterval(this.poll);
    for (const { abort } of this.running.values())
      abort.abort(new Error('the queue worker is closing'));
    await Promise.all(this.tasks);
    clearInterval(this.heartbeat);
  }

  private takeJobs(): void {
    if (this.closing) return;
    try {
      const abandoned = this.silence.abandoned(this.table.leases());
      while (this.running.size < this.settings.concurrency) {
        const lease = { token: randomUUID(), owner: thisProcess() };
        const claim = this.table.claim(lease, this.settings.clock.wallMs(), abandoned);
        if (!claim) return;
        this.start(claim);
      }
    } catch (error) {
      this.settings.onError(asError(error));
    }
  }

  private start(claim: Claim): void {
    const run: Running = {
      claim,
      abort: new AbortController(),
      renewedMs: this.settings.clock.monotonicMs(),
    };
    this.running.set(claim.token, run);
    const task = this.deliver(run).finally(() => {
      this.running.delete(claim.token);
      this.tasks.delete(task);
      this.wake();
    });
    this.tasks.add(task);
  }

  private async deliver(run: Running): Promise<void> {
    const { claim, abort } = run;
    let settle = (): boolean => this.table.finish(claim.token);
    try {
      const { jobId, deliveries: attempt, failures } = claim;
      await this.handler({ jobId, attempt, failures, signal: abort.signal });
    } catch (error) {
      settle = () => this.settleFailure(run, error);
    }
    await this.settled(run, settle);
  }

  private settleFailure({ claim, abort }: Running, error: unknown): boolean {
    // An aborted handler did not fail: it was stopped, and its job belongs to the next worker.
    if (abort.signal.aborted) return this.table.release(claim.token);
    const failures = claim.failures + 1;
    if (!isRepeated(error, failures, this.settings.maxAttempts)) {
      return this.table.finish(claim.token);
    }
    const dueMs = this.settings.clock.wallMs() + backoffDelayMs(failures, this.settings.backoffMs);
    return this.table.postpone(claim.token, Math.ceil(dueMs));
  }

  /**
   * Writes the outcome, again and again while the disk refuses it: the lease is kept alive meanwhile, so the job
   * does not run twice because its end could not be written. Closing gives up; the lease then runs out.
   */
  private async settled(run: Running, write: () => boolean): Promise<void> {
    for (;;) {
      try {
        if (!write())
          this.settings.onError(
            new Error(`lost the lease of job ${run.claim.jobId} before it ended`),
          );
        return;
      } catch (error) {
        this.settings.onError(asError(error));
        if (this.closing) return;
        await sleep(this.settings.pollMs);
      }
    }
  }

  private renewLeases(): void {
    for (const run of this.running.values()) this.renewLease(run);
  }

  private renewLease(run: Running): void {
    const now = this.settings.clock.monotonicMs();
    try {
      if (!this.table.renew(run.claim.token)) return loseLease(run);
      run.renewedMs = now;
    } catch (error) {
      this.settings.onError(asError(error));
      if (now - run.renewedMs >= this.settings.leaseMs) loseLease(run);
    }
  }
}

function loseLease({ claim, abort }: Running): void {
  abort.abort(new Error(`lost the lease of job ${claim.jobId}`));
}
