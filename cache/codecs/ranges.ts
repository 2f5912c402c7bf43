/** The ranges that codes of a group span: code c stands for low + step * c. Stored as pairs of halves. */
import type { Groups } from './groups.ts';
import { halfFromFloat, halfToFloat, isFiniteHalf } from './half.ts';

/** low and step of group g lie at 2g and 2g + 1. */
export type Ranges = Float32Array;

/**
 * Ranges over all numbers of `data` that are not marked in `leftOut`, as they are stored: rounded to halves.
 * Undefined beyond the range of a half.
 */
export function findRanges(
  data: Float32Array,
  groups: Groups,
  levels: number,
  leftOut: Uint8Array,
): Uint16Array | undefined {
  const ranges = new Float32Array(groups.count * 2);
  const { low, high } = bounds(data, groups, leftOut);
  for (let g = 0; g < groups.count; g++) {
    if (low[g]! > high[g]!) continue; // all of it is left out
    ranges[g * 2] = low[g]!;
    ranges[g * 2 + 1] = (high[g]! - low[g]!) / levels;
  }
  const stored = new Uint16Array(ranges.length);
  halfFromFloat(ranges, stored);
  return stored.every(isFiniteHalf) ? stored : undefined;
}

export function readRanges(stored: Uint16Array): Ranges {
  const ranges = new Float32Array(stored.length);
  halfToFloat(stored, ranges);
  return ranges;
}

function bounds(
  data: Float32Array,
  { count, ofRow, ofDim }: Groups,
  leftOut: Uint8Array,
): { low: Float32Array; high: Float32Array } {
  const low = new Float32Array(count).fill(Number.POSITIVE_INFINITY);
  const high = new Float32Array(count).fill(Number.NEGATIVE_INFINITY);
  for (let row = 0, i = 0; row < ofRow.length; row++) {
    const first = ofRow[row]!;
    for (let d = 0; d < ofDim.length; d++, i++) {
      if (leftOut[i]) continue;
      const group = first + ofDim[d]!;
      const value = data[i]!;
      if (value < low[group]!) low[group] = value;
      if (value > high[group]!) high[group] = value;
    }
  }
  return { low, high };
}

/** Nearest codes of all numbers; what lies outside its range gets the nearest end. */
export function toCodes(
  data: Float32Array,
  { ofRow, ofDim }: Groups,
  ranges: Ranges,
  levels: number,
): Uint8Array {
  const codes = new Uint8Array(data.length);
  for (let row = 0, i = 0; row < ofRow.length; row++) {
    const first = ofRow[row]!;
    for (let d = 0; d < ofDim.length; d++, i++) {
      const at = (first + ofDim[d]!) * 2;
      const step = ranges[at + 1]!;
      // Rounds what is positive; below the range anything up to a whole step becomes 0, as it should.
      const code = step > 0 ? ((data[i]! - ranges[at]!) / step + 0.5) | 0 : 0;
      codes[i] = code < 0 ? 0 : code > levels ? levels : code;
    }
  }
  return codes;
}

/** What loading stored KV spends its time on: both forms of groups have a loop of their own. */
export function fromCodes(
  codes: Uint8Array,
  groups: Groups,
  ranges: Ranges,
  target: Float32Array,
): void {
  if (groups.dims === 1) fromChannelCodes(codes, groups, ranges, target);
  else fromRowCodes(codes, groups, ranges, target);
}

function fromChannelCodes(
  codes: Uint8Array,
  { ofRow, ofDim }: Groups,
  ranges: Ranges,
  target: Float32Array,
): void {
  const dims = ofDim.length;
  for (let row = 0, i = 0; row < ofRow.length; row++) {
    let at = ofRow[row]! * 2;
    for (const end = i + dims; i < end; i++, at += 2) {
      target[i] = ranges[at]! + ranges[at + 1]! * codes[i]!;
    }
  }
}

function fromRowCodes(
  codes: Uint8Array,
  { ofRow, ofDim, dims }: Groups,
  ranges: Ranges,
  target: Float32Array,
): void {
  for (let row = 0, i = 0; row < ofRow.length; row++) {
    const rowEnd = i + ofDim.length;
    for (let at = ofRow[row]! * 2; i < rowEnd; at += 2) {
      const low = ranges[at]!;
      const step = ranges[at + 1]!;
      for (const end = Math.min(rowEnd, i + dims); i < end; i++) {
        target[i] = low + step * codes[i]!;
      }
    }
  }
}
