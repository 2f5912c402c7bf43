import { describe, expect, it } from 'vitest';
import { kvCodec } from '../../cache/codec.ts';
import { seededRandom } from '../engine/support/fixtures.ts';

function randomFloats(count: number): Float32Array {
  const random = seededRandom(3);
  return Float32Array.from({ length: count }, () => (random() - 0.5) * 40);
}

describe.each(['fp32', 'fp16'] as const)('the codec %s', (name) => {
  const codec = kvCodec(name);
  const source = randomFloats(1000);

  it('gives back what it was given, up to its precision', () => {
    const bytes = codec.encode(source)!;
    expect(bytes.byteLength).toBe(source.length * codec.bytesPerFloat);
    const target = new Float32Array(source.length);
    codec.decode(bytes, target);
    const worst = source.reduce((most, value, i) => {
      return Math.max(most, Math.abs(value - target[i]!) / Math.abs(value));
    }, 0);
    expect(worst).toBeLessThanOrEqual(name === 'fp32' ? 0 : 2 ** -11);
  });

  it('decodes bytes that lie at an odd address', () => {
    const bytes = codec.encode(source)!;
    const moved = new Uint8Array(bytes.length + 1);
    moved.set(bytes, 1);
    const [expected, target] = [new Float32Array(1000), new Float32Array(1000)];
    codec.decode(bytes, expected);
    codec.decode(moved.subarray(1), target);
    expect(target).toEqual(expected);
  });

  it('refuses numbers that it cannot hold, instead of storing infinity', () => {
    expect(codec.encode(Float32Array.of(1, Number.NaN))).toBeUndefined();
    expect(codec.encode(Float32Array.of(1, Infinity))).toBeUndefined();
    expect(codec.encode(Float32Array.of(1, 70_000)) === undefined).toBe(name === 'fp16');
  });

  it('does not alias its input', () => {
    const mine = source.slice();
    const bytes = codec.encode(mine)!;
    const before = bytes.slice();
    mine.fill(0);
    expect(bytes).toEqual(before);
  });
});
