/** Work of one priority: waiting slices and rows, and at most one step under way. */
import { CancelledError } from '../errors.ts';
import type { DecoderRunner, StepRun } from '../types.ts';
import { planStep, type StepSize } from './plan-step.ts';
import { type JobPart, reportLayer, type StepJob } from './step-job.ts';

export interface Slice {
  readonly since: number;
  readonly isCancelled: () => boolean;
  readonly run: () => void;
}

interface ActiveStep {
  readonly run: StepRun;
  readonly parts: readonly JobPart[];
  /** Without the time in which more urgent work ran. */
  ms: number;
  /** The layer that was asked for last. */
  layer: number;
  /** Whose promise the next layer waits for. */
  readonly waitsFor: Set<StepJob>;
}

export interface KindParts {
  readonly runner: DecoderRunner;
  readonly size: StepSize;
  readonly now: () => number;
  readonly msPerRow: () => number | undefined;
  /** Told the rows and the time of a finished step. */
  readonly onStep: (rows: number, ms: number) => void;
  /** There is work again. */
  readonly wake: () => void;
}

/** Length of a unit of a kind that has not run yet. */
const FIRST_GUESS_MS = 50;
const ROW_GUESS_MS = 2;

export class Kind {
  readonly priority: number;
  readonly slices: Slice[] = [];
  readonly jobs: StepJob[] = [];
  /** Of the last unit, which is a slice or a layer. */
  lastMs = FIRST_GUESS_MS;
  lastEndedAt = -Infinity;
  readonly #parts: KindParts;
  #active: ActiveStep | undefined;
  #sliceWasLast = false;

  constructor(priority: number, parts: KindParts) {
    this.priority = priority;
    this.#parts = parts;
  }

  get hasWork(): boolean {
    return this.slices.length > 0 || this.#hasStep;
  }

  /** A step is under way, but waits for others. */
  get isBlocked(): boolean {
    return (this.#active?.waitsFor.size ?? 0) > 0;
  }

  get #hasStep(): boolean {
    return !this.isBlocked && (this.#active !== undefined || this.jobs.length > 0);
  }

  /** Since when its longest waiting work waits, ms. */
  get waitingSince(): number {
    return Math.min(this.slices[0]?.since ?? Infinity, this.#oldestJob());
  }

  /** Lets out whoever has given up; rows under way are dropped at this border. */
  dropCancelled(): void {
    for (let i = this.slices.length - 1; i >= 0; i--) {
      if (this.slices[i]!.isCancelled()) this.slices.splice(i, 1)[0]!.run();
    }
    const gone = this.jobs.filter((job) => job.isCancelled());
    for (const job of gone) this.#drop(job, new CancelledError());
  }

  /** Runs one slice, or one layer of a step; slices and layers take turns. */
  runUnit(): void {
    const { now } = this.#parts;
    const began = now();
    this.#sliceWasLast = this.slices.length > 0 && !(this.#hasStep && this.#sliceWasLast);
    if (this.#sliceWasLast) this.slices.shift()!.run();
    else this.#runLayer();
    this.lastEndedAt = now();
    this.lastMs = this.lastEndedAt - began;
  }

  #runLayer(): void {
    const began = this.#parts.now();
    const step = (this.#active ??= this.#begin());
    if (!step || !this.#isPrepared(step)) return;
    try {
      const done = step.run.advance();
      step.ms += this.#parts.now() - began;
      if (done) this.#finish(step);
    } catch (error) {
      this.#active = undefined;
      for (const job of jobsOf(step)) this.#fail(job, error);
    }
  }

  #begin(): ActiveStep | undefined {
    const { runner, size, now, msPerRow } = this.#parts;
    const waiting = this.jobs.map(({ remaining, since, work }) => ({
      remaining,
      waitedMs: now() - since,
      stopAfterLayer: work.stopAfterLayer,
    }));
    const plan = planStep(waiting, size, msPerRow() ?? ROW_GUESS_MS);
    const parts = this.jobs.flatMap((job, i) => job.take(plan[i]!));
    const { stopAfterLayer } = parts[0]!.job.work;
    const watched = parts.some(({ job }) => job.work.onLayer);
    try {
      const run = runner.begin(
        parts.map(({ rows }) => rows),
        {
          stopAfterLayer,
          ...(watched && { onLayer: (rows) => reportLayer(parts, rows) }),
        },
      );
      return { run, parts, ms: 0, layer: -1, waitsFor: new Set() };
    } catch (error) {
      for (const { job } of parts) this.#fail(job, error);
      return undefined;
    }
  }

  /** Whether all rows are ready for the next layer; if not, the kind is woken when they are. */
  #isPrepared(step: ActiveStep): boolean {
    if (step.layer === step.run.layer) return true;
    step.layer = step.run.layer;
    for (const job of jobsOf(step)) {
      // Not of those who have left: their memory is no longer theirs.
      if (job.work.beforeLayer && this.jobs.includes(job)) this.#prepare(step, job);
    }
    return step.waitsFor.size === 0 && step === this.#active;
  }

  #prepare(step: ActiveStep, job: StepJob): void {
    const failed = (error: unknown): void => this.#drop(job, error);
    try {
      const promised = job.work.beforeLayer!(step.layer);
      if (!promised) return;
      step.waitsFor.add(job);
      const ready = (): void => {
        step.waitsFor.delete(job);
        this.#parts.wake();
      };
      promised.catch(failed).finally(ready);
    } catch (error) {
      failed(error);
    }
  }

  #finish({ run, parts, ms }: ActiveStep): void {
    this.#active = undefined;
    const { logits } = run.result;
    const rows = parts.reduce((sum, part) => sum + part.rows.tokens.length, 0);
    parts.forEach(({ job, sequenceIndex, rows: own }, i) => {
      job.noteMs((ms * own.tokens.length) / rows);
      job.keepLogits(sequenceIndex, logits[i]!);
    });
    if (parts[0]!.job.work.stopAfterLayer === undefined) this.#parts.onStep(rows, ms);
    for (const job of jobsOf({ parts })) {
      if (job.remaining > 0 || !this.#remove(job)) continue;
      job.finish();
    }
  }

  #drop(job: StepJob, error: unknown): void {
    const step = this.#active;
    step?.waitsFor.delete(job);
    step?.parts.forEach((part, i) => {
      if (part.job === job) step.run.drop(i);
    });
    this.#fail(job, error);
    if (step && !step.parts.some((part) => this.jobs.includes(part.job))) {
      step.run.abandon();
      this.#active = undefined;
    }
  }

  #fail(job: StepJob, error: unknown): void {
    if (this.#remove(job)) job.reject(error);
  }

  #remove(job: StepJob): boolean {
    const at = this.jobs.indexOf(job);
    if (at >= 0) this.jobs.splice(at, 1);
    return at >= 0;
  }

  #oldestJob(): number {
    return this.jobs.reduce((oldest, { since }) => Math.min(oldest, since), Infinity);
  }
}

function jobsOf({ parts }: Pick<ActiveStep, 'parts'>): Set<StepJob> {
  return new Set(parts.map(({ job }) => job));
}
