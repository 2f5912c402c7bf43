import { expect, it } from 'vitest';
import { dot, topK } from '../../graph/vectors/top-k.ts';
import { tuneEf, type Tunable } from '../../graph/vectors/tune-ef.ts';
import { seededRandom } from './random.ts';
import { randomUnit } from './vector-index.contract.ts';

/** An index that finds the `share(ef)` first of the ten nearest, and others instead of the rest. */
function indexThatFinds(share: (ef: number) => number): Tunable & { readonly asked: number[] } {
  const random = seededRandom(5);
  const vectors = Array.from({ length: 300 }, () => randomUnit(8, random));
  const labels = vectors.map((_, i) => i + 1);
  const asked: number[] = [];
  return {
    asked,
    labels,
    vectorsAt: async (wanted) => wanted.map((label) => vectors[label - 1]!),
    eachVector: async (visit) =>
      labels.forEach((label, i) => visit({ label, vector: vectors[i]! })),
    search: async (query, limit, ef) => {
      asked.push(ef);
      const best = topK(2 * limit);
      labels.forEach((label, i) => best.offer(label, dot(query, vectors[i]!, 0)));
      const found = Math.round(limit * share(ef));
      return [...best.best().slice(0, found), ...best.best().slice(limit, 2 * limit - found)];
    },
  };
}

it('takes the smallest number of candidates that finds 98% of the nearest', async () => {
  const finds = (ef: number): number => (ef >= 300 ? 1 : ef >= 200 ? 0.9 : 0.5);
  expect(await tuneEf(indexThatFinds(finds), seededRandom(1))).toBe(300);
  expect(
    await tuneEf(
      indexThatFinds(() => 1),
      seededRandom(1),
    ),
  ).toBe(100);
});

it('takes the most there are if none finds enough', async () => {
  const index = indexThatFinds(() => 0.5);
  expect(await tuneEf(index, seededRandom(1))).toBe(800);
  expect(new Set(index.asked).size).toBeGreaterThan(3);
});

it('comes to the same number every time', async () => {
  const finds = (ef: number): number => Math.min(1, ef / 400);
  const found = [1, 1].map((seed) => tuneEf(indexThatFinds(finds), seededRandom(seed)));
  expect(new Set(await Promise.all(found)).size).toBe(1);
});
