import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodedBytes } from '../../cache/chunk-kv.ts';
import { leastRecentlyUsed } from '../../cache/eviction/recency.ts';
import { RamTier } from '../../cache/ram-tier.ts';
import { someKv } from './kv-fixtures.ts';

const action = fc.record({
  what: fc.constantFrom('put', 'get', 'delete'),
  key: fc.integer({ min: 0, max: 9 }).map(String),
  tokens: fc.integer({ min: 1, max: 30 }),
});

it('never holds more than its budget, and what it holds is what was used most recently', () => {
  const budget = 3000;
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const ram = new RamTier(budget, leastRecentlyUsed({ budgetBytes: budget }));
      let model: [string, ReturnType<typeof someKv>][] = []; // most recent last
      const size = (): number => model.reduce((sum, [, kv]) => sum + encodedBytes(kv), 0);
      for (const { what, key, tokens } of actions) {
        const known = model.find(([each]) => each === key);
        if (what === 'get') expect(ram.get(key)).toBe(known?.[1]);
        const kv = what === 'put' ? someKv(1, tokens) : known?.[1];
        if (what === 'put') ram.put(key, kv!);
        if (what === 'delete') ram.delete(key);
        model = model.filter(([each]) => each !== key);
        if (what !== 'delete' && kv) model.push([key, kv]);
        while (size() > budget) model.shift();
        expect(ram.bytes).toBe(size());
      }
    }),
  );
});

it('does not take what is larger than the whole budget', () => {
  const ram = new RamTier(100);
  ram.put('a', someKv(1, 30));
  expect({ bytes: ram.bytes, hit: ram.get('a') }).toEqual({ bytes: 0, hit: undefined });
});
