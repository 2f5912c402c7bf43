/**
 * What a little more of the window, or of the main part, would have saved: keys that have just fallen off the edge of
 * each, `bytes` of them. A use of a key that lies behind one edge only says which part should grow.
 */
import { LazyHeap } from './heap.ts';

interface Edge {
  readonly bytes: number;
  readonly cost: number;
}

export class Margin {
  readonly #limit: number;
  /** Behind the window: the most recent ones. */
  readonly #recent = new Map<string, Edge>();
  /** Behind the main part: the most valuable ones. */
  readonly #worth = new LazyHeap();
  readonly #valuable = new Map<string, Edge>();
  #recentBytes = 0;
  #valuableBytes = 0;

  constructor(bytes: number) {
    this.#limit = bytes;
  }

  /** A key left the tier, by way of the window (and is the most recent of those) or out of the main part. */
  add(key: string, edge: Edge, worth: number, fromWindow: boolean): void {
    this.remove(key);
    if (fromWindow) {
      this.#recent.set(key, edge);
      this.#recentBytes += edge.bytes;
      for (const oldest of this.#recent.keys()) {
        if (this.#recentBytes <= this.#limit) break;
        this.#removeRecent(oldest);
      }
    }
    this.#valuable.set(key, edge);
    this.#worth.set(key, worth);
    this.#valuableBytes += edge.bytes;
    while (this.#valuableBytes > this.#limit) this.#removeValuable(this.#worth.pop()!);
  }

  /** Bytes times cost by which the window (positive) or the main part (negative) should have been larger. */
  pull(key: string): Edge & { readonly towards: -1 | 0 | 1 } {
    const [recent, valuable] = [this.#recent.get(key), this.#valuable.get(key)];
    const edge = recent ?? valuable ?? { bytes: 0, cost: 0 };
    const towards = recent && !valuable ? 1 : valuable && !recent ? -1 : 0;
    return { ...edge, towards };
  }

  remove(key: string): void {
    this.#removeRecent(key);
    this.#removeValuable(key);
  }

  #removeRecent(key: string): void {
    this.#recentBytes -= this.#recent.get(key)?.bytes ?? 0;
    this.#recent.delete(key);
  }

  #removeValuable(key: string): void {
    this.#valuableBytes -= this.#valuable.get(key)?.bytes ?? 0;
    this.#valuable.delete(key);
    this.#worth.delete(key);
  }
}
