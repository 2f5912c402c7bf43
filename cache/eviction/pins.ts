/** Entries that conversations need for a while. Pins that would fill the whole budget are ignored by callers. */
export class Pins {
  readonly #until = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  pin(key: string, until: number): void {
    this.#until.set(key, Math.max(until, this.#until.get(key) ?? 0));
  }

  isPinned(key: string): boolean {
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (until > this.#now()) return true;
    this.#until.delete(key);
    return false;
  }

  remove(key: string): void {
    this.#until.delete(key);
  }
}
