/** Rows that one caller wants to have run, possibly over several steps. */
import type { LayerRows, SequenceRows } from '../types.ts';
import type { ServedResult, StepWork } from './types.ts';

/** Rows [from, to) of one sequence of a job, as part of a step. */
export interface JobPart {
  readonly job: StepJob;
  /** Into the job's list. */
  readonly sequenceIndex: number;
  readonly from: number;
  readonly rows: SequenceRows;
}

export class StepJob {
  readonly work: StepWork;
  /** When it was handed in, ms. */
  readonly since: number;
  readonly resolve: (result: ServedResult) => void;
  readonly reject: (error: unknown) => void;
  readonly #list: readonly SequenceRows[];
  readonly #logits: Float32Array[][];
  #sequence = 0;
  #row = 0;
  #remaining: number;
  #ms = 0;

  constructor(
    list: readonly SequenceRows[],
    work: StepWork,
    since: number,
    settle: { resolve: (result: ServedResult) => void; reject: (error: unknown) => void },
  ) {
    this.#list = list;
    this.work = work;
    this.since = since;
    this.resolve = settle.resolve;
    this.reject = settle.reject;
    this.#logits = list.map(() => []);
    this.#remaining = list.reduce((sum, { tokens }) => sum + tokens.length, 0);
  }

  /** Rows that no step has taken yet. */
  get remaining(): number {
    return this.#remaining;
  }

  isCancelled(): boolean {
    return this.work.isCancelled?.() ?? false;
  }

  /** The next `count` rows, in order. */
  take(count: number): JobPart[] {
    const parts: JobPart[] = [];
    let left = Math.min(count, this.#remaining);
    this.#remaining -= left;
    while (left > 0) {
      const all = this.#list[this.#sequence]!;
      const from = this.#row;
      const to = Math.min(all.tokens.length, from + left);
      const rows = cut(all, from, to);
      parts.push({ job: this, sequenceIndex: this.#sequence, from, rows });
      left -= to - from;
      this.#row = to;
      if (to < all.tokens.length) break;
      this.#sequence++;
      this.#row = 0;
    }
    return parts;
  }

  /** A share of a step's time. */
  noteMs(ms: number): void {
    this.#ms += ms;
  }

  keepLogits(sequenceIndex: number, logits: Float32Array): void {
    if (logits.length > 0) this.#logits[sequenceIndex]!.push(logits);
  }

  finish(): void {
    this.resolve({ logits: this.#logits.map(joined), ms: this.#ms });
  }
}

/** Hands the rows of a layer on to the job they belong to. */
export function reportLayer(parts: readonly JobPart[], rows: LayerRows): void {
  const { job, sequenceIndex, from } = parts[rows.sequenceIndex]!;
  job.work.onLayer?.({ ...rows, sequenceIndex, firstRow: from });
}

function cut(all: SequenceRows, from: number, to: number): SequenceRows {
  const isEnd = to === all.tokens.length;
  return {
    sequence: all.sequence,
    tokens: all.tokens.subarray(from, to),
    positions: all.positions.subarray(from, to),
    logits: all.logits === 'last' && !isEnd ? 'none' : all.logits,
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length <= 1) return parts[0] ?? new Float32Array(0);
  const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
