import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BlobStore } from '../../ingest/index.ts';
import { temporaryHome } from '../graph/fixtures.ts';

const bytes = Buffer.from('The Fram sailed to Antarctica in 1910.');

describe('the blob store', () => {
  test('holds bytes and files under their hash, and leaves no temporary behind', async () => {
    const home = temporaryHome();
    const blobs = new BlobStore(join(home, 'deep', 'blobs'));
    const file = join(home, 'upload');
    writeFileSync(file, bytes);
    const hash = await blobs.putFile(file);
    expect(await blobs.put(bytes)).toBe(hash);
    expect(existsSync(file)).toBe(true);
    expect(readFileSync(blobs.path(hash))).toEqual(bytes);
    expect(await blobs.hashes()).toEqual([hash]);
    expect(readdirSync(join(home, 'deep', 'blobs'))).toEqual([hash.slice(0, 2)]);
  });

  test('removes what it had begun to write when it cannot store it', async () => {
    const home = temporaryHome();
    const blobs = new BlobStore(home);
    const hash = await blobs.put(bytes);
    blobs.remove([hash]);
    expect(blobs.has(hash)).toBe(false);
    const other = new BlobStore(join(home, 'other'));
    await other.put(Buffer.from('x'));
    writeFileSync(join(home, 'other', hash.slice(0, 2)), 'a file where the folder should be');
    await expect(other.put(bytes)).rejects.toThrow();
    expect(readdirSync(join(home, 'other')).filter((name) => name.length > 2)).toEqual([]);
  });
});
