import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastFrequentlyUsed } from '../../cache/eviction/frequency.ts';
import { LazyHeap } from '../../cache/eviction/heap.ts';
import { leastRecentlyUsed } from '../../cache/eviction/recency.ts';
import type { EvictionPolicy } from '../../cache/eviction/types.ts';
import { mostValuable } from '../../cache/eviction/value.ts';

const POLICIES = { leastRecentlyUsed, leastFrequentlyUsed, mostValuable };
const BUDGET = 100;

const action = fc.record({
  what: fc.constantFrom('insert', 'insert', 'use', 'remove', 'pin'),
  key: fc.integer({ min: 0, max: 14 }).map(String),
  bytes: fc.integer({ min: 1, max: 120 }),
  cost: fc.integer({ min: 1, max: 9 }),
});

describe.each(Object.entries(POLICIES))('the policy %s', (_, make) => {
  it('holds its budget, and says about every key that goes, once', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        let now = 0;
        const policy = make({ budgetBytes: BUDGET, now: () => now });
        const held = new Map<string, number>();
        for (const { what, key, bytes, cost } of actions) {
          now++;
          if (what === 'use') policy.use(key);
          if (what === 'pin' && held.has(key)) policy.pin(key, now + 5);
          if (what === 'remove') {
            policy.remove(key);
            held.delete(key);
          }
          if (what === 'insert') {
            held.delete(key);
            const evicted = policy.insert(key, { bytes, cost });
            held.set(key, bytes);
            for (const each of evicted) expect(held.delete(each)).toBe(true);
          }
          expect([...held.values()].reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(BUDGET);
          expect(policy.keys().toSorted()).toEqual([...held.keys()].toSorted());
        }
      }),
    );
  });

  it('never lets a pinned entry go before its time, and does afterwards', () => {
    let now = 0;
    const policy = make({ budgetBytes: BUDGET, now: () => now });
    put(policy, 'kept', 40);
    policy.pin('kept', 1000);
    for (let i = 0; i < 30; i++) {
      expect(put(policy, `other ${i}`, 30)).not.toContain('kept');
      policy.use(`other ${i}`);
    }
    now = 1001;
    const later = [...Array(30).keys()].map((i) => {
      policy.use(`later ${i}`);
      return [...put(policy, `later ${i}`, 30), ...put(policy, `later ${i}`, 30)];
    });
    expect(later.flat()).toContain('kept');
  });

  it('refuses what is larger than the whole budget, and keeps the rest', () => {
    const policy = make({ budgetBytes: BUDGET });
    put(policy, 'a', 60);
    expect(put(policy, 'b', 101)).toEqual(['b']);
    expect(policy.keys()).toEqual(['a']);
  });
});

describe('the policy of value', () => {
  it('keeps what is used often through a flood of entries used once', () => {
    const policy = mostValuable({ budgetBytes: BUDGET });
    const popular = ['a', 'b', 'c', 'd', 'e'];
    for (const key of popular) put(policy, key, 10);
    for (let i = 0; i < 20; i++) for (const key of popular) policy.use(key);
    for (let i = 0; i < 500; i++) {
      policy.use(`once ${i}`);
      put(policy, `once ${i}`, 10);
    }
    expect(policy.keys()).toEqual(expect.arrayContaining(popular));
    const lru = leastRecentlyUsed({ budgetBytes: BUDGET });
    for (const key of popular) put(lru, key, 10);
    for (let i = 0; i < 500; i++) put(lru, `once ${i}`, 10);
    expect(lru.keys()).not.toContain('a');
  });

  it('keeps what costs more to compute again, of two used alike', () => {
    const policy = mostValuable({ budgetBytes: BUDGET });
    for (let round = 0; round < 40; round++) {
      for (const [key, cost] of [
        ['dear', 100],
        ['cheap', 1],
        [`filler ${round}`, 1],
        [`more ${round}`, 1],
      ] as const) {
        policy.use(key);
        if (!policy.keys().includes(key)) policy.insert(key, { bytes: 60, cost });
      }
    }
    expect(policy.keys()).toContain('dear');
    expect(policy.keys()).not.toContain('cheap');
  });

  it('remembers an evicted entry: when it comes back it is worth what it was', () => {
    const policy = mostValuable({ budgetBytes: BUDGET });
    put(policy, 'popular', 50);
    for (let i = 0; i < 50; i++) policy.use('popular');
    policy.remove('popular');
    put(policy, 'a', 50);
    put(policy, 'b', 50);
    policy.use('popular');
    expect(put(policy, 'popular', 50)).not.toContain('popular');
    for (let i = 0; i < 10; i++) put(policy, `new ${i}`, 50);
    expect(policy.keys()).toContain('popular');
  });

  it('prefers what the graph expects to be used, of entries never used', () => {
    const policy = mostValuable({ budgetBytes: BUDGET });
    policy.insert('central', { bytes: 25, cost: 25, prior: 1 });
    for (let i = 0; i < 12; i++) policy.insert(`plain ${i}`, { bytes: 25, cost: 25 });
    expect(policy.keys()).toContain('central');
  });
});

describe('the heap of keys', () => {
  it('gives keys back by their latest priority', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 99 }))),
        (pairs) => {
          const heap = new LazyHeap();
          const model = new Map<string, number>();
          for (const [key, priority] of pairs) {
            heap.set(String(key), priority);
            model.set(String(key), priority);
            if (priority % 7 === 0) {
              heap.delete(String(key));
              model.delete(String(key));
            }
          }
          const popped: number[] = [];
          for (let key = heap.pop(); key !== undefined; key = heap.pop()) {
            popped.push(model.get(key)!);
          }
          expect(popped).toEqual([...model.values()].toSorted((a, b) => a - b));
        },
      ),
    );
  });
});

function put(policy: EvictionPolicy, key: string, bytes: number): string[] {
  return policy.insert(key, { bytes, cost: bytes });
}
