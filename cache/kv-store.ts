/** The tiers as one store: RAM in front of disk. A hit from either gives the same bytes. */
import { sameShape, type EncodedKv, type KvShape } from './chunk-kv.ts';
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

  /** Undefined for a miss, which damage and an unexpected shape or codec are too. */
  get(key: string, expected: { shape: KvShape; codec: string }): EncodedKv | undefined {
    const kv = this.#ram.get(key) ?? this.#fromDisk(key);
    if (kv && kv.codec === expected.codec && sameShape(kv.shape, expected.shape)) {
      this.#hits++;
      return kv;
    }
    this.#misses++;
    return undefined;
  }

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

  #fromDisk(key: string): EncodedKv | undefined {
    const kv = this.#disk.get(key);
    if (kv) this.#ram.put(key, kv);
    return kv;
  }
}
