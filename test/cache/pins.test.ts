/** What keeps stored KV: pins, also across restarts, and what the graph expects before any use. */
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { DiskTier } from '../../cache/disk-tier.ts';
import { leastRecentlyUsed } from '../../cache/eviction/recency.ts';
import type { EncodedKv } from '../../cache/chunk-kv.ts';
import { temporary, temporaryFolders } from './open-service.ts';

afterAll(() => temporaryFolders.forEach((folder) => rmSync(folder, { recursive: true })));

const HOUR = 3_600_000;
const FILE = 12_288; // header and two blocks, each rounded up

function key(n: number): string {
  return n.toString(16).padStart(64, '0');
}

const kv: EncodedKv = {
  shape: { layers: 2, kvHeads: 1, headDim: 8, tokens: 100 },
  codec: 'fp16',
  blocks: [new Uint8Array(3200), new Uint8Array(3200)],
};

function open(files: number, now = Date.now(), directory = temporary()) {
  const clock = { now };
  const budgetBytes = files * FILE;
  const time = (): number => clock.now;
  // Under this policy every flood washes out all that is not pinned.
  const policy = leastRecentlyUsed({ budgetBytes, now: time });
  const disk = new DiskTier({ directory, budgetBytes, now: time, policy });
  return { disk, directory, clock };
}

function fill(disk: DiskTier, from: number, count: number): void {
  for (let n = from; n < from + count; n++) disk.put(key(n), kv);
}

describe('pinned KV', () => {
  it('stays through a flood, and goes when the pin has ended', () => {
    const { disk, clock } = open(10);
    fill(disk, 0, 4);
    expect(disk.pin(key(2), clock.now + HOUR)).toBe(true);
    expect(disk.pinnedBytes).toBe(FILE);
    fill(disk, 100, 60);
    expect(disk.has(key(2))).toBe(true);
    expect(disk.has(key(1))).toBe(false);
    clock.now += 2 * HOUR;
    expect(disk.pinnedBytes).toBe(0);
    fill(disk, 200, 60);
    expect(disk.has(key(2))).toBe(false);
  });

  it('stays pinned in the next process', () => {
    const first = open(10);
    fill(first.disk, 0, 4);
    first.disk.pin(key(2), first.clock.now + HOUR);
    first.disk.get(key(2)); // a use does not move its end
    const { disk, clock } = open(10, first.clock.now + HOUR / 2, first.directory);
    expect(disk.pinnedBytes).toBe(FILE);
    fill(disk, 100, 60);
    expect(disk.has(key(2))).toBe(true);
    clock.now += HOUR;
    fill(disk, 200, 60);
    expect(disk.has(key(2))).toBe(false);
  });

  it('is given free again, also for the next process', () => {
    const first = open(10);
    fill(first.disk, 0, 4);
    first.disk.pin(key(2), first.clock.now + HOUR);
    first.disk.unpin(key(2));
    for (const { disk } of [first, open(10, first.clock.now, first.directory)]) {
      expect(disk.pinnedBytes).toBe(0);
    }
    fill(first.disk, 100, 60);
    expect(first.disk.has(key(2))).toBe(false);
  });

  it('takes half of the budget at most, and nothing that is not stored', () => {
    const { disk, clock } = open(10);
    fill(disk, 0, 8);
    const pinned = [0, 1, 2, 3, 4, 5, 6, 7].filter((n) => disk.pin(key(n), clock.now + HOUR));
    expect(pinned).toHaveLength(5);
    expect(disk.pin(key(0), clock.now + 2 * HOUR)).toBe(true);
    expect(disk.pin(key(99), clock.now + HOUR)).toBe(false);
  });
});

describe('a prior', () => {
  it('keeps what the graph expects much of before what it expects nothing of', () => {
    const disk = new DiskTier({ directory: temporary(), budgetBytes: 20 * FILE });
    for (let n = 0; n < 60; n++) disk.put(key(n), kv, n % 3 === 0 ? 1 : 0);
    const kept = Array.from({ length: 60 }, (_, n) => n).filter((n) => disk.has(key(n)));
    const central = kept.filter((n) => n % 3 === 0).length;
    expect(central / kept.length).toBeGreaterThan(0.5);
  });
});
