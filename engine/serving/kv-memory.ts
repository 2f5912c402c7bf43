/** Memory of sequences, counted in bytes: what does not fit waits its turn. */
import { CancelledError } from '../errors.ts';
import { sequenceBytes } from '../sequence.ts';
import type { DecoderConfig, SequenceKv } from '../types.ts';
import { KvMemoryError } from './errors.ts';
import { PRIORITY, type WorkOptions } from './types.ts';

/** Share of the limit that work at ingest may hold, so that a question never waits for all of it. */
const INGEST_SHARE = 0.5;

interface Waiting {
  readonly bytes: number;
  readonly work: WorkOptions;
  readonly grant: () => void;
  readonly refuse: (error: unknown) => void;
}

/** What the memory is taken from. */
interface SequenceSource {
  readonly config: DecoderConfig;
  newSequence(capacity: number): SequenceKv;
}

export class KvMemory {
  readonly limitBytes: number;
  readonly #source: SequenceSource;
  #used = 0;
  #usedByIngest = 0;
  /** Most urgent first, else in the order of their coming. */
  readonly #waiting: Waiting[] = [];

  constructor(source: SequenceSource, limitBytes: number) {
    this.#source = source;
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#used;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** All of them or none. Throws KvMemoryError if they can never fit, and CancelledError. */
  newSequences(capacities: readonly number[], work: WorkOptions): Promise<SequenceKv[]> {
    const bytes = sum(capacities.map((each) => this.#bytesOf(each)));
    const limit = this.#limitFor(work);
    if (bytes > limit) return Promise.reject(new KvMemoryError(sum(capacities), bytes, limit));
    return new Promise<SequenceKv[]>((resolve, refuse) => {
      const grant = (): void => {
        const granted: SequenceKv[] = [];
        try {
          for (const each of capacities) granted.push(this.#grant(each, work));
          resolve(granted);
        } catch (error) {
          for (const sequence of granted) sequence.release();
          refuse(error);
        }
      };
      const at = this.#waiting.findIndex((other) => other.work.priority > work.priority);
      this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, { bytes, work, grant, refuse });
      this.#serve();
    });
  }

  /** Lets out whoever has given up. */
  dropCancelled(): void {
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      if (!this.#waiting[i]!.work.isCancelled?.()) continue;
      const [gone] = this.#waiting.splice(i, 1);
      gone!.refuse(new CancelledError());
    }
    this.#serve();
  }

  #limitFor({ priority }: WorkOptions): number {
    return isIngest(priority) ? this.limitBytes * INGEST_SHARE : this.limitBytes;
  }

  /** In order: a short sequence does not overtake a long one of its kind, which would then wait for ever. */
  #serve(): void {
    let ingestBlocked = false;
    for (let i = 0; i < this.#waiting.length;) {
      const next = this.#waiting[i]!;
      const ingest = isIngest(next.work.priority);
      const fits =
        this.#used + next.bytes <= this.limitBytes &&
        (!ingest || this.#usedByIngest + next.bytes <= this.#limitFor(next.work));
      if (fits && !(ingest && ingestBlocked)) {
        this.#waiting.splice(i, 1);
        next.grant();
      } else if (ingest) {
        ingestBlocked = true;
        i++;
      } else return;
    }
  }

  #bytesOf(capacity: number): number {
    return sequenceBytes(this.#source.config, capacity);
  }

  #grant(capacity: number, { priority }: WorkOptions): SequenceKv {
    const bytes = this.#bytesOf(capacity);
    const sequence = this.#source.newSequence(capacity);
    const count = (sign: 1 | -1): void => {
      this.#used += sign * bytes;
      if (isIngest(priority)) this.#usedByIngest += sign * bytes;
    };
    count(1);
    const release = sequence.release.bind(sequence);
    let held = true;
    sequence.release = () => {
      if (!held) return;
      held = false;
      release();
      count(-1);
      this.#serve();
    };
    return sequence;
  }
}

function isIngest(priority: number): boolean {
  return priority >= PRIORITY.ingest;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
