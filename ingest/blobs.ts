/**
 * The original bytes of documents, one file per content hash: `<directory>/<2 hex>/<sha256>`.
 * A file appears by rename after it was fsynced, so a hash that is there is whole.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
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

  /** Stores bytes that are in memory. */
  async put(bytes: Uint8Array): Promise<string> {
    const hash = createHash('sha256').update(bytes).digest('hex');
    const temporary = await this.#temporary();
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
    await this.#adopt(temporary, hash);
    return hash;
  }

  /** Takes over a file of this machine; it is gone from `path` afterwards. Same file system only. */
  async adopt(path: string): Promise<string> {
    const hash = await hashFile(path);
    await this.#adopt(path, hash);
    return hash;
  }

  async remove(hashes: readonly string[]): Promise<void> {
    await Promise.all(hashes.map((hash) => rm(this.path(hash), { force: true })));
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

  async #temporary(): Promise<string> {
    await mkdir(this.#directory, { recursive: true });
    return join(this.#directory, TEMPORARY + randomUUID());
  }

  async #adopt(path: string, hash: string): Promise<void> {
    const target = this.path(hash);
    const known = await access(target).then(
      () => true,
      () => false,
    );
    if (known) return rm(path);
    await mkdir(dirname(target), { recursive: true });
    await sync(path);
    await rename(path, target);
    await sync(dirname(target));
  }
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
