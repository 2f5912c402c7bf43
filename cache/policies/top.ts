/** The `count` best positions of the runs, which ascend, by score; ascending. */
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
  return pickBest(positions, scores, Math.max(0, Math.min(count, rows)));
}

/** Ties go to the earlier position, so that the same inputs choose the same rows. */
function pickBest(positions: Int32Array, scores: Float64Array, count: number): Int32Array {
  const picked = new Int32Array(count);
  if (count === 0) return picked;
  // Sorting plain numbers is native; sorting rows by a function would cost more than all the rest here.
  const worst = scores.slice().sort()[scores.length - count]!;
  let ties = count - scores.reduce((better, score) => better + Number(score > worst), 0);
  let next = 0;
  for (let row = 0; next < count; row++) {
    const score = scores[row]!;
    if (score > worst || (score === worst && ties-- > 0)) picked[next++] = positions[row]!;
  }
  return picked;
}
