/**
 * Shares the engine's one thread: work comes in short synchronous slices, the most urgent goes next, and
 * between two slices the thread reads its messages, so that cancels and urgent requests get in.
 *
 * Less urgent work is slowed down, never starved: once a kind has waited nine times as long as its last slice
 * took, one slice of it goes first. Under a steady load of answers ingest keeps about a tenth of the thread.
 */
import { CancelledError } from '../engine/index.ts';

/** Lower is more urgent. */
export const PRIORITY = { answer: 0, query: 1, ingest: 10 } as const;

/** Waiting time a kind puts up with, in lengths of its last slice. */
const PATIENCE = 9;
/** Length of a slice of a kind that has not run yet. */
const FIRST_GUESS_MS = 50;

interface Slice {
  readonly since: number;
  readonly isCancelled: () => boolean;
  readonly run: () => void;
}

/** All slices of one priority, first come first served. */
interface Kind {
  readonly priority: number;
  readonly waiting: Slice[];
  lastMs: number;
  lastEndedAt: number;
}

export class Turns {
  readonly #now: () => number;
  /** Most urgent first. */
  readonly #kinds: Kind[] = [];
  #scheduled = false;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Runs `slice` when its turn comes; what it returns or throws is passed on. If its caller has given up by
   * then it does not run, and CancelledError is thrown; such slices are let out first, as they cost nothing.
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
      this.#kind(priority).waiting.push({ since: this.#now(), isCancelled, run });
      this.#schedule();
    });
  }

  #kind(priority: number): Kind {
    const known = this.#kinds.find((kind) => kind.priority === priority);
    if (known) return known;
    const kind = { priority, waiting: [], lastMs: FIRST_GUESS_MS, lastEndedAt: -Infinity };
    this.#kinds.push(kind);
    this.#kinds.sort((a, b) => a.priority - b.priority);
    return kind;
  }

  #schedule(): void {
    if (this.#scheduled || this.#kinds.every((kind) => kind.waiting.length === 0)) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#runNext();
      this.#schedule();
    });
  }

  #runNext(): void {
    const abandoned = this.#takeAbandoned();
    if (abandoned) return abandoned.run();
    const waiting = this.#kinds.filter((kind) => kind.waiting.length > 0);
    const started = this.#now();
    const kind = waiting.find((each) => isOverdue(each, started)) ?? waiting[0];
    if (!kind) return;
    kind.waiting.shift()!.run();
    kind.lastEndedAt = this.#now();
    kind.lastMs = kind.lastEndedAt - started;
  }

  #takeAbandoned(): Slice | undefined {
    for (const { waiting } of this.#kinds) {
      const at = waiting.findIndex((slice) => slice.isCancelled());
      if (at >= 0) return waiting.splice(at, 1)[0];
    }
    return undefined;
  }
}

/** Counted from the kind's last slice: many waiting slices of one kind get no more than a single one. */
function isOverdue({ priority, waiting, lastMs, lastEndedAt }: Kind, now: number): boolean {
  if (priority === PRIORITY.answer) return false;
  return now - Math.max(waiting[0]!.since, lastEndedAt) >= PATIENCE * lastMs;
}
