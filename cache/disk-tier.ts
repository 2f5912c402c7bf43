/**
 * KV files on the local disk, one per key, under a byte budget that holds across restarts.
 *
 * A key becomes visible only by the rename of a complete, fsynced file. Reading is synchronous: the tier
 * lives in the engine's thread, where a read that yields would only let other work in between.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { EncodedKv } from './chunk-kv.ts';
import { formatKvFile, KvDamage, parseKvFile } from './kv-file.ts';

interface Entry {
  bytes: number;
  /** Milliseconds since the epoch; also the file's mtime, so that the order survives a restart. */
  usedAt: number;
}

export interface DiskTierOptions {
  readonly directory: string;
  readonly budgetBytes: number;
  readonly now?: () => number;
  /** Told about every file that was dropped because it was damaged, and every write that failed. */
  readonly onFault?: (fault: {
    kind: 'damaged' | 'write_failed';
    key: string;
    reason: string;
  }) => void;
}

export class DiskTier {
  readonly #options: DiskTierOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;
  #bytes = 0;

  constructor(options: DiskTierOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    mkdirSync(options.directory, { recursive: true });
    this.#scan();
  }

  get bytes(): number {
    return this.#bytes;
  }

  get entries(): number {
    return this.#entries.size;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  keys(): string[] {
    return [...this.#entries.keys()].toSorted();
  }

  get(key: string): EncodedKv | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    try {
      const kv = parseKvFile(key, readFileSync(this.#path(key)));
      this.#touch(key, entry);
      return kv;
    } catch (error) {
      this.#options.onFault?.({ kind: 'damaged', key, reason: String(error) });
      this.delete(key);
      if (error instanceof KvDamage || isFileError(error)) return undefined;
      throw error;
    }
  }

  /** False if it could not be stored (disk full, over budget): serving goes on without it. */
  put(key: string, kv: EncodedKv): boolean {
    if (this.#entries.has(key)) return true;
    const file = formatKvFile(key, kv);
    if (file.length > this.#options.budgetBytes) return false;
    this.#makeRoom(file.length);
    try {
      this.#write(key, file);
    } catch (error) {
      this.#options.onFault?.({ kind: 'write_failed', key, reason: String(error) });
      return false;
    }
    this.#entries.set(key, { bytes: file.length, usedAt: this.#now() });
    this.#bytes += file.length;
    return true;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    rmSync(this.#path(key), { force: true });
  }

  #path(key: string): string {
    return join(this.#options.directory, key.slice(0, 2), `${key}.kv`);
  }

  #write(key: string, file: Buffer): void {
    const path = this.#path(key);
    mkdirSync(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      const fd = openSync(temporary, 'w');
      try {
        for (let done = 0; done < file.length;) done += writeSync(fd, file, done);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(temporary, path);
      syncDirectory(dirname(path));
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }

  #makeRoom(bytes: number): void {
    if (this.#bytes + bytes <= this.#options.budgetBytes) return;
    const oldestFirst = [...this.#entries].toSorted((a, b) => a[1].usedAt - b[1].usedAt);
    for (const [key] of oldestFirst) {
      if (this.#bytes + bytes <= this.#options.budgetBytes) return;
      this.delete(key);
    }
  }

  #touch(key: string, entry: Entry): void {
    const now = this.#now();
    // The file's time is for the order after a restart: a minute is fine enough and saves system calls.
    if (now - entry.usedAt > 60_000) {
      utimesSync(this.#path(key), now / 1000, now / 1000);
    }
    entry.usedAt = now;
  }

  #scan(): void {
    for (const folder of readdirSync(this.#options.directory, { withFileTypes: true })) {
      if (!folder.isDirectory()) continue;
      for (const name of readdirSync(join(this.#options.directory, folder.name))) {
        this.#scanFile(folder.name, name);
      }
    }
    this.#makeRoom(0);
  }

  #scanFile(folder: string, name: string): void {
    const path = join(this.#options.directory, folder, name);
    const match = /^([0-9a-f]{64})\.kv$/.exec(name);
    // Left by a process that died while writing; a live writer's file would only be written again.
    if (!match) return rmSync(path, { force: true });
    const stat = statSync(path);
    this.#entries.set(match[1]!, { bytes: stat.size, usedAt: stat.mtimeMs });
    this.#bytes += stat.size;
  }
}

function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}
