/**
 * Shares the engine's one thread: work comes in short synchronous slices, the most urgent goes next, and
 * between two slices the thread reads its messages, so that cancels and urgent requests get in.
 */

/** Lower is more urgent. */
export const PRIORITY = { answer: 0, query: 1, ingest: 10 } as const;

interface Slice {
  readonly priority: number;
  readonly order: number;
  readonly run: () => void;
}

export class Turns {
  readonly #waiting: Slice[] = [];
  #order = 0;
  #scheduled = false;

  /** Runs `slice` when its turn comes; what it returns or throws is passed on. */
  take<T>(priority: number, slice: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const run = (): void => {
        try {
          resolve(slice());
        } catch (error) {
          reject(error as Error);
        }
      };
      this.#waiting.push({ priority, order: this.#order++, run });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#next()?.run();
      this.#schedule();
    });
  }

  #next(): Slice | undefined {
    let best = 0;
    this.#waiting.forEach((slice, i) => {
      const other = this.#waiting[best]!;
      if (slice.priority < other.priority) best = i;
      else if (slice.priority === other.priority && slice.order < other.order) best = i;
    });
    return this.#waiting.splice(best, 1)[0];
  }
}
