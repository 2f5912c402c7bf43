/**
 * Which tokens of a chunk matter, whatever will be asked: those whose keys differ from the chunk's mean key
 * (KeyDiff, Park et al. 2025, arXiv:2504.15364). Keys are taken before RoPE, so that position does not count.
 */
import type { KvShape } from '../chunk-kv.ts';

/** Tokens at the start of a chunk that are always kept: they hold what a sink would. */
const FIRST = 2;

/** Adds 1 - cos(key, mean key) of every token, summed over heads, to `score` [tokens]. */
export function addKeyDifference(keys: Float32Array, shape: KvShape, score: Float64Array): void {
  const { kvHeads, headDim, tokens } = shape;
  for (let head = 0; head < kvHeads; head++) {
    const rows = keys.subarray(head * tokens * headDim, (head + 1) * tokens * headDim);
    const mean = meanRow(rows, headDim);
    const meanNorm = Math.sqrt(dot(mean, 0, mean, 0, headDim)) || 1;
    for (let token = 0; token < tokens; token++) {
      const at = token * headDim;
      const norm = Math.sqrt(dot(rows, at, rows, at, headDim)) || 1;
      score[token]! += 1 - dot(rows, at, mean, 0, headDim) / (norm * meanNorm);
    }
  }
}

/** The `count` tokens of the highest score, the chunk's first ones always among them, ascending. */
export function mostImportant(score: Float64Array, count: number): Uint16Array {
  const order = Uint32Array.from(score, (_, token) => token).sort(
    (a, b) => Number(b < FIRST) - Number(a < FIRST) || score[b]! - score[a]! || a - b,
  );
  return Uint16Array.from(order.subarray(0, count)).sort();
}

function meanRow(rows: Float32Array, headDim: number): Float64Array {
  const mean = new Float64Array(headDim);
  for (let at = 0; at < rows.length; at += headDim) {
    for (let d = 0; d < headDim; d++) mean[d]! += rows[at + d]!;
  }
  const count = rows.length / headDim;
  return mean.map((sum) => sum / count);
}

function dot(
  a: Float32Array | Float64Array,
  aAt: number,
  b: Float32Array | Float64Array,
  bAt: number,
  count: number,
): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += a[aAt + i]! * b[bAt + i]!;
  return sum;
}
