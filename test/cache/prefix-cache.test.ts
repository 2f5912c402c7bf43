import { describe, expect, it } from 'vitest';
import { PrefixCache, type PrefixSpace } from '../../cache/prefix/prefix-cache.ts';
import type { SequenceKv } from '../../engine/index.ts';

const config = { kvHeads: 2, headDim: 4 };
const ROW = 2 * 2 * 4 * 4 * 3; // keys and values, 3 layers, float32
const mine: PrefixSpace = { owner: 'me', name: 'mine' };

/** Rows that say where they stand: the number of a float is its position (times 2 for values). */
function sequence(capacity: number, fill = true): SequenceKv {
  const part = (factor: number) =>
    Array.from({ length: 3 }, () =>
      Float32Array.from({ length: 2 * capacity * 4 }, (_, i) =>
        fill ? factor * (Math.floor(i / 4) % capacity) : Number.NaN,
      ),
    );
  let hidden = new Int32Array(0);
  return {
    capacity,
    keys: part(1),
    values: part(2),
    get hidden() {
      return hidden;
    },
    hide: (positions) => void (hidden = Int32Array.of(...hidden, ...positions)),
    show: () => undefined,
    release: () => undefined,
  };
}

function ids(...runs: [first: number, count: number][]): Int32Array {
  return Int32Array.from(
    runs.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i)),
  );
}

function cacheOf(rows: number, now = () => 0): PrefixCache {
  return new PrefixCache({ budgetBytes: rows * ROW, config, now });
}

function placed(cache: PrefixCache, tokens: Int32Array, space = mine): number[] {
  const lease = cache.find(space, tokens);
  if (!lease) return [];
  const target = sequence(40, false);
  lease.place(target, 5, lease.length);
  lease.release();
  const at = (position: number) => target.keys[2]![(1 * 40 + position) * 4]!;
  for (let i = 0; i < lease.length; i++) {
    expect(target.values[1]![(5 + i) * 4]).toBe(2 * at(5 + i));
  }
  expect(at(4)).toBeNaN();
  expect(at(5 + lease.length)).toBeNaN();
  return Array.from({ length: lease.length }, (_, i) => at(5 + i));
}

describe('rows of earlier prompts', () => {
  it('come back bit for bit, also where two prompts part', () => {
    const cache = cacheOf(100);
    cache.keep(mine, ids([0, 12]), sequence(20), 5);
    cache.keep(mine, ids([0, 6], [100, 4]), sequence(20), 5);
    expect(placed(cache, ids([0, 12]))).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    expect(placed(cache, ids([0, 6], [100, 9]))).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(placed(cache, ids([0, 3], [7, 3]))).toEqual([5, 6, 7]);
    expect(cache.stats()).toMatchObject({ entries: 3, bytes: 16 * ROW });
  });

  it('stay hidden where they were', () => {
    const cache = cacheOf(100);
    const from = sequence(20);
    from.hide(Int32Array.of(6, 9));
    cache.keep(mine, ids([0, 8]), from, 5);
    cache.keep(mine, ids([0, 2], [50, 1]), sequence(20), 5);
    const lease = cache.find(mine, ids([0, 8]))!;
    const target = sequence(40);
    lease.place(target, 5, 4);
    expect([...target.hidden]).toEqual([6]);
    lease.release();
  });

  it('are found in their own space only', () => {
    const cache = cacheOf(100);
    cache.keep(mine, ids([0, 8]), sequence(20), 5);
    expect(cache.find({ owner: 'other', name: 'others' }, ids([0, 8]))).toBeUndefined();
  });

  it('give way to later ones, the longest unused first, and the budget holds', () => {
    const cache = cacheOf(20);
    cache.keep(mine, ids([0, 8]), sequence(20), 5);
    cache.keep(mine, ids([100, 8]), sequence(20), 5);
    placed(cache, ids([0, 8]));
    cache.keep(mine, ids([200, 8]), sequence(20), 5);
    expect(placed(cache, ids([100, 8]))).toEqual([]);
    expect(placed(cache, ids([0, 8]))).toHaveLength(8);
    expect(cache.stats()).toMatchObject({ bytes: 16 * ROW, evictions: 1 });
    cache.keep(mine, ids([300, 25]), sequence(40), 5); // larger than the budget
    expect(cache.stats().bytes).toBe(16 * ROW);
  });

  it('stay while they are read or pinned, until the pin ends', () => {
    let now = 0;
    const cache = cacheOf(20, () => now);
    cache.keep(mine, ids([0, 8]), sequence(20), 5, { pinnedUntil: 1000 });
    cache.keep(mine, ids([100, 8]), sequence(20), 5);
    const lease = cache.find(mine, ids([100, 8]))!;
    cache.keep(mine, ids([200, 8]), sequence(20), 5);
    expect(placed(cache, ids([200, 8]))).toEqual([]); // all others are held
    expect(placed(cache, ids([0, 8]))).toHaveLength(8);
    lease.release();
    cache.keep(mine, ids([200, 8]), sequence(20), 5);
    expect(placed(cache, ids([100, 8]))).toEqual([]);
    now = 2000;
    cache.keep(mine, ids([300, 8]), sequence(20), 5);
    expect(placed(cache, ids([0, 8]))).toEqual([]);
  });

  it("do not wash out another workspace's, which holds less", () => {
    const cache = cacheOf(30);
    cache.keep({ owner: 'quiet', name: 'q' }, ids([0, 8]), sequence(20), 5);
    for (let i = 1; i < 20; i++) cache.keep(mine, ids([100 * i, 8]), sequence(20), 5);
    expect(placed(cache, ids([0, 8]), { owner: 'quiet', name: 'q' })).toHaveLength(8);
    expect(cache.stats().bytes).toBeLessThanOrEqual(30 * ROW);
  });

  it('are gone with what they were made from', () => {
    const cache = cacheOf(100);
    cache.keep(mine, ids([0, 8]), sequence(20), 5, { sources: ['a', 'b'] });
    const other = { owner: 'me', name: 'second' };
    cache.keep(other, ids([0, 8]), sequence(20), 5, { sources: ['c'] });
    cache.forget(['b']);
    expect(placed(cache, ids([0, 8]))).toEqual([]);
    expect(placed(cache, ids([0, 8]), other)).toHaveLength(8);
    expect(cache.stats().bytes).toBe(8 * ROW);
  });
});
