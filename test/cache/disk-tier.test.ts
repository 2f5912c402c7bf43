import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EncodedKv, LayeredKv } from '../../cache/chunk-kv.ts';
import { DiskTier, type DiskTierOptions } from '../../cache/disk-tier.ts';
import { formatKvFile } from '../../cache/kv-file.ts';
import { KvStore } from '../../cache/kv-store.ts';
import { RamTier } from '../../cache/ram-tier.ts';
import type { KvFault } from '../../cache/engine-options.ts';
import { seededRandom } from '../engine/support/fixtures.ts';
import { mutate } from '../engine/support/folders.ts';
import { bytesOf, layoutOf, someKey, someKv, temporaryFolder } from './kv-fixtures.ts';

const FILE_BYTES = formatKvFile(someKey(1), someKv(1)).length;

/** A tier whose clock moves a minute at every look. */
function tier(directory: string, options: Partial<DiskTierOptions> = {}) {
  const faults: KvFault[] = [];
  const clock = { ms: Date.now() };
  const disk = new DiskTier({
    directory,
    budgetBytes: 1e9,
    now: () => (clock.ms += 60_001),
    onFault: (fault) => faults.push(fault),
    ...options,
  });
  return { disk, faults };
}

function pathOf(directory: string, key: string): string {
  return join(directory, key.slice(0, 2), `${key}.kv`);
}

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(directory, name)).isFile())
    .sort();
}

describe('the disk tier', () => {
  it('gives back what was put, in this process and after a restart', () => {
    const directory = temporaryFolder();
    const { disk } = tier(directory);
    expect(disk.put(someKey(1), someKv(1))).toBe(true);
    for (const each of [disk, tier(directory).disk]) {
      expect(bytesOf(each.get(someKey(1)))).toBe(bytesOf(someKv(1)));
      expect({ bytes: each.bytes, entries: each.entries }).toEqual({
        bytes: FILE_BYTES,
        entries: 1,
      });
      expect(each.get(someKey(2))).toBeUndefined();
    }
  });

  it('keeps the budget by dropping what was used least recently, also across a restart', () => {
    const directory = temporaryFolder();
    const { disk } = tier(directory, { budgetBytes: 3 * FILE_BYTES });
    for (const seed of [1, 2, 3]) disk.put(someKey(seed), someKv(seed));
    disk.get(someKey(1)); // order of use is now 2, 3, 1
    const { disk: restarted } = tier(directory, { budgetBytes: 3 * FILE_BYTES });
    restarted.put(someKey(4), someKv(4));
    expect(restarted.keys()).toEqual([1, 3, 4].map(someKey));
    const { disk: smaller } = tier(directory, { budgetBytes: 2 * FILE_BYTES });
    expect(smaller.bytes).toBe(2 * FILE_BYTES);
    expect(smaller.has(someKey(3))).toBe(false);
  });

  it('saves the time of use even if the pauses between two uses are short', () => {
    const directory = temporaryFolder();
    const clock = { ms: Date.now() };
    const { disk } = tier(directory, { now: () => clock.ms });
    disk.put(someKey(1), someKv(1));
    for (let n = 0; n < 10; n++) {
      clock.ms += 30_000;
      disk.get(someKey(1));
    }
    expect(statSync(pathOf(directory, someKey(1))).mtimeMs).toBeGreaterThan(clock.ms - 90_000);
  });

  it('removes what dead writers left, and nothing else', () => {
    const directory = temporaryFolder();
    const file = (name: string, age = 0): string => {
      const path = join(directory, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, 'x');
      const at = Date.now() / 1000 - age;
      utimesSync(path, at, at);
      return path;
    };
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const temporary = (pid: number): string => `00/${someKey(1)}.kv.${pid}-0123abcd.tmp`;
    const leftovers = [
      file(temporary(dead)),
      file(temporary(1), 7200), // its process lives, but no write takes two hours
      file(temporary(process.pid), 100_000), // older than this process
    ];
    const others = [
      file(temporary(process.ppid)), // a living neighbour is writing
      file('00/notes.txt'),
      file('mine/letter.tmp'),
      file('readme.md'),
    ];
    expect(new DiskTier({ directory, budgetBytes: 1e9 }).entries).toBe(0);
    expect(leftovers.filter((path) => existsSync(path))).toEqual([]);
    expect(others.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('takes 300 damaged files for misses, removes and reports them, and stores them anew', () => {
    const directory = temporaryFolder();
    const write = (path: string, bytes: Uint8Array): void => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes); // without syncing: this is about reading
    };
    const { disk, faults } = tier(directory, { write });
    const random = seededRandom(5);
    const whole = formatKvFile(someKey(1), someKv(1));
    for (let n = 0; n < 300; n++) {
      disk.put(someKey(1), someKv(1));
      writeFileSync(pathOf(directory, someKey(1)), mutate(whole, random));
      expect(disk.get(someKey(1)), `damage ${n}`).toBeUndefined();
      expect(disk.has(someKey(1))).toBe(false);
    }
    expect(faults.map((fault) => fault.kind)).toEqual(new Array(300).fill('damaged'));
    expect(filesIn(directory)).toEqual([]);
    expect(disk.put(someKey(1), someKv(1))).toBe(true);
    expect(bytesOf(disk.get(someKey(1)))).toBe(bytesOf(someKv(1)));
  });

  it('goes on without storing while the disk is full, and leaves nothing half-written', () => {
    const directory = temporaryFolder();
    let ms = 0;
    let full = true;
    const { disk, faults } = tier(directory, {
      now: () => ms,
      write: (path, bytes) => {
        if (full) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, bytes);
      },
    });
    expect(disk.put(someKey(1), someKv(1))).toBe(false);
    expect({ has: disk.has(someKey(1)), accepts: disk.accepts }).toEqual({
      has: false,
      accepts: false,
    });
    expect(disk.put(someKey(2), someKv(2))).toBe(false);
    expect(faults).toHaveLength(1); // the second was not even tried
    full = false;
    ms += 30_000;
    expect(disk.accepts && disk.put(someKey(1), someKv(1))).toBe(true);
    expect({ files: filesIn(directory).length, bytes: disk.bytes }).toEqual({
      files: 1,
      bytes: FILE_BYTES,
    });
  });

  it('leaves no temporary file when the system stops a write half-way', () => {
    const directory = temporaryFolder();
    const child = join(import.meta.dirname, 'full-disk-child.ts');
    // Files of at most 64 KiB: the write fails behind its first pages, as on a full disk.
    const { stdout } = spawnSync(
      'bash',
      ['-c', 'ulimit -f 64; exec "$0" --import tsx "$1" "$2"', process.execPath, child, directory],
      { encoding: 'utf8', env: { ...process.env, TSX_DISABLE_CACHE: '1' } },
    );
    expect(stdout).toMatch(/^write_failed: Error: EFBIG.*\nnot stored\n$/);
    expect(filesIn(directory)).toEqual([]);
  });

  it("takes a folder in a file's place for damage, and a file in a folder's place for a failed write", () => {
    const directory = temporaryFolder();
    const { disk, faults } = tier(directory);
    mkdirSync(join(pathOf(directory, someKey(1)), 'in the way'), { recursive: true });
    expect(disk.put(someKey(1), someKv(1))).toBe(true); // something is there ...
    expect(disk.get(someKey(1))).toBeUndefined(); // ... but it is no file, and it is removed
    writeFileSync(join(directory, 'aa'), 'a file where a folder should be');
    expect(disk.put('aa'.repeat(32), someKv(1))).toBe(false);
    expect(faults.map((fault) => fault.kind)).toEqual(['damaged', 'write_failed']);
    expect(filesIn(directory)).toEqual(['aa']);
  });

  it('sees what another process stores and removes in the same folder', () => {
    const directory = temporaryFolder();
    const [{ disk: one, faults }, { disk: other }] = [tier(directory), tier(directory)];
    other.put(someKey(1), someKv(1));
    expect(one.has(someKey(1))).toBe(true);
    expect(bytesOf(one.get(someKey(1)))).toBe(bytesOf(someKv(1)));
    expect(one.keys()).toEqual([someKey(1)]);
    other.delete(someKey(1));
    expect(one.get(someKey(1))).toBeUndefined();
    expect({ bytes: one.bytes, faults }).toEqual({ bytes: 0, faults: [] });
  });

  it('ignores keys that are no keys', () => {
    const { disk } = tier(temporaryFolder());
    for (const key of ['', '../../etc/passwd', 'ab']) {
      expect(disk.has(key)).toBe(false);
      expect(disk.get(key)).toBeUndefined();
      disk.delete(key);
    }
  });
});

function wholeOf(kv: LayeredKv | undefined): EncodedKv | undefined {
  return (
    kv && {
      ...kv,
      shape: kv.shape,
      codec: kv.codec,
      blocks: kv.blockBytes.map((_, i) => kv.layer(i)!),
    }
  );
}

describe('the store', () => {
  function store(directory: string, ramBytes: number) {
    const { disk, faults } = tier(directory, { budgetBytes: 2 * FILE_BYTES });
    return { store: new KvStore({ ram: new RamTier(ramBytes), disk }), faults };
  }

  it('serves the same bytes from RAM and from disk and counts hits and misses', () => {
    const directory = temporaryFolder();
    const { store: kv } = store(directory, 1e6);
    kv.put(someKey(1), someKv(1));
    const [first, second] = [kv.open(someKey(1), layoutOf(5)), kv.open(someKey(1), layoutOf(5))];
    expect(bytesOf(wholeOf(first))).toBe(bytesOf(someKv(1)));
    expect(bytesOf(wholeOf(second))).toBe(bytesOf(someKv(1)));
    expect(kv.stats().ramBytes).toBe(320);
    rmSync(pathOf(directory, someKey(1)));
    expect(bytesOf(wholeOf(kv.open(someKey(1), layoutOf(5))))).toBe(bytesOf(someKv(1)));
    expect(kv.open(someKey(2), layoutOf(5))).toBeUndefined();
    const { hits, misses, ramBytes } = kv.stats();
    expect({ hits, misses, ramBytes }).toEqual({ hits: 3, misses: 1, ramBytes: 320 });
  });

  it('does not evict from disk what RAM is serving all the time', () => {
    const { store: kv } = store(temporaryFolder(), 1e6);
    kv.put(someKey(1), someKv(1));
    wholeOf(kv.open(someKey(1), layoutOf(5)));
    kv.put(someKey(2), someKv(2));
    kv.open(someKey(1), layoutOf(5)); // from RAM
    kv.put(someKey(3), someKv(3));
    expect(kv.keys()).toEqual([1, 3].map(someKey));
  });

  it('removes an entry of another shape or codec, so that it can be stored anew', () => {
    const directory = temporaryFolder();
    const { store: kv, faults } = store(directory, 1e6);
    const wrong = [
      someKv(1, 6),
      { ...someKv(1), codec: 'fp32' },
      { ...someKv(1), blocks: someKv(1).blocks.map((block) => block.subarray(1)) },
    ];
    for (const each of wrong) {
      kv.put(someKey(1), each);
      expect(kv.open(someKey(1), layoutOf(5))).toBeUndefined();
      expect(kv.has(someKey(1))).toBe(false);
    }
    expect(faults).toHaveLength(wrong.length);
  });

  it('forgets a deleted key in both tiers', () => {
    const { store: kv } = store(temporaryFolder(), 1e6);
    kv.put(someKey(1), someKv(1));
    wholeOf(kv.open(someKey(1), layoutOf(5)));
    kv.delete([someKey(1)]);
    expect(kv.open(someKey(1), layoutOf(5))).toBeUndefined();
    expect(kv.stats()).toMatchObject({ entries: 0, diskBytes: 0, ramBytes: 0 });
  });

  it('damage behind the header shows when its layer is wanted: the file goes, and it counts as a miss', () => {
    const directory = temporaryFolder();
    const { store: kv, faults } = store(directory, 1e6);
    kv.put(someKey(1), someKv(1));
    const path = pathOf(directory, someKey(1));
    const bytes = readFileSync(path);
    bytes[bytes.length - 10]! ^= 4; // in the last block
    writeFileSync(path, bytes);
    const layers = kv.open(someKey(1), layoutOf(5))!;
    expect(Buffer.from(layers.layer(0)!)).toEqual(Buffer.from(someKv(1).blocks[0]!));
    expect(layers.blockBytes.map((_, i) => layers.layer(i)).at(-1)).toBeUndefined();
    expect(layers.layer(0)).toBeUndefined();
    expect(existsSync(path)).toBe(false);
    expect(faults).toHaveLength(1);
    expect(kv.stats()).toMatchObject({ hits: 0, misses: 1, ramBytes: 0 });
  });

  it('a file cut off behind its back is a miss even though it is in the index', () => {
    const directory = temporaryFolder();
    const { store: kv } = store(directory, 0);
    kv.put(someKey(1), someKv(1));
    truncateSync(pathOf(directory, someKey(1)), 5000);
    expect(kv.open(someKey(1), layoutOf(5))).toBeUndefined();
    expect(existsSync(pathOf(directory, someKey(1)))).toBe(false);
  });
});
