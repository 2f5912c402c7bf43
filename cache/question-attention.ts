/** Attention of question rows over the keys of a sequence at one layer; what the `query` policies rank by. */
import type { DecoderConfig, SequenceKv } from '../engine/index.ts';

/** Rows looked at: the last ones know most of the question, and more of them change the ranking little. */
const MAX_ROWS = 16;

/**
 * @param q queries after RoPE, [rows][heads * headDim]
 * @param span number of leading positions that are attended to
 * @returns softmax mass per position, summed over rows and heads, [span]
 */
export function questionAttention(
  config: DecoderConfig,
  sequence: SequenceKv,
  layer: number,
  q: Float32Array,
  span: number,
): Float32Array {
  const { heads, kvHeads, headDim } = config;
  const rows = q.length / (heads * headDim);
  const keys = sequence.keys[layer]!; // [kvHeads][capacity][headDim], rotated
  const mass = new Float32Array(span);
  const scores = new Float32Array(span);
  for (let row = Math.max(0, rows - MAX_ROWS); row < rows; row++) {
    for (let head = 0; head < heads; head++) {
      const query = q.subarray((row * heads + head) * headDim, (row * heads + head + 1) * headDim);
      const kvHead = Math.floor(head / (heads / kvHeads));
      const base = kvHead * sequence.capacity * headDim;
      addSoftmax(query, keys, base, scores, mass);
    }
  }
  return mass;
}

function addSoftmax(
  query: Float32Array,
  keys: Float32Array,
  base: number,
  scores: Float32Array,
  mass: Float32Array,
): void {
  const headDim = query.length;
  const scale = 1 / Math.sqrt(headDim);
  let largest = Number.NEGATIVE_INFINITY;
  for (let t = 0; t < scores.length; t++) {
    let dot = 0;
    const at = base + t * headDim;
    for (let d = 0; d < headDim; d++) dot += query[d]! * keys[at + d]!;
    scores[t] = dot * scale;
    if (scores[t]! > largest) largest = scores[t]!;
  }
  let sum = 0;
  for (let t = 0; t < scores.length; t++) {
    scores[t] = Math.exp(scores[t]! - largest);
    sum += scores[t]!;
  }
  for (let t = 0; t < scores.length; t++) mass[t]! += scores[t]! / sum;
}
