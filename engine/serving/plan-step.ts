/** Chooses which rows the next step runs. */

/** Rows that wait, of one caller. */
export interface WaitingRows {
  /** Not yet run. */
  readonly remaining: number;
  readonly waitedMs: number;
  /** Only rows that leave at the same layer can share a step. */
  readonly stopAfterLayer: number | undefined;
}

export interface StepSize {
  /** Rows of a step of prefill alone. */
  readonly rows: number;
  /** Rows of prefill in a step with decodes: what a token of theirs has to wait for. */
  readonly rowsBesideDecodes: number;
  /** Single rows (decodes) of a step. */
  readonly decodes: number;
}

/**
 * Prefill is cut at multiples of so many rows: fewer are attended by another operator (see tiles.ts), whose sums may
 * differ in the last bit, and what is read should not depend on what else was going on.
 */
const GRAIN = 64;

/**
 * How many rows of each waiting job the next step takes. Decodes, which are single rows, all take part; the rest of the
 * step goes to the shortest prefill first. A job's wait counts for it as if it had become shorter, so that a long one
 * comes in the end whatever else arrives.
 */
export function planStep(jobs: readonly WaitingRows[], size: StepSize, msPerRow: number): number[] {
  const plan = jobs.map(() => 0);
  const [oldest] = jobs.toSorted((a, b) => b.waitedMs - a.waitedMs);
  if (!oldest) return plan;
  const indices = jobs
    .map((_, i) => i)
    .filter((i) => jobs[i]!.stopAfterLayer === oldest.stopAfterLayer);
  const singles = indices.filter((i) => jobs[i]!.remaining === 1).slice(0, size.decodes);
  for (const i of singles) plan[i] = 1;
  let room = singles.length > 0 ? size.rowsBesideDecodes : size.rows;
  const cost = (i: number): number => jobs[i]!.remaining * msPerRow - jobs[i]!.waitedMs;
  const longer = indices.filter((i) => jobs[i]!.remaining > 1);
  for (const i of longer.sort((a, b) => cost(a) - cost(b) || a - b)) {
    const rows = fitting(jobs[i]!.remaining, room, Math.min(GRAIN, size.rowsBesideDecodes));
    plan[i] = rows;
    room = Math.max(0, room - rows);
  }
  return plan;
}

/** All that remain, or as many grains as there is room for; less than a grain is not left behind, but taken along. */
function fitting(remaining: number, room: number, grain: number): number {
  const whole = room - (room % grain);
  if (remaining <= room || (whole > 0 && remaining < whole + grain)) return remaining;
  return whole;
}
