/**
 * The tiers as one store: RAM, disk, and a tier that servers share. A hit from any gives the same bytes.
 *
 * RAM and disk answer at once, in the engine's thread. The shared tier is asked ahead, by `fetch`; what it gives lies
 * in memory until `writeFetched` puts it on the disk, behind the answer that needed it.
 */
import { fitsLayout, layersOf, type EncodedKv, type KvLayout, type LayeredKv } from './chunk-kv.ts';
import type { DiskTier } from './disk-tier.ts';
import { formatKvFile, KvDamage, parseKvFile } from './kv-file.ts';
import type { RamTier } from './ram-tier.ts';
import type { SharedFiles, SharedStats } from './shared/shared-files.ts';
import { Speed } from './speed.ts';

export interface KvStoreStats {
  readonly entries: number;
  readonly diskBytes: number;
  readonly ramBytes: number;
  readonly hits: number;
  readonly misses: number;
  /** Hits that were computed all the same, as loading them would have taken longer. */
  readonly passedOver: number;
  /** Bytes on disk that are pinned. */
  readonly pinnedBytes: number;
  /** Writes to the disk that failed since the start. */
  readonly writeFailures: number;
  /** False for a while after such a failure: then answers are made, and nothing is stored. */
  readonly storing: boolean;
  readonly shared: SharedStats | undefined;
}

export interface KvStoreTiers {
  readonly ram: RamTier;
  readonly disk: DiskTier;
  readonly shared?: SharedFiles;
  /**
   * Computes a chunk again where loading it is expected to take more than twice as long, by what both took before.
   * Then what an answer reuses depends on the speed of the disk or network. Default false.
   */
  readonly preferFaster?: boolean;
}

/** How much slower loading has to be before computing is preferred: a hit also keeps the processor free. */
const MUCH_SLOWER = 2;

export interface WantedKv {
  readonly key: string;
  readonly layout: KvLayout;
}

export class KvStore {
  readonly #ram: RamTier;
  readonly #disk: DiskTier;
  readonly #shared: SharedFiles | undefined;
  /** From the shared tier, not on disk yet. */
  readonly #fetched = new Map<string, EncodedKv>();
  readonly #reading = new Speed();
  readonly #computing = new Speed();
  #hits = 0;
  #misses = 0;
  readonly #preferFaster: boolean;
  #passedOver = 0;

  constructor(tiers: KvStoreTiers) {
    this.#preferFaster = tiers.preferFaster ?? false;
    this.#ram = tiers.ram;
    this.#disk = tiers.disk;
    this.#shared = tiers.shared;
  }

  /** In this server's own tiers. */
  has(key: string): boolean {
    return this.#fetched.has(key) || this.#disk.has(key);
  }

  /** False while the disk is full: what is computed now could not be stored. */
  get accepts(): boolean {
    return this.#disk.accepts;
  }

  /** Undefined for a miss, which damage and what does not fit the layout are, too. */
  open(key: string, layout: KvLayout): LayeredKv | undefined {
    const kv = this.#inMemory(key) ?? this.#fromDisk(key, layout);
    if (!kv || !this.#checks(key, kv, layout)) {
      kv?.close();
      this.#misses++;
      return undefined;
    }
    this.#hits++;
    return kv;
  }

  /** Brings what only the shared tier has into memory. Never throws: what does not come is a miss. */
  async fetch(wanted: readonly WantedKv[]): Promise<void> {
    const shared = this.#shared;
    if (!shared?.isUp) return;
    const missing = new Map<string, KvLayout>();
    for (const { key, layout } of wanted) {
      const isWorthwhile = this.#isSooner(shared.expectedMs(bytesOf(layout)), layout);
      if (isWorthwhile && !this.has(key)) missing.set(key, layout);
    }
    await Promise.all([...missing].map(([key, layout]) => this.#fetchOne(shared, { key, layout })));
  }

  /**
   * Reads what is stored, but not in RAM, into RAM, before anyone asks for it. False if there was nothing to
   * read. Neither a hit nor a miss.
   */
  warm({ key, layout }: WantedKv): boolean {
    if (this.#ram.has(key) || !this.has(key)) return false;
    const kv = this.#fetched.get(key) ?? this.#disk.get(key);
    if (!kv || !this.#checks(key, layersOf(kv), layout)) return false;
    this.#ram.put(key, kv);
    return true;
  }

  /** Puts one fetched file on the disk; false if none waits. */
  writeFetched(): boolean {
    for (const [key, kv] of this.#fetched) {
      this.#fetched.delete(key);
      this.#disk.put(key, kv);
      return true;
    }
    return false;
  }

  /** False if it could not be stored. */
  put(key: string, kv: EncodedKv, prior?: number): boolean {
    const stored = this.#disk.put(key, kv, prior);
    this.#shared?.put(key, formatKvFile(key, kv));
    return stored;
  }

  /** Notes what computing `tokens` took, to know when loading them is the slower way. */
  noteComputed(tokens: number, ms: number): void {
    this.#computing.note(tokens, ms);
  }

  delete(keys: readonly string[]): void {
    for (const key of keys) {
      this.#ram.delete(key);
      this.#fetched.delete(key);
      this.#disk.delete(key);
    }
    this.#shared?.delete(keys);
  }

  keys(): string[] {
    return this.#disk.keys();
  }

  /**
   * Not evicted from the disk before `until`, milliseconds since the epoch. Returns how many of them are pinned now:
   * what is not stored is not, nor what goes beyond half of the budget.
   */
  pin(keys: readonly string[], until: number): number {
    return keys.filter((key) => this.#disk.pin(key, until)).length;
  }

  unpin(keys: readonly string[]): void {
    for (const key of keys) this.#disk.unpin(key);
  }

  stats(): KvStoreStats {
    return {
      entries: this.#disk.entries,
      diskBytes: this.#disk.bytes,
      ramBytes: this.#ram.bytes,
      hits: this.#hits,
      misses: this.#misses,
      passedOver: this.#passedOver,
      pinnedBytes: this.#disk.pinnedBytes,
      writeFailures: this.#disk.writeFailures,
      storing: this.#disk.accepts,
      shared: this.#shared?.stats(),
    };
  }

  #inMemory(key: string): LayeredKv | undefined {
    const kept = this.#ram.get(key);
    // Used is used: what RAM serves must not look idle to the disk's eviction.
    if (kept) this.#disk.touch(key);
    const fetched = kept ? undefined : this.#fetched.get(key);
    if (fetched) this.#ram.put(key, fetched);
    const kv = kept ?? fetched;
    return kv && layersOf(kv);
  }

  #fromDisk(key: string, layout: KvLayout): LayeredKv | undefined {
    if (!this.#isSooner(this.#reading.expectedMs(bytesOf(layout)), layout)) {
      this.#passedOver++;
      // Speeds change: each time that reading is passed over it seems less slow, until it is tried again.
      this.#reading.note(bytesOf(layout), this.#computing.expectedMs(layout.shape.tokens)!);
      return undefined;
    }
    return this.#disk.open(key, {
      onRead: (bytes, ms) => this.#reading.note(bytes, ms),
      onWhole: (kv) => this.#ram.put(key, kv),
      onDamage: () => {
        this.#hits--;
        this.#misses++;
      },
    });
  }

  /** False where computing is expected to be much faster; unknown speeds count as fast. */
  #isSooner(loadMs: number | undefined, { shape }: KvLayout): boolean {
    if (!this.#preferFaster) return true;
    const computeMs = this.#computing.expectedMs(shape.tokens);
    return loadMs === undefined || computeMs === undefined || loadMs < computeMs * MUCH_SLOWER;
  }

  async #fetchOne(shared: SharedFiles, { key, layout }: WantedKv): Promise<void> {
    const file = await shared.get(key);
    if (!file) return;
    try {
      const kv = parseKvFile(key, file);
      if (!fitsLayout(layersOf(kv), layout)) throw new KvDamage('has another shape or codec');
      this.#fetched.set(key, kv);
    } catch (error) {
      if (!(error instanceof KvDamage)) throw error;
      // As long as it lies there, no server would store a good one.
      this.#disk.report({ kind: 'damaged', key, reason: `in the shared tier: ${error.message}` });
      shared.delete([key]);
    }
  }

  /** What does not fit is removed: as long as the key exists, nobody would compute it again. */
  #checks(key: string, kv: LayeredKv, layout: KvLayout): boolean {
    if (fitsLayout(kv, layout)) return true;
    this.#ram.delete(key);
    this.#fetched.delete(key);
    this.#disk.drop(key, 'its shape or codec is not what the key promises');
    return false;
  }
}

function bytesOf({ shape, blockBytes }: KvLayout): number {
  return shape.layers * blockBytes;
}
