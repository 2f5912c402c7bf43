/**
 * The original bytes of documents, one file per content hash: `<directory>/<2 hex>/<sha256>`.
 * A file appears under its name after it was fsynced, so a hash that is there is whole.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync, rmSync } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const TEMPORARY = 'incoming-';

export class BlobStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  path(hash: string): string {
    return join(this.#directory, hash.slice(0, 2), hash);
  }

  has(hash: string): boolean {
    return existsSync(this.path(hash));
  }

  /** Stores bytes that are in memory. */
  put(bytes: Uint8Array): Promise<string> {
    return this.#throughTemporary(async (temporary) => {
      await writeFile(temporary, bytes, { flag: 'wx' });
      return this.#place(temporary, createHash('sha256').update(bytes).digest('hex'));
    });
  }

  /** Stores a file of this machine. It shares its bytes from then on: remove `path`, do not write to it. */
  async putFile(path: string): Promise<string> {
    return this.#place(path, await hashFile(path));
  }

  /** Synchronous, so that it can be one step with the transaction that found the hashes unneeded. */
  remove(hashes: readonly string[]): void {
    for (const hash of hashes) rmSync(this.path(hash), { force: true });
  }

  async hashes(): Promise<string[]> {
    const names = await readdir(this.#directory, { recursive: true }).catch(() => []);
    return names
      .map((name) => name.split('/').at(-1)!)
      .filter((name) => /^[0-9a-f]{64}$/.test(name))
      .toSorted();
  }

  /** Removes what a process that died in `put` has left. Only for a time when nobody puts. */
  async removeInterrupted(): Promise<void> {
    const names = await readdir(this.#directory).catch(() => []);
    const left = names.filter((name) => name.startsWith(TEMPORARY));
    await Promise.all(left.map((name) => rm(join(this.#directory, name), { force: true })));
  }

  async #throughTemporary<T>(work: (temporary: string) => Promise<T>): Promise<T> {
    await ensureFolder(this.#directory);
    const temporary = join(this.#directory, TEMPORARY + randomUUID());
    try {
      return await work(temporary);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async #place(path: string, hash: string): Promise<string> {
    const target = this.path(hash);
    await ensureFolder(dirname(target));
    if (!existsSync(target)) {
      await sync(path);
      await this.#link(path, target);
    }
    // Also for a file that was there: whoever linked it may not have come to this yet.
    await sync(dirname(target));
    await sync(this.#directory);
    return hash;
  }

  async #link(path: string, target: string): Promise<void> {
    try {
      await link(path, target);
    } catch (error) {
      if (isCode(error, 'EEXIST')) return;
      // Some file systems (exFAT, some network shares) have no hard links.
      await this.#throughTemporary(async (temporary) => {
        await copyFile(path, temporary);
        await sync(temporary);
        await rename(temporary, target);
      });
    }
  }
}

/** Makes a folder whose name survives a loss of power, with all that is missing above it. */
async function ensureFolder(path: string): Promise<void> {
  const topmost = await mkdir(path, { recursive: true });
  if (topmost === undefined) return;
  for (let made = path; made.length >= topmost.length; made = dirname(made)) {
    await sync(dirname(made));
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('hex');
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
