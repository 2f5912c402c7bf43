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
    return { runs, budgetRows, attention: () => scores, deviation: () => scores };
  });

describe.each(POLICY_NAMES)('the policy %s', (name) => {
  const policy = blendPolicy(name);

  it('chooses ascending, unique rows inside the runs, never more than its budget, always the same', () => {
    fc.assert(
      fc.property(context, (given) => {
        const rows = [...policy.select(given)];
        const allowed = new Set(
          given.runs.flatMap(({ start, count }) =>
            Array.from({ length: count }, (_, i) => start + i),
          ),
        );
        expect(rows.every((row) => allowed.has(row))).toBe(true);
        expect(rows.every((row, i) => i === 0 || row > rows[i - 1]!)).toBe(true);
        const budget = Math.min(given.budgetRows, allowed.size);
        expect(rows).toHaveLength({ none: 0, full: allowed.size }[name as string] ?? budget);
        expect([...policy.select(given)]).toEqual(rows);
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
  attention: () => scores,
  deviation: () => scores,
});

it('first-k shares its budget among the chunks', () => {
  expect([...blendPolicy('first-k').select(given(4, scored({})))]).toEqual([10, 11, 20, 21]);
});

it('deviation and query take the rows with the largest scores, and NaN last', () => {
  const scores = scored({ 12: 5, 22: 7, 23: 6, 5: 100, 13: Number.NaN, 11: -Infinity });
  for (const name of ['deviation', 'query'] as const) {
    expect([...blendPolicy(name).select(given(3, scores))]).toEqual([12, 22, 23]);
    expect([...blendPolicy(name).select(given(6, scores))]).toEqual([10, 12, 20, 21, 22, 23]);
  }
});

it('graph takes the beginnings of chunks, then names of the graph by the attention of the question', () => {
  const select = (budget: number) => [
    ...blendPolicy('graph').select(given(budget, scored({ 21: 4, 22: 0.01 }))),
  ];
  expect(select(2)).toEqual([10, 20]);
  expect(select(4)).toEqual([10, 13, 20, 21]);
});
