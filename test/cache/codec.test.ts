import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KvShape } from '../../cache/chunk-kv.ts';
import { KV_CODECS, kvCodec, type KvCodecName } from '../../cache/codecs/index.ts';
import { seededRandom } from '../engine/support/fixtures.ts';

/** Keys with a few channels that are large for all tokens, as real ones have; values without. */
function layerOf(shape: KvShape, seed: number): { keys: Float32Array; values: Float32Array } {
  const random = seededRandom(seed);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const length = shape.kvHeads * shape.tokens * shape.headDim;
  const offset = Float64Array.from({ length: shape.headDim }, (_, d) => (d % 9 === 4 ? 12 : 0));
  return {
    keys: Float32Array.from({ length }, (_, i) => normal() + offset[i % shape.headDim]!),
    values: Float32Array.from({ length }, () => normal()),
  };
}

function roundTrip(name: KvCodecName, shape: KvShape, keys: Float32Array, values: Float32Array) {
  const { layer } = kvCodec(name);
  const bytes = layer.encode(keys, values, shape)!;
  const [k, v] = [new Float32Array(keys.length), new Float32Array(values.length)];
  layer.decode(bytes, shape, k, v);
  return { bytes, keys: k, values: v };
}

/** Root of the mean squared error, as a share of the standard deviation 1 of the numbers. */
function error(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0) / a.length);
}

const SHAPE: KvShape = { layers: 1, kvHeads: 2, headDim: 64, tokens: 150 };
/** Of a uniform grid over the range of a group of this size; a bound, not a fit. */
const MOST_ERROR: Readonly<Record<KvCodecName, number>> = {
  fp32: 0,
  fp16: 0.005,
  int8: 0.012,
  int4: 0.12,
  int2: 0.5,
  mixed: 0.62,
  'int8-keep50': 0.012,
  'int4-keep50': 0.12,
};

describe.each(KV_CODECS)('the codec %s', (name) => {
  const { layer } = kvCodec(name);
  const { keys, values } = layerOf(SHAPE, 3);

  it('gives back what it was given, up to its precision', () => {
    const back = roundTrip(name, SHAPE, keys, values);
    expect(error(back.keys, keys)).toBeLessThanOrEqual(MOST_ERROR[name]);
    expect(error(back.values, values)).toBeLessThanOrEqual(MOST_ERROR[name]);
  });

  it('makes blocks of the size it says, for every shape', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 70 }),
        fc.constantFrom(4, 64, 80, 128),
        (kvHeads, tokens, headDim) => {
          const shape = { layers: 1, kvHeads, headDim, tokens };
          const rows = layerOf(shape, tokens);
          const back = roundTrip(name, shape, rows.keys, rows.values);
          expect(back.bytes.byteLength).toBe(layer.bytes(shape));
          expect(back.keys.every(Number.isFinite) && back.values.every(Number.isFinite)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('decodes bytes that lie at an odd address', () => {
    const bytes = layer.encode(keys, values, SHAPE)!;
    const moved = new Uint8Array(bytes.length + 1);
    moved.set(bytes, 1);
    const decode = (from: Uint8Array): Float32Array[] => {
      const parts = [new Float32Array(keys.length), new Float32Array(values.length)];
      layer.decode(from, SHAPE, parts[0]!, parts[1]!);
      return parts;
    };
    expect(decode(moved.subarray(1))).toEqual(decode(bytes));
  });

  it('refuses numbers that it cannot hold, instead of storing infinity', () => {
    const withKey = (value: number): Float32Array => {
      const bad = keys.slice();
      bad[77] = value;
      return bad;
    };
    expect(layer.encode(withKey(Number.NaN), values, SHAPE)).toBeUndefined();
    expect(layer.encode(keys, withKey(Infinity), SHAPE)).toBeUndefined();
    expect(layer.encode(withKey(-1e6), values, SHAPE) === undefined).toBe(name !== 'fp32');
  });

  it('does not alias its input', () => {
    const mine = keys.slice();
    const bytes = layer.encode(mine, values, SHAPE)!;
    const before = bytes.slice();
    mine.fill(0);
    expect(bytes).toEqual(before);
  });

  it('gives constant numbers back', () => {
    const flat = new Float32Array(keys.length).fill(0.75);
    const back = roundTrip(name, SHAPE, flat, flat);
    expect(error(back.keys, flat)).toBeLessThan(1e-6);
    expect(error(back.values, flat)).toBeLessThan(1e-6);
  });
});

describe('codecs of few bits', () => {
  it('keep single large numbers exactly, and so the range of the others narrow', () => {
    const { keys, values } = layerOf(SHAPE, 5);
    values[1000] = 300;
    const back = roundTrip('int4', SHAPE, keys, values);
    expect(back.values[1000]).toBe(300);
    values[1000] = back.values[1000] = 0;
    expect(error(back.values, values)).toBeLessThan(MOST_ERROR.int4);
  });

  it('keep the rows of the most unusual token with 8 bits in the mixed codec', () => {
    const { keys, values } = layerOf(SHAPE, 5);
    const token = 80;
    for (let d = 0; d < 64; d++) keys[token * 64 + d] = d % 2 ? 5 : -5;
    const back = roundTrip('mixed', SHAPE, keys, values);
    const row = (data: Float32Array, t: number) => data.subarray(t * 64, (t + 1) * 64);
    expect(error(row(back.values, token), row(values, token))).toBeLessThan(0.02);
    expect(error(back.values, values)).toBeGreaterThan(0.1);
  });

  it.each([
    ['int8', 0.28],
    ['int4', 0.15],
    ['int2', 0.105],
    ['mixed', 0.105],
  ] as const)('%s takes at most %f of the bytes of fp32 at 256 tokens', (name, share) => {
    const shape = { ...SHAPE, tokens: 256 };
    expect(kvCodec(name).layer.bytes(shape) / kvCodec('fp32').layer.bytes(shape)).toBeLessThan(
      share,
    );
  });
});
