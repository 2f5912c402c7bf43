/** Encoded KV in memory under a byte budget; what is used most often and latest stays. */
import { encodedBytes, type EncodedKv } from './chunk-kv.ts';
import { mostValuable } from './eviction/value.ts';
import type { EvictionPolicy } from './eviction/types.ts';

export class RamTier {
  readonly #policy: EvictionPolicy;
  readonly #entries = new Map<string, EncodedKv>();
  #bytes = 0;

  constructor(budgetBytes: number, policy: EvictionPolicy = mostValuable({ budgetBytes })) {
    this.#policy = policy;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Does not count as a use. */
  has(key: string): boolean {
    return this.#entries.has(key);
  }

  get(key: string): EncodedKv | undefined {
    this.#policy.use(key);
    return this.#entries.get(key);
  }

  put(key: string, kv: EncodedKv): void {
    if (this.#entries.get(key) === kv) return;
    this.delete(key);
    const bytes = encodedBytes(kv);
    // A miss here costs a read from disk: as much as there are bytes.
    const evicted = this.#policy.insert(key, { bytes, cost: bytes });
    this.#entries.set(key, kv);
    this.#bytes += bytes;
    for (const each of evicted) this.#drop(each);
  }

  delete(key: string): void {
    this.#policy.remove(key);
    this.#drop(key);
  }

  #drop(key: string): void {
    const kv = this.#entries.get(key);
    if (!kv) return;
    this.#entries.delete(key);
    this.#bytes -= encodedBytes(kv);
  }
}
