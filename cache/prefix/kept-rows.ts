/**
 * Rows of a sequence as they stood in it: keys AFTER RoPE at their own positions, values, in float32. They go back
 * only to the same positions, so a copy is all it takes, and not a bit changes.
 */
import type { DecoderConfig, SequenceKv } from '../../engine/index.ts';

export interface KeptRows {
  readonly count: number;
  /** Per layer [kvHeads][count][headDim]. */
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
  /** Rows that nobody may look at, counted from the first; see SequenceKv.hidden. */
  readonly hidden: Int32Array;
}

type Shape = Pick<DecoderConfig, 'kvHeads' | 'headDim'>;

/** Copies positions [start, end). */
export function takeRows(sequence: SequenceKv, start: number, end: number, shape: Shape): KeptRows {
  const { capacity } = sequence;
  const take = (part: Float32Array): Float32Array =>
    cutHeads(part, capacity, start, end - start, shape);
  return {
    count: end - start,
    keys: sequence.keys.map(take),
    values: sequence.values.map(take),
    hidden: between(sequence.hidden, start, end),
  };
}

/** Writes the first `count` rows back, the first one at `position`. */
export function placeRows(
  sequence: SequenceKv,
  position: number,
  rows: KeptRows,
  count: number,
  { kvHeads, headDim }: Shape,
): void {
  const place = (source: Float32Array, target: Float32Array): void => {
    for (let head = 0; head < kvHeads; head++) {
      const from = head * rows.count * headDim;
      const to = (head * sequence.capacity + position) * headDim;
      target.set(source.subarray(from, from + count * headDim), to);
    }
  };
  rows.keys.forEach((keys, layer) => place(keys, sequence.keys[layer]!));
  rows.values.forEach((values, layer) => place(values, sequence.values[layer]!));
  const hidden = rows.hidden.filter((row) => row < count).map((row) => row + position);
  if (hidden.length > 0) sequence.hide(hidden);
}

/** What stands in rows that are not computed yet is left over from other sequences: nobody may look at it. */
export function blankRows(
  sequence: SequenceKv,
  start: number,
  count: number,
  { kvHeads, headDim }: Shape,
): void {
  if (count === 0) return;
  for (const part of [...sequence.keys, ...sequence.values]) {
    for (let head = 0; head < kvHeads; head++) {
      const from = (head * sequence.capacity + start) * headDim;
      part.fill(0, from, from + count * headDim);
    }
  }
  sequence.hide(Int32Array.from({ length: count }, (_, i) => start + i));
}

/** The first `at` rows, and the others. */
export function splitRows(rows: KeptRows, at: number, shape: Shape): [KeptRows, KeptRows] {
  const part = (start: number, end: number): KeptRows => {
    const cut = (each: Float32Array): Float32Array =>
      cutHeads(each, rows.count, start, end - start, shape);
    return {
      count: end - start,
      keys: rows.keys.map(cut),
      values: rows.values.map(cut),
      hidden: between(rows.hidden, start, end),
    };
  };
  return [part(0, at), part(at, rows.count)];
}

export function bytesOfRows({ keys, values, hidden }: KeptRows): number {
  return [...keys, ...values].reduce((sum, part) => sum + part.byteLength, hidden.byteLength);
}

/** Rows [start, start + count) of [kvHeads][capacity][headDim]. */
function cutHeads(
  part: Float32Array,
  capacity: number,
  start: number,
  count: number,
  { kvHeads, headDim }: Shape,
): Float32Array {
  const target = new Float32Array(kvHeads * count * headDim);
  for (let head = 0; head < kvHeads; head++) {
    const from = (head * capacity + start) * headDim;
    target.set(part.subarray(from, from + count * headDim), head * count * headDim);
  }
  return target;
}

function between(positions: Int32Array, start: number, end: number): Int32Array {
  return positions.filter((each) => each >= start && each < end).map((each) => each - start);
}
