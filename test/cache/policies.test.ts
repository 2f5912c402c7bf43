import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blendPolicy, POLICY_NAMES, type BlendContext } from '../../cache/policies/index.ts';
import { seededRandom } from '../engine/support/fixtures.ts';

/** Runs with gaps between them, as chunks without a cache leave them; the question follows the last run. */
const context = fc
  .record({
    counts: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }),
    gap: fc.integer({ min: 0, max: 5 }),
    budgetRows: fc.integer({ min: 0, max: 150 }),
    seed: fc.integer(),
  })
  .map(({ counts, gap, budgetRows, seed }): BlendContext => {
    const random = seededRandom(seed);
    let start = 10;
    const runs = counts.map((count) => {
      const run = { start, count, focus: Float32Array.from({ length: count }, () => random()) };
      start += count + gap;
      return run;
    });
    const scores = Float32Array.from({ length: start + 30 }, () => random());
    return { runs, budgetRows, attention: async () => scores, deviation: async () => scores };
  });

describe.each(POLICY_NAMES)('the policy %s', (name) => {
  const policy = blendPolicy(name);

  it('chooses ascending, unique rows inside the runs, never more than its budget, always the same', async () => {
    await fc.assert(
      fc.asyncProperty(context, async (given) => {
        const rows = [...(await policy.select(given))];
        const allowed = new Set(
          given.runs.flatMap(({ start, count }) =>
            Array.from({ length: count }, (_, i) => start + i),
          ),
        );
        expect(rows.every((row) => allowed.has(row))).toBe(true);
        expect(rows.every((row, i) => i === 0 || row > rows[i - 1]!)).toBe(true);
        const budget = Math.min(given.budgetRows, allowed.size);
        expect(rows).toHaveLength({ none: 0, full: allowed.size }[name as string] ?? budget);
        expect([...(await policy.select(given))]).toEqual(rows);
      }),
    );
  });
});

const runs = [
  { start: 10, count: 4, focus: Float32Array.of(0, 0, 0, 1) },
  { start: 20, count: 4, focus: Float32Array.of(0, 0, 0, 0) },
];
function scored(scores: Record<number, number>): Float32Array {
  return Float32Array.from({ length: 30 }, (_, position) => scores[position] ?? 0);
}
const given = (budgetRows: number, scores: Float32Array): BlendContext => ({
  runs,
  budgetRows,
  attention: async () => scores,
  deviation: async () => scores,
});

it('first-k shares its budget among the chunks', async () => {
  expect([...(await blendPolicy('first-k').select(given(4, scored({}))))]).toEqual([
    10, 11, 20, 21,
  ]);
});

it('deviation and query take the rows with the largest scores, and NaN last', async () => {
  const scores = scored({ 12: 5, 22: 7, 23: 6, 5: 100, 13: Number.NaN, 11: -Infinity });
  for (const name of ['deviation', 'query'] as const) {
    expect([...(await blendPolicy(name).select(given(3, scores)))]).toEqual([12, 22, 23]);
    expect([...(await blendPolicy(name).select(given(6, scores)))]).toEqual([
      10, 12, 20, 21, 22, 23,
    ]);
  }
});

it('graph takes what the question looks at and what the graph marks, first of all what is both', async () => {
  const select = async (budget: number, scores: Record<number, number>) => [
    ...(await blendPolicy('graph').select(given(budget, scored(scores)))),
  ];
  const looksElsewhere = { 20: 0.01, 21: 4, 22: 2 };
  expect(await select(2, looksElsewhere)).toEqual([13, 21]);
  expect(await select(3, looksElsewhere)).toEqual([13, 21, 22]);
  expect(await select(4, looksElsewhere)).toEqual([13, 20, 21, 22]);
  expect(await select(1, { ...looksElsewhere, 13: 1.5 })).toEqual([13]);
});
