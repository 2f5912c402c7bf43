/** The few numbers that would widen their group's range most, kept as halves beside the codes (as KVQuant does). */
import type { Groups } from './groups.ts';

/**
 * Indices of the `count` numbers farthest from their group's mean, in units of the group's spread, ascending.
 * Ties are cut in order, so that there are always exactly `count`.
 */
export function findOutliers(
  data: Float32Array,
  groups: Groups,
  count: number,
  leftOut: Uint8Array,
): Uint32Array {
  if (count === 0) return new Uint32Array(0);
  return largest(distances(data, groups, leftOut), count).sort();
}

/** |x - mean| / deviation of its group as float bits, which order like the numbers; 0 for what is left out. */
function distances(data: Float32Array, groups: Groups, leftOut: Uint8Array): Uint32Array {
  const { mean, perDeviation } = moments(data, groups, leftOut);
  const { ofRow, ofDim } = groups;
  const far = new Float32Array(data.length);
  for (let row = 0, i = 0; row < ofRow.length; row++) {
    const first = ofRow[row]!;
    for (let d = 0; d < ofDim.length; d++, i++) {
      const group = first + ofDim[d]!;
      if (!leftOut[i]) far[i] = Math.abs(data[i]! - mean[group]!) * perDeviation[group]!;
    }
  }
  return new Uint32Array(far.buffer);
}

function moments(
  data: Float32Array,
  { count, ofRow, ofDim }: Groups,
  leftOut: Uint8Array,
): { mean: Float64Array; perDeviation: Float64Array } {
  const sum = new Float64Array(count);
  const squares = new Float64Array(count);
  const sizes = new Uint32Array(count);
  for (let row = 0, i = 0; row < ofRow.length; row++) {
    for (let d = 0; d < ofDim.length; d++, i++) {
      if (leftOut[i]) continue;
      const group = ofRow[row]! + ofDim[d]!;
      const value = data[i]!;
      sum[group]! += value;
      squares[group]! += value * value;
      sizes[group]!++;
    }
  }
  const mean = sum.map((total, g) => total / sizes[g]!);
  const perDeviation = squares.map((total, g) => {
    const variance = total / sizes[g]! - mean[g]! ** 2;
    return 1 / Math.sqrt(Math.max(variance, 1e-12));
  });
  return { mean, perDeviation };
}

/** Indices of the largest `count` of positive floats given as bits: found by counting their upper halves. */
function largest(bits: Uint32Array, count: number): Uint32Array {
  const counts = new Uint32Array(65_536);
  for (const each of bits) counts[each >>> 16]!++;
  let bound = 65_535;
  for (let above = 0; bound > 0 && above + counts[bound]! < count; bound--) above += counts[bound]!;
  const chosen = new Uint32Array(count);
  let size = 0;
  for (const isAbove of [true, false]) {
    for (let i = 0; i < bits.length && size < count; i++) {
      const upper = bits[i]! >>> 16;
      if (isAbove ? upper > bound : upper === bound) chosen[size++] = i;
    }
  }
  return chosen;
}
