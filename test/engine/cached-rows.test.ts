import { describe, expect, it } from 'vitest';
import { halfFromFloat, halfToFloat } from '../../cache/codecs/half.ts';
import type { SequenceKv } from '../../engine/index.ts';
import { decoderLoader, maxDifference, seededRandom } from './support/fixtures.ts';

const load = decoderLoader();

describe.each(['llama-gqa', 'smollm3', 'phi3', 'gemma2'])('cached rows of %s', (name) => {
  const runner = load(name);
  const { heads, kvHeads, headDim, layers, attentionScale, attentionSoftCap } = runner.config;
  const random = seededRandom(7);
  const floats = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => (random() - 0.5) * 4);

  it('come to the same place as halves and as floats', () => {
    const [position, count] = [5, 9];
    const size = kvHeads * count * headDim;
    const [keys, values] = [new Uint16Array(size), new Uint16Array(size)];
    halfFromFloat(floats(size), keys);
    halfFromFloat(floats(size), values);
    const asFloats = (halves: Uint16Array): Float32Array => {
      const result = new Float32Array(size);
      halfToFloat(halves, result);
      return result;
    };
    const [direct, slow] = [filled(20), filled(20)];
    for (let layer = 0; layer < layers; layer++) {
      runner.placeHalves(direct, layer, { position, count, keys, values });
      runner.placeKv(slow, layer, position, count, asFloats(keys), asFloats(values));
      expect(maxDifference(direct.keys[layer]!, slow.keys[layer]!)).toBeLessThan(1e-5);
      expect(direct.values[layer]).toEqual(slow.values[layer]);
    }
  });

  it.each([
    [1, 1],
    [3, 7],
    [16, 33],
    [23, 40],
  ])('are paid attention by %d rows over %d positions as the formula says', (rows, span) => {
    const sequence = filled(40);
    sequence.keys[0]!.set(floats(sequence.keys[0]!.length));
    const q = floats(rows * heads * headDim);
    const mass = runner.attentionMass(sequence, 0, q, span);
    expect(mass).toHaveLength(span);
    expect(maxDifference(mass, reference(q, sequence, span))).toBeLessThan(1e-4);
  });

  it('are refused where they do not fit', () => {
    const halves = new Uint16Array(kvHeads * 3 * headDim);
    const rows = { position: 18, count: 3, keys: halves, values: halves };
    expect(() => runner.placeHalves(filled(20), 0, rows)).toThrow(/capacity|20/);
    expect(() => runner.placeHalves(filled(20), 0, { ...rows, count: 2 })).toThrow(/numbers/);
    expect(() => runner.placeHalves(filled(40), layers, rows)).toThrow(/no layer/);
  });

  function filled(capacity: number): SequenceKv {
    const sequence = runner.newSequence(capacity);
    for (const data of [...sequence.keys, ...sequence.values]) data.fill(0);
    return sequence;
  }

  function reference(q: Float32Array, sequence: SequenceKv, span: number): Float32Array {
    const mass = new Float32Array(span);
    const keys = sequence.keys[0]!;
    for (let at = 0; at < q.length; at += headDim) {
      const head = Math.floor(((at / headDim) % heads) / (heads / kvHeads));
      const scores = Array.from({ length: span }, (_, t) => {
        const from = (head * sequence.capacity + t) * headDim;
        let dot = 0;
        for (let d = 0; d < headDim; d++) dot += q[at + d]! * keys[from + d]!;
        const score = dot * attentionScale;
        const cap = attentionSoftCap;
        return Math.exp(cap === undefined ? score : cap * Math.tanh(score / cap));
      });
      const sum = scores.reduce((a, b) => a + b, 0);
      scores.forEach((score, t) => (mass[t]! += score / sum));
    }
    return mass;
  }
});
