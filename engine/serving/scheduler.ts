/**
 * Shares the model's one thread. Everything is cut into short units, slices of other work and single layers of steps;
 * the most urgent unit goes next, and between two units the thread reads its messages, so that cancels and urgent
 * requests get in. Rows that wait at the same priority run together in one step: decodes of all sequences, then prefill,
 * shortest first (continuous batching, Yu et al. 2022, "Orca", OSDI; chunked prefill, Agrawal et al. 2023,
 * arXiv:2308.16369). An urgent step begins at the next layer border of a less urgent one, which waits with its
 * activations and goes on later.
 *
 * Less urgent work is slowed down, never starved: once a kind has waited nine times as long as its last unit took, one
 * unit of it goes first. Under a steady load of answers ingest keeps about a tenth of the thread.
 */
import { checkRows } from '../batch.ts';
import { CancelledError } from '../errors.ts';
import type { DecoderRunner, SequenceKv, SequenceRows } from '../types.ts';
import { AdmissionControl } from './admission.ts';
import { Kind, type KindParts } from './kind.ts';
import { KvMemory } from './kv-memory.ts';
import type { StepSize } from './plan-step.ts';
import { RowSpeed } from './row-speed.ts';
import { StepJob } from './step-job.ts';
import {
  PRIORITY,
  type Admission,
  type AdmissionRequest,
  type ServedResult,
  type Serving,
  type ServingLimits,
  type ServingStats,
  type StepWork,
  type WorkOptions,
} from './types.ts';

/** Waiting time a kind puts up with, in lengths of its last unit. */
const PATIENCE = 9;
/** More rows hardly run faster, and a newcomer of the same priority waits for the step's end. */
const STEP_SIZE: StepSize = { rows: 512, rowsBesideDecodes: 128, decodes: 64 };

/** How often waiting callers are asked whether they still wait while nothing runs. */
const IDLE_POLL_MS = 10;

/** Two gigabytes of sequences, and as much waiting work as can be done in some minutes. */
export const DEFAULT_LIMITS: ServingLimits = {
  kvBytes: 2 ** 31,
  requests: 256,
  prefillTokens: 131_072,
};

export interface SchedulerParts {
  readonly runner: DecoderRunner;
  readonly limits?: Partial<ServingLimits>;
  readonly stepSize?: StepSize;
  /** Milliseconds. */
  readonly now?: () => number;
}

export class Scheduler implements Serving {
  readonly #runner: DecoderRunner;
  readonly #now: () => number;
  readonly #memory: KvMemory;
  readonly #admission: AdmissionControl;
  readonly #speed = new RowSpeed();
  readonly #kindParts: KindParts;
  /** Most urgent first. */
  readonly #kinds: Kind[] = [];
  #scheduled = false;
  #idle: NodeJS.Timeout | undefined;

  constructor({
    runner,
    limits,
    stepSize = STEP_SIZE,
    now = () => performance.now(),
  }: SchedulerParts) {
    const all = { ...DEFAULT_LIMITS, ...limits };
    this.#runner = runner;
    this.#now = now;
    this.#memory = new KvMemory(runner, all.kvBytes);
    this.#admission = new AdmissionControl(all, (tokens) => this.#speed.expectedMs(tokens));
    this.#kindParts = {
      runner,
      now,
      size: stepSize,
      msPerRow: () => this.#speed.expectedMs(1),
      onStep: (rows, ms) => this.#speed.note(rows, ms),
      wake: () => this.#schedule(),
    };
  }

  /**
   * What `slice` returns or throws is passed on. If its caller has given up by then it does not run, and CancelledError
   * is thrown.
   */
  take<T>(priority: number, slice: () => T, isCancelled: () => boolean = () => false): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const run = (): void => {
        try {
          if (isCancelled()) throw new CancelledError();
          resolve(slice());
        } catch (error) {
          reject(error);
        }
      };
      this.#kind(priority).slices.push({ since: this.#now(), isCancelled, run });
      this.#schedule();
    });
  }

  step(rows: readonly SequenceRows[], work: StepWork): Promise<ServedResult> {
    return new Promise<ServedResult>((resolve, reject) => {
      // Here, so that a wrong list harms its own caller only.
      for (const each of rows) checkRows(each, this.#runner.config);
      if (rows.length === 0) return resolve({ logits: [], ms: 0 });
      const job = new StepJob(rows, work, this.#now(), { resolve, reject });
      this.#kind(work.priority).jobs.push(job);
      this.#schedule();
    });
  }

  async newSequence(capacity: number, work: WorkOptions): Promise<SequenceKv> {
    const [sequence] = await this.newSequences([capacity], work);
    return sequence!;
  }

  newSequences(capacities: readonly number[], work: WorkOptions): Promise<SequenceKv[]> {
    const sequences = this.#memory.newSequences(capacities, work);
    this.#schedule();
    return sequences;
  }

  admit(request: AdmissionRequest): Admission {
    return this.#admission.admit(request);
  }

  stats(): ServingStats {
    return {
      requests: this.#admission.requests,
      waitingPrefillTokens: this.#admission.waitingTokens,
      refused: this.#admission.refused,
      kvBytes: this.#memory.usedBytes,
      kvLimitBytes: this.#memory.limitBytes,
      waitingForKv: this.#memory.waiting,
      msPerPrefillToken: this.#speed.expectedMs(1),
    };
  }

  #kind(priority: number): Kind {
    const known = this.#kinds.find((kind) => kind.priority === priority);
    if (known) return known;
    const kind = new Kind(priority, this.#kindParts);
    this.#kinds.push(kind);
    this.#kinds.sort((a, b) => a.priority - b.priority);
    return kind;
  }

  /** Goes on as long as there is work. Who waits for memory, or for a promise, may give up meanwhile. */
  #schedule(): void {
    if (this.#scheduled) return;
    clearTimeout(this.#idle);
    this.#scheduled = this.#kinds.some((kind) => kind.hasWork);
    const next = (): void => {
      this.#scheduled = false;
      this.#runNext();
      this.#schedule();
    };
    if (this.#scheduled) setImmediate(next);
    else if (this.#isWaiting) this.#idle = setTimeout(next, IDLE_POLL_MS);
  }

  get #isWaiting(): boolean {
    return this.#memory.waiting > 0 || this.#kinds.some((kind) => kind.isBlocked);
  }

  #runNext(): void {
    for (const kind of this.#kinds) kind.dropCancelled();
    this.#memory.dropCancelled();
    const now = this.#now();
    const waiting = this.#kinds.filter((kind) => kind.hasWork);
    (waiting.find((kind) => isOverdue(kind, now)) ?? waiting[0])?.runUnit();
  }
}

/** Counted from the kind's last unit: much waiting work of one kind gets no more than a little. */
function isOverdue({ priority, waitingSince, lastMs, lastEndedAt }: Kind, now: number): boolean {
  if (priority === PRIORITY.answer) return false;
  return now - Math.max(waitingSince, lastEndedAt) >= PATIENCE * lastMs;
}
