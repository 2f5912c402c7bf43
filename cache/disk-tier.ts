/**
 * KV files on the local disk, one per key, under a byte budget that holds across restarts. What saves least goes first:
 * see eviction/value.ts. After a restart only the order of last use is known.
 *
 * Several processes may share a folder: a key becomes visible by the rename of a complete, synced file, and the
 * index kept here is corrected by what is found on disk. Each process counts the others' files when it scans,
 * so together they may exceed the budget by what they write between two scans.
 * A file is read whole (`get`), or layer by layer while its first layers are in use (`open`).
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { recomputeCost, type EncodedKv, type LayeredKv } from './chunk-kv.ts';
import { mostValuable } from './eviction/value.ts';
import type { EvictionPolicy } from './eviction/types.ts';
import { isLeftover, writeDurably } from './durable-file.ts';
import { formatKvFile, parseKvFile } from './kv-file.ts';
import { KvReading } from './kv-reading.ts';
import type { KvFault } from './engine-options.ts';

interface Entry {
  readonly bytes: number;
  /** The file's mtime, which keeps the order of use for the next start. */
  savedAt: number;
}

export interface DiskTierOptions {
  readonly directory: string;
  readonly budgetBytes: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Told about every file that was dropped because it was damaged, and every write that failed. */
  readonly onFault?: (fault: KvFault) => void;
  /** Writes a file whole or throws. */
  readonly write?: (path: string, bytes: Uint8Array) => void;
  /** Default: the most valuable stay. */
  readonly policy?: EvictionPolicy;
}

export interface KvOpenHooks {
  /** Told what was read before `open` returned. */
  readonly onRead: (bytes: number, ms: number) => void;
  readonly onWhole: (kv: EncodedKv) => void;
  readonly onDamage: () => void;
}

/** A minute is fine enough for the order after a restart, and saves system calls. */
const SAVE_USE_EVERY_MS = 60_000;
/** A full disk stays full for a while: until then nothing is computed only to be thrown away. */
const WRITE_AGAIN_AFTER_MS = 30_000;
/** How often a full tier looks for what other processes have written and removed. */
const RESCAN_AFTER_MS = 300_000;

/** Share of the budget that pins may hold: the rest has to serve all others. */
const MOST_PINNED = 0.5;

const KEY = /^[0-9a-f]{64}$/;

export class DiskTier {
  readonly #options: DiskTierOptions;
  readonly #now: () => number;
  readonly #policy: EvictionPolicy;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;
  #scannedAt = 0;
  #writeFailedAt = Number.NEGATIVE_INFINITY;
  #writeFailures = 0;
  /** Until when. */
  readonly #pinned = new Map<string, number>();

  /** Throws what the file system throws if the folder cannot be made or read. */
  constructor(options: DiskTierOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#policy =
      options.policy ?? mostValuable({ budgetBytes: options.budgetBytes, now: this.#now });
    mkdirSync(options.directory, { recursive: true });
    this.#scan();
  }

  get bytes(): number {
    return this.#bytes;
  }

  get entries(): number {
    return this.#entries.size;
  }

  /** False for a while after a write has failed: what is computed now could not be stored. */
  get accepts(): boolean {
    return this.#now() - this.#writeFailedAt >= WRITE_AGAIN_AFTER_MS;
  }

  /** Asks the disk: another process may have stored or removed the file. */
  has(key: string): boolean {
    const stat = KEY.test(key) ? statOf(this.#path(key)) : undefined;
    if (!stat) this.#forget(key);
    else if (!this.#entries.has(key)) this.#admit(key, stat.size, stat.mtimeMs);
    return stat !== undefined;
  }

  /** All keys on disk, those of other processes included. */
  keys(): string[] {
    this.#scan();
    return [...this.#entries.keys()].toSorted();
  }

  /** Undefined for a miss; a damaged file is removed, reported and a miss. */
  get(key: string): EncodedKv | undefined {
    return this.#found(key, (path) => {
      const file = readFileSync(path);
      return { kv: parseKvFile(key, file), bytes: file.length };
    });
  }

  /**
   * As `get`, read on in the background. Damage behind the header shows later: then the file is removed and reported,
   * too.
   */
  open(key: string, hooks: KvOpenHooks): LayeredKv | undefined {
    return this.#found(key, (path) => {
      const began = performance.now();
      const kv = new KvReading(path, key, {
        onWhole: hooks.onWhole,
        onDamage: (reason) => {
          this.drop(key, reason);
          hooks.onDamage();
        },
      });
      hooks.onRead(kv.loadedBytes, performance.now() - began);
      return { kv, bytes: kv.fileBytes };
    });
  }

  #found<T>(key: string, read: (path: string) => { kv: T; bytes: number }): T | undefined {
    if (!KEY.test(key)) return undefined;
    try {
      const { kv, bytes } = read(this.#path(key));
      if (!this.#entries.has(key)) this.#admit(key, bytes, 0);
      this.touch(key);
      return kv;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') this.drop(key, String(error));
      this.#forget(key);
      this.#policy.use(key); // a miss counts: what is asked for again is worth keeping
      return undefined;
    }
  }

  /** Notes a use that did not read the file. */
  touch(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#policy.use(key);
    const now = this.#now();
    if (now - entry.savedAt > SAVE_USE_EVERY_MS) this.#saveUse(key, entry, now);
  }

  /**
   * False if it could not be stored (disk full, over budget): serving goes on without it.
   * @param prior uses that are expected of it before there was any, 0..1
   */
  put(key: string, kv: EncodedKv, prior = 0): boolean {
    if (this.has(key)) return true;
    if (!this.accepts) return false;
    const file = formatKvFile(key, kv);
    const density = recomputeCost(kv.shape) / kv.shape.tokens;
    if (!this.#admit(key, file.length, this.#now(), { density, prior })) return false;
    try {
      (this.#options.write ?? writeDurably)(this.#path(key), file);
    } catch (error) {
      this.#forget(key);
      this.#writeFailedAt = this.#now();
      this.#writeFailures++;
      this.report({ kind: 'write_failed', key, reason: String(error) });
      return false;
    }
    return true;
  }

  delete(key: string): void {
    this.#forget(key);
    // A file that cannot be removed now is found again by the next scan.
    if (KEY.test(key)) quietly(() => rmSync(this.#path(key), { force: true, recursive: true }));
  }

  /** Removes a file that is not what it should be, and says so. */
  drop(key: string, reason: string): void {
    this.report({ kind: 'damaged', key, reason });
    this.delete(key);
  }

  report(fault: KvFault): void {
    this.#options.onFault?.(fault);
  }

  /**
   * False if it is not stored, or pins hold half of the budget already. The pin outlives this process: until it ends,
   * the file's time is its end.
   */
  pin(key: string, until: number): boolean {
    const entry = this.#entries.get(key);
    if (!entry) return false;
    const held = this.#pinned.has(key) ? 0 : entry.bytes;
    if (this.pinnedBytes + held > this.#options.budgetBytes * MOST_PINNED) return false;
    this.#policy.pin(key, until);
    this.#pinned.set(key, Math.max(until, this.#pinned.get(key) ?? 0));
    this.#saveUse(key, entry, Math.max(until, entry.savedAt));
    return true;
  }

  unpin(key: string): void {
    this.#policy.unpin(key);
    const entry = this.#entries.get(key);
    if (this.#pinned.delete(key) && entry) this.#saveUse(key, entry, this.#now());
  }

  /** Bytes of files that are pinned now. */
  get pinnedBytes(): number {
    let bytes = 0;
    for (const [key, until] of this.#pinned) {
      if (until > this.#now()) bytes += this.#entries.get(key)?.bytes ?? 0;
      else this.#pinned.delete(key);
    }
    return bytes;
  }

  /** Writes that have failed since the start. */
  get writeFailures(): number {
    return this.#writeFailures;
  }

  #saveUse(key: string, entry: Entry, time: number): void {
    entry.savedAt = time;
    quietly(() => utimesSync(this.#path(key), this.#now() / 1000, time / 1000));
  }

  #path(key: string): string {
    return join(this.#options.directory, key.slice(0, 2), `${key}.kv`);
  }

  /**
   * Takes a file into the index and makes room for it; false if it is worth less than what would have to go.
   * @param density cost of computing it again for each byte; files found on disk count as usual ones
   * @param prior uses that are expected of it before there was any
   */
  #admit(
    key: string,
    bytes: number,
    savedAt: number,
    { density = 1, prior = 0 }: { density?: number; prior?: number } = {},
  ): boolean {
    this.#forget(key);
    if (this.#isFull(bytes) && this.#now() - this.#scannedAt > RESCAN_AFTER_MS) this.#scan();
    this.#entries.set(key, { bytes, savedAt });
    this.#bytes += bytes;
    const evicted = this.#policy.insert(key, { bytes, cost: bytes * density, prior });
    for (const each of evicted) this.delete(each);
    return !evicted.includes(key);
  }

  #forget(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
    this.#policy.remove(key);
  }

  #isFull(bytes: number): boolean {
    return this.#bytes + bytes > this.#options.budgetBytes;
  }

  /** Makes the index what is on disk, and removes what dead writers left. */
  #scan(): void {
    this.#scannedAt = this.#now();
    const found = filesIn(this.#options.directory, this.#now());
    const keys = new Set(found.map(({ key }) => key));
    for (const key of this.#entries.keys()) if (!keys.has(key)) this.#forget(key);
    for (const { key, bytes, mtime } of found.toSorted((a, b) => a.mtime - b.mtime)) {
      if (this.#entries.has(key)) continue;
      this.#policy.use(key); // in the order of their last use
      this.#admit(key, bytes, mtime);
      if (mtime > this.#now() + SAVE_USE_EVERY_MS) this.pin(key, mtime);
    }
  }
}

interface FoundFile {
  readonly key: string;
  readonly bytes: number;
  readonly mtime: number;
}

/** KV files of a tier's folder. Leftovers are removed; files that are not ours are left alone. */
function filesIn(directory: string, now: number): FoundFile[] {
  const folders = readdirSync(directory).filter((name) => /^[0-9a-f]{2}$/.test(name));
  return folders.flatMap((folder) =>
    namesIn(join(directory, folder)).flatMap((name) => {
      const path = join(directory, folder, name);
      const [key, extension] = [name.slice(0, 64), name.slice(64)];
      if (!KEY.test(key)) return [];
      if (extension !== '.kv') {
        if (isLeftover(path, now)) quietly(() => rmSync(path, { force: true }));
        return [];
      }
      const stat = statOf(path);
      return stat ? [{ key, bytes: stat.size, mtime: stat.mtimeMs }] : [];
    }),
  );
}

/** Undefined for what is not there, or cannot be looked at. */
function statOf(path: string): { size: number; mtimeMs: number } | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Empty for what another process has removed, and for what is not a folder. */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** For what another process may have done already, and what costs nothing if it fails. */
function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // Nothing depends on it.
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
