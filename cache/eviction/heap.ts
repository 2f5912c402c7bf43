/**
 * A binary heap of keys by priority, least first. Priorities change by pushing a key again: what is stale is skipped
 * when it comes up, and thrown out when stale items outnumber the rest.
 */
export class LazyHeap {
  #keys: string[] = [];
  #priorities: number[] = [];
  readonly #current = new Map<string, number>();

  get size(): number {
    return this.#current.size;
  }

  has(key: string): boolean {
    return this.#current.has(key);
  }

  set(key: string, priority: number): void {
    this.#current.set(key, priority);
    this.#push(key, priority);
    if (this.#keys.length > 64 && this.#keys.length > 4 * this.#current.size) this.#rebuild();
  }

  delete(key: string): void {
    this.#current.delete(key);
  }

  /** Takes the key of the least priority out. */
  pop(): string | undefined {
    while (this.#keys.length > 0) {
      const [key, priority] = [this.#keys[0]!, this.#priorities[0]!];
      this.#removeTop();
      if (this.#current.get(key) !== priority) continue;
      this.#current.delete(key);
      return key;
    }
    return undefined;
  }

  /** All keys, least first. */
  sorted(): string[] {
    return [...this.#current].toSorted((a, b) => a[1] - b[1]).map(([key]) => key);
  }

  #rebuild(): void {
    this.#keys = [];
    this.#priorities = [];
    for (const [key, priority] of this.#current) this.#push(key, priority);
  }

  #push(key: string, priority: number): void {
    let at = this.#keys.length;
    this.#keys.push(key);
    this.#priorities.push(priority);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#priorities[parent]! <= priority) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #removeTop(): void {
    const last = this.#keys.length - 1;
    this.#swap(0, last);
    this.#keys.pop();
    this.#priorities.pop();
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < last && this.#priorities[child]! < this.#priorities[least]!) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    [this.#keys[a], this.#keys[b]] = [this.#keys[b]!, this.#keys[a]!];
    [this.#priorities[a], this.#priorities[b]] = [this.#priorities[b]!, this.#priorities[a]!];
  }
}
