/** The `count` best positions of the runs by score, ascending. */
import type { CachedRun } from './types.ts';

export function topPositions(
  runs: readonly CachedRun[],
  count: number,
  score: (position: number, run: CachedRun, offset: number) => number,
): Int32Array {
  const rows = runs.reduce((sum, run) => sum + run.count, 0);
  const positions = new Int32Array(rows);
  const scores = new Float64Array(rows);
  let row = 0;
  for (const run of runs) {
    for (let offset = 0; offset < run.count; offset++, row++) {
      const position = run.start + offset;
      positions[row] = position;
      const value = score(position, run, offset);
      // A NaN has no place in an order: it comes last.
      scores[row] = Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
    }
  }
  return bestRows(scores, count)
    .map((best) => positions[best]!)
    .sort();
}

/** Ties go to the earlier row, so that the same inputs choose the same rows. */
function bestRows(scores: Float64Array, count: number): Int32Array {
  const order = Int32Array.from(scores.keys());
  // Not `b - a`: of two infinities that is NaN.
  order.sort((a, b) => Number(scores[b]! > scores[a]!) - Number(scores[b]! < scores[a]!) || a - b);
  return order.subarray(0, Math.max(0, Math.min(count, scores.length)));
}
