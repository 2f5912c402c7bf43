/** Attention of question rows over the keys of a sequence at one layer; what the `query` policies rank by. */
import type { DecoderConfig, SequenceKv } from '../engine/index.ts';

/** Rows looked at: the last ones know most of the question, and more of them change the ranking little. */
const MAX_ROWS = 16;

/** Rows whose scores are made in one pass over the keys: reading the keys is what costs most. */
const BLOCK = 4;

/**
 * @param q queries after RoPE, [rows][heads * headDim]
 * @param mass softmax mass per position, summed over rows and heads, is added to its first `span` numbers
 * @param span number of leading positions that are attended to
 */
export function addQuestionAttention(
  config: DecoderConfig,
  sequence: SequenceKv,
  layer: number,
  q: Float32Array,
  mass: Float32Array,
  span: number,
): void {
  const { heads, kvHeads, headDim } = config;
  const rows = q.length / (heads * headDim);
  const keys = sequence.keys[layer]!; // [kvHeads][capacity][headDim], rotated
  const scores = Array.from({ length: BLOCK }, () => new Float32Array(span));
  const queries = new Float64Array(headDim * BLOCK);
  for (let head = 0; head < heads; head++) {
    const from = Math.floor(head / (heads / kvHeads)) * sequence.capacity * headDim;
    const headKeys = keys.subarray(from, from + span * headDim);
    for (let row = Math.max(0, rows - MAX_ROWS); row < rows; row += BLOCK) {
      const count = Math.min(BLOCK, rows - row);
      for (let i = 0; i < count; i++) {
        const at = ((row + i) * heads + head) * headDim;
        for (let d = 0; d < headDim; d++) queries[d * BLOCK + i] = q[at + d]!;
      }
      // A short last block keeps queries of the block before; their scores are not used.
      scoreBlock(queries, headKeys, headDim, scores);
      for (let i = 0; i < count; i++) addSoftmax(scores[i]!, 1 / Math.sqrt(headDim), mass);
    }
  }
}

/**
 * Products of four queries [headDim][4] with every key [span][headDim], two keys at a time: eight sums share the
 * numbers that are read, which makes it 1.5-2x as fast as one sum after the other.
 */
function scoreBlock(
  queries: Float64Array,
  keys: Float32Array,
  headDim: number,
  scores: readonly Float32Array[],
): void {
  const [s0, s1, s2, s3] = scores as [Float32Array, Float32Array, Float32Array, Float32Array];
  const last = s0.length - 1;
  for (let t = 0; t <= last; t += 2) {
    const u = Math.min(t + 1, last); // the last key alone, if their number is odd
    const [keyT, keyU] = [t * headDim, u * headDim];
    let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let i = 0, j = 0; i < headDim; i++, j += BLOCK) {
      const x = keys[keyT + i]!;
      const y = keys[keyU + i]!;
      a += queries[j]! * x;
      b += queries[j + 1]! * x;
      c += queries[j + 2]! * x;
      d += queries[j + 3]! * x;
      e += queries[j]! * y;
      f += queries[j + 1]! * y;
      g += queries[j + 2]! * y;
      h += queries[j + 3]! * y;
    }
    s0[t] = a;
    s1[t] = b;
    s2[t] = c;
    s3[t] = d;
    s0[u] = e;
    s1[u] = f;
    s2[u] = g;
    s3[u] = h;
  }
}

/** Adds softmax(scores * scale) to `mass`; `scores` is used up. */
function addSoftmax(scores: Float32Array, scale: number, mass: Float32Array): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let t = 0; t < scores.length; t++) if (scores[t]! > largest) largest = scores[t]!;
  let sum = 0;
  for (let t = 0; t < scores.length; t++) {
    scores[t] = Math.exp((scores[t]! - largest) * scale);
    sum += scores[t]!;
  }
  for (let t = 0; t < scores.length; t++) mass[t]! += scores[t]! / sum;
}
