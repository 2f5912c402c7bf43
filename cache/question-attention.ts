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
  for (let head = 0; head < heads; head++) {
    const from = Math.floor(head / (heads / kvHeads)) * sequence.capacity * headDim;
    const headKeys = keys.subarray(from, from + span * headDim);
    for (let row = Math.max(0, rows - MAX_ROWS); row < rows; row += BLOCK) {
      const count = Math.min(BLOCK, rows - row);
      // The last block may be short: its last row stands in, and its scores are not used.
      const query = scores.map((_, i) => {
        const at = ((row + Math.min(i, count - 1)) * heads + head) * headDim;
        return q.subarray(at, at + headDim);
      });
      scoreBlock(query, headKeys, headDim, scores);
      for (let i = 0; i < count; i++) addSoftmax(scores[i]!, 1 / Math.sqrt(headDim), mass);
    }
  }
}

/** Products of four queries with every key: one read of a key serves all four. */
function scoreBlock(
  queries: readonly Float32Array[],
  keys: Float32Array,
  headDim: number,
  scores: readonly Float32Array[],
): void {
  const [q0, q1, q2, q3] = queries as [Float32Array, Float32Array, Float32Array, Float32Array];
  const [s0, s1, s2, s3] = scores as [Float32Array, Float32Array, Float32Array, Float32Array];
  for (let t = 0, at = 0; t < s0.length; t++, at += headDim) {
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let i = 0; i < headDim; i++) {
      const key = keys[at + i]!;
      a += q0[i]! * key;
      b += q1[i]! * key;
      c += q2[i]! * key;
      d += q3[i]! * key;
    }
    s0[t] = a;
    s1[t] = b;
    s2[t] = c;
    s3[t] = d;
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
