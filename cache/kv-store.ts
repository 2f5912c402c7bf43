/** The tiers as one store: RAM in front of disk. A hit from either gives the same bytes. */
import { fitsLayout, type EncodedKv, type KvLayout } from './chunk-kv.ts';
import type { DiskTier } from './disk-tier.ts';
import type { RamTier } from './ram-tier.ts';

export interface KvStoreStats {
  readonly entries: number;
  readonly diskBytes: number;
  readonly ramBytes: number;
  readonly hits: number;
  readonly misses: number;
}

export class KvStore {
  readonly #ram: RamTier;
  readonly #disk: DiskTier;
  #hits = 0;
  #misses = 0;

  constructor(tiers: { ram: RamTier; disk: DiskTier }) {
    this.#ram = tiers.ram;
    this.#disk = tiers.disk;
  }

  has(key: string): boolean {
    return this.#disk.has(key);
  }

  /** False while the disk is full: what is computed now could not be stored. */
  get accepts(): boolean {
    return this.#disk.accepts;
  }

  /** Undefined for a miss, which damage and what does not fit the layout are, too. */
  get(key: string, layout: KvLayout): EncodedKv | undefined {
    const kv = this.#fromRam(key) ?? this.#disk.get(key);
    if (!kv || !this.#checks(key, kv, layout)) {
      this.#misses++;
      return undefined;
    }
    this.#hits++;
    this.#ram.put(key, kv);
    return kv;
  }

  /** False if it could not be stored. */
  put(key: string, kv: EncodedKv): boolean {
    return this.#disk.put(key, kv);
  }

  delete(keys: readonly string[]): void {
    for (const key of keys) {
      this.#ram.delete(key);
      this.#disk.delete(key);
    }
  }

  keys(): string[] {
    return this.#disk.keys();
  }

  stats(): KvStoreStats {
    return {
      entries: this.#disk.entries,
      diskBytes: this.#disk.bytes,
      ramBytes: this.#ram.bytes,
      hits: this.#hits,
      misses: this.#misses,
    };
  }

  #fromRam(key: string): EncodedKv | undefined {
    const kv = this.#ram.get(key);
    // Used is used: what RAM serves must not look idle to the disk's eviction.
    if (kv) this.#disk.touch(key);
    return kv;
  }

  /** What does not fit is removed: as long as the key exists, nobody would compute it again. */
  #checks(key: string, kv: EncodedKv, layout: KvLayout): boolean {
    if (fitsLayout(kv, layout)) return true;
    this.#ram.delete(key);
    this.#disk.drop(key, 'its shape or codec is not what the key promises');
    return false;
  }
}
