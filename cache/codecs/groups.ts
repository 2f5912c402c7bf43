/**
 * Which numbers share a range. Keys have channels that are large for all tokens, so a group of keys is one channel
 * over consecutive tokens; values have none, so a group of values is a slice of one token's row (KIVI, Liu et al.
 * 2024, arXiv:2402.02750).
 */
import type { KvShape } from '../chunk-kv.ts';

/** Number d of row r (r = head * tokens + token) belongs to group `ofRow[r] + ofDim[d]`. */
export interface Groups {
  readonly count: number;
  readonly ofRow: Uint32Array;
  readonly ofDim: Uint32Array;
  /** Consecutive numbers of a row that share a group. */
  readonly dims: number;
}

/** Groups of at most `size` consecutive tokens of one channel. */
export function channelGroups({ kvHeads, tokens, headDim }: KvShape, size: number): Groups {
  const slices = Math.ceil(tokens / size);
  const ofRow = new Uint32Array(kvHeads * tokens);
  for (let row = 0; row < ofRow.length; row++) {
    const head = Math.floor(row / tokens);
    ofRow[row] = (head * slices + Math.floor((row % tokens) / size)) * headDim;
  }
  return { count: kvHeads * slices * headDim, ofRow, ofDim: indices(headDim, 1), dims: 1 };
}

/** Groups of at most `size` consecutive numbers of one token's row. */
export function rowGroups({ kvHeads, tokens, headDim }: KvShape, size: number): Groups {
  const slices = Math.ceil(headDim / size);
  const ofRow = indices(kvHeads * tokens, 1 / slices);
  return { count: ofRow.length * slices, ofRow, ofDim: indices(headDim, size), dims: size };
}

function indices(count: number, divisor: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => Math.floor(i / divisor));
}
