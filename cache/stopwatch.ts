/** Splits a stretch of time into named parts that add up to the whole. Milliseconds. */
export class Stopwatch<Part extends string> {
  readonly parts = new Map<Part, number>();
  #last: number;
  readonly #started: number;
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#started = now();
    this.#last = this.#started;
  }

  /** Books the time since the last lap on `part`. */
  lap(part: Part): void {
    const now = this.#now();
    this.parts.set(part, this.of(part) + now - this.#last);
    this.#last = now;
  }

  of(part: Part): number {
    return this.parts.get(part) ?? 0;
  }

  /** Time from the start to the last lap: the sum of all parts. */
  get total(): number {
    return this.#last - this.#started;
  }
}
