/** The `count` best positions of the runs by score, ascending. */
import type { CachedRun } from './types.ts';

export function topPositions(
  runs: readonly CachedRun[],
  count: number,
  score: (position: number, run: CachedRun, offset: number) => number,
): Int32Array {
  const scored: { position: number; score: number }[] = [];
  for (const run of runs) {
    for (let offset = 0; offset < run.count; offset++) {
      const position = run.start + offset;
      scored.push({ position, score: score(position, run, offset) });
    }
  }
  // Ties go to the earlier position, so that the same inputs choose the same rows.
  scored.sort((a, b) => b.score - a.score || a.position - b.position);
  return Int32Array.from(scored.slice(0, Math.max(0, count)), (row) => row.position).toSorted();
}
