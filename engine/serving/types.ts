/** Who may use the model when. */
import type { SequenceKv, SequenceRows, StepOptions, StepResult } from '../types.ts';

/** Lower is more urgent. */
export const PRIORITY = { answer: 0, query: 1, ingest: 10 } as const;

export interface WorkOptions {
  readonly priority: number;
  /** Asked between layers; once true, the work is dropped and `CancelledError` is thrown. */
  readonly isCancelled?: () => boolean;
}

export interface StepHooks extends Pick<StepOptions, 'onLayer' | 'stopAfterLayer'> {
  /**
   * Called before the keys and values of a layer are written or read: the place to fill in cached rows. The layer waits
   * for what it promises, and so does who shares the step. Long lists of rows run in several steps, each of which asks.
   */
  readonly beforeLayer?: (layer: number) => Promise<void> | undefined | void;
}

export interface StepWork extends WorkOptions, StepHooks {}

export interface ServedResult extends StepResult {
  /** Time of the steps, shared among the rows in them; without the time that others ran in between. */
  readonly ms: number;
}

/** Runs rows together with those of others, in their turn; else as `DecoderRunner.step`. */
export type Stepper = (rows: readonly SequenceRows[], hooks?: StepHooks) => Promise<ServedResult>;

export interface AdmissionRequest {
  /** Rows to compute until the first token, as far as known. */
  readonly prefillTokens: number;
  /** Milliseconds from now within which the first token is of use. Default: any time. */
  readonly firstTokenWithinMs?: number;
}

/** A request that was let in. */
export interface Admission {
  /** Its prefill is done: it no longer counts as waiting. */
  started(): void;
  /** Must be called in the end; may be called twice. */
  ended(): void;
}

export interface ServingLimits {
  /** Memory of all sequences together, in bytes. A sequence that needs more than this is refused. */
  readonly kvBytes: number;
  /** Requests between admission and end. */
  readonly requests: number;
  /** Prefill tokens of requests that wait for their first token. One request may always wait, whatever its length. */
  readonly prefillTokens: number;
}

export interface ServingStats {
  readonly requests: number;
  readonly waitingPrefillTokens: number;
  readonly refused: number;
  readonly kvBytes: number;
  readonly kvLimitBytes: number;
  /** Sequences that wait for memory. */
  readonly waitingForKv: number;
  /** Measured; undefined before the first prefill. */
  readonly msPerPrefillToken: number | undefined;
}

/** Shares one model, and the thread it blocks, among everything that wants it. */
export interface Serving {
  /** Runs a synchronous piece of other work in its turn. */
  take<T>(priority: number, slice: () => T, isCancelled?: () => boolean): Promise<T>;
  step(rows: readonly SequenceRows[], work: StepWork): Promise<ServedResult>;
  /** Waits until there is memory. Throws `KvMemoryError` and `CancelledError`. */
  newSequence(capacity: number, work: WorkOptions): Promise<SequenceKv>;
  /** All at once: who held one while waiting for the next could wait for ever. */
  newSequences(capacities: readonly number[], work: WorkOptions): Promise<SequenceKv[]>;
  /** Throws `OverloadedError` or `DeadlineError` at once rather than late. */
  admit(request: AdmissionRequest): Admission;
  stats(): ServingStats;
}
