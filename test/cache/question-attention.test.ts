import { expect, it } from 'vitest';
import { addQuestionAttention } from '../../cache/question-attention.ts';
import type { DecoderConfig, SequenceKv } from '../../engine/index.ts';
import { maxDifference, seededRandom } from '../engine/support/fixtures.ts';

const config = { heads: 6, kvHeads: 2, headDim: 8 } as DecoderConfig;
const [capacity, width] = [40, 6 * 8];

/** Softmax mass of the last 16 rows, written down as the formula. */
function reference(q: Float32Array, keys: Float32Array, span: number): Float64Array {
  const mass = new Float64Array(span);
  const rows = q.length / width;
  for (let row = Math.max(0, rows - 16); row < rows; row++) {
    for (let head = 0; head < 6; head++) {
      const scores = Array.from({ length: span }, (_, t) => {
        const key = (Math.floor(head / 3) * capacity + t) * 8;
        const query = row * width + head * 8;
        let dot = 0;
        for (let d = 0; d < 8; d++) dot += q[query + d]! * keys[key + d]!;
        return Math.exp(dot / Math.sqrt(8));
      });
      const sum = scores.reduce((a, b) => a + b, 0);
      scores.forEach((score, t) => (mass[t]! += score / sum));
    }
  }
  return mass;
}

it.each([
  [1, 1],
  [3, 7],
  [5, 12],
  [16, 33],
  [23, 40],
])('attention of %d question rows over %d keys is what the formula says', (rows, span) => {
  const random = seededRandom(rows);
  const floats = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => (random() - 0.5) * 4);
  const [q, keys] = [floats(rows * width), floats(2 * capacity * 8)];
  const sequence = { capacity, keys: [keys] } as unknown as SequenceKv;
  const mass = new Float32Array(capacity + 5);
  addQuestionAttention(config, sequence, 0, q, mass, span);
  expect(maxDifference(mass.subarray(0, span), reference(q, keys, span))).toBeLessThan(1e-4);
  expect(mass.subarray(span).every((each) => each === 0)).toBe(true);
  const total = mass.reduce((a, b) => a + b, 0);
  expect(total).toBeCloseTo(Math.min(rows, 16) * 6, 3);
});
