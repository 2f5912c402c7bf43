/** One run of a job: progress, cancellation, and the token that fences off older runs. */
import { CancelledError } from '../engine/index.ts';
import type { CorpusStore, JobRecord, StoredError } from '../graph/index.ts';
import type { Stage } from './stages.ts';

/** Progress is written at most this often inside a stage, */
const PROGRESS_INTERVAL_MS = 150;
/** and this often between stages: nobody sees the stages of a job that takes a moment. */
const STAGE_INTERVAL_MS = 20;

export class JobRun {
  readonly job: JobRecord;
  readonly runToken: string;
  readonly #corpus: CorpusStore;
  readonly #stop = new AbortController();
  readonly #now: () => number;
  #lastWrite = Number.NEGATIVE_INFINITY;
  #stage: Stage | undefined;

  constructor(
    corpus: CorpusStore,
    begun: { job: JobRecord; runToken: string },
    deliverySignal: AbortSignal,
    now: () => number = () => performance.now(),
  ) {
    this.job = begun.job;
    this.runToken = begun.runToken;
    this.#corpus = corpus;
    this.#now = now;
    const stop = (): void => this.#stop.abort(new CancelledError());
    if (deliverySignal.aborted) stop();
    else deliverySignal.addEventListener('abort', stop, { once: true });
  }

  /** Aborted by a cancel of the user, a lost lease or a shutdown. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /**
   * Reports progress and looks whether the job is still wanted.
   * Throws CancelledError when it is not, StaleRunError when another run has taken over.
   */
  at(stage: Stage, done: number, total: number): void {
    this.signal.throwIfAborted();
    const now = this.#now();
    const isEnd = stage === 'done';
    const interval =
      stage !== this.#stage || done === total ? STAGE_INTERVAL_MS : PROGRESS_INTERVAL_MS;
    if (!isEnd && now - this.#lastWrite <= interval) return;
    this.#stage = stage;
    this.#lastWrite = now;
    const job = this.#corpus.updateJob(this.job.id, this.runToken, { stage, done, total });
    if (job.cancelRequested) this.#stop.abort(new CancelledError());
    this.signal.throwIfAborted();
  }

  finish(state: 'succeeded' | 'failed' | 'canceled', error?: StoredError): void {
    this.#corpus.finishJob(this.job.id, this.runToken, state, error);
  }

  /** True if the user asked for the end of this job, as against a shutdown. */
  get cancelRequested(): boolean {
    return this.#corpus.job(this.job.id)?.cancelRequested ?? false;
  }
}
