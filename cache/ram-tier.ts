/** Encoded KV in memory, least recently used out first, under a byte budget. */
import { encodedBytes, type EncodedKv } from './chunk-kv.ts';

export class RamTier {
  readonly #budgetBytes: number;
  /** In order of use: a Map keeps insertion order, and a hit is inserted again. */
  readonly #entries = new Map<string, EncodedKv>();
  #bytes = 0;

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): EncodedKv | undefined {
    const kv = this.#entries.get(key);
    if (!kv) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, kv);
    return kv;
  }

  put(key: string, kv: EncodedKv): void {
    if (this.#entries.get(key) === kv) return;
    const bytes = encodedBytes(kv);
    if (bytes > this.#budgetBytes) return;
    this.delete(key);
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes + bytes <= this.#budgetBytes) break;
      this.delete(oldest);
    }
    this.#entries.set(key, kv);
    this.#bytes += bytes;
  }

  delete(key: string): void {
    const kv = this.#entries.get(key);
    if (!kv) return;
    this.#entries.delete(key);
    this.#bytes -= encodedBytes(kv);
  }
}
