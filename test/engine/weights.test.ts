/** Weight kinds: how far they are from fp32, and the layers that outlier channels would spoil. */
import { describe, expect, it } from 'vitest';
import { calibrate, needsBlocks } from '../../engine/calibrate.ts';
import { readDecoderConfig } from '../../engine/checkpoint/decoder-config.ts';
import { openCheckpointFolder } from '../../engine/checkpoint/folder.ts';
import { openTensors } from '../../engine/checkpoint/tensors.ts';
import { compareLogits, type DecoderRunner, loadDecoder } from '../../engine/index.ts';
import { quantiseBlocks } from '../../engine/onnx/block-weights.ts';
import type { WeightKind } from '../../engine/types.ts';
import {
  type DecoderGolden,
  decoderLoader,
  fixture,
  prefill,
  range,
  readFixtureJson,
  seededRandom,
  temporaryFolder,
} from './support/fixtures.ts';

const load = decoderLoader();

function logits(runner: DecoderRunner, name: string): Float32Array {
  const { long } = readFixtureJson<DecoderGolden>(name, 'golden.json');
  return prefill(runner, runner.newSequence(96), long.slice(0, 96));
}

/** Relative difference from fp32. */
function error(name: string, runner: DecoderRunner): number {
  const exact = logits(load(name), name);
  const got = logits(runner, name);
  let [difference, power] = [0, 0];
  exact.forEach((value, i) => {
    difference += (value - got[i]!) ** 2;
    power += value ** 2;
  });
  return Math.sqrt(difference / power);
}

describe('weights in blocks', () => {
  it.each<[WeightKind, string, number]>([
    ['int8-block', 'llama-gqa', 0.03],
    ['int8-block', 'qwen2', 0.03],
    ['int8-block', 'gemma2', 0.03],
    ['int8-block', 'phi3', 0.06],
    ['int4-block', 'llama-gqa', 0.3],
    ['int4-block', 'gemma2', 0.2],
  ])('%s stay close to fp32 on %s', (kind, name, most) => {
    expect(error(name, load(name, kind))).toBeLessThan(most);
  });

  it.each<WeightKind>(['int8-block', 'int4-block'])(
    '%s give a token the same keys and values bit for bit in any batch',
    (kind) => {
      const runner = load('qwen2', kind);
      const { long } = readFixtureJson<DecoderGolden>('qwen2', 'golden.json');
      const capture = (list: readonly (readonly number[])[], of: number) => {
        const rows: Float32Array[] = [];
        const steps = list.map((tokens) => ({
          sequence: runner.newSequence(300),
          tokens: Int32Array.from(tokens),
          positions: range(0, tokens.length),
          logits: 'none' as const,
        }));
        const onLayer = (layer: { k: Float32Array; v: Float32Array; sequenceIndex: number }) =>
          layer.sequenceIndex === of && rows.push(layer.k.slice(), layer.v.slice());
        runner.step(steps, { onLayer });
        return rows.map((row) => [...row]);
      };
      const text = long.slice(0, 16);
      expect(capture([long.slice(0, 200), text], 1)).toEqual(capture([text], 0));
    },
  );

  it.each([4, 8] as const)('of %d bits come back within half a step, zeros exactly', (bits) => {
    const random = seededRandom(bits);
    const inSize = 72; // the last block is filled up
    const weights = Float32Array.from({ length: 3 * inSize }, () => random() * 2 - 1);
    weights.fill(0, 32, 64);
    const { packed, scales } = quantiseBlocks(weights, inSize, bits);
    const middle = 2 ** (bits - 1);
    weights.forEach((weight, i) => {
      const [row, column] = [Math.floor(i / inSize), i % inSize];
      const block = row * 3 + Math.floor(column / 32);
      const at = block * 32 + (column % 32);
      const byte = packed[bits === 8 ? at : at >> 1]!;
      const value = bits === 8 ? byte : (byte >> (4 * (at % 2))) & 15;
      const back = (value - middle) * scales[block]!;
      const half = Math.abs(scales[block]!) / 2;
      // With few bits the far end of the range is a step short on one side.
      expect(Math.abs(back - weight)).toBeLessThanOrEqual((bits === 4 ? 2 : 1) * half + 1e-6);
      if (weight === 0) expect(Math.abs(back)).toBe(0);
    });
  });
});

describe('calibration', () => {
  it('finds the layers with outlier channels, and only those', () => {
    const folder = openCheckpointFolder(fixture('llama-outliers'));
    const tensors = openTensors(folder);
    const errors = calibrate({
      config: readDecoderConfig(folder, tensors, 0),
      tensors,
      sample: Int32Array.from({ length: 48 }, (_, i) => (i * 37) % 128),
      workFolder: temporaryFolder(),
      settings: { threads: 1, preciseInt8: false },
    });
    tensors.close();
    expect(errors).toHaveLength(2 * 5 + 1); // qkv, o, gate, up, down of two layers, and the head
    expect(errors.filter(needsBlocks).map(({ layer }) => layer)).toEqual([
      'model.layers.1.mlp.gate_proj',
      'model.layers.1.mlp.up_proj',
    ]);
  });

  it('keeps int8-row near fp32 where outliers would spoil it', () => {
    const name = 'llama-outliers';
    const options = { folder: fixture(name), cacheDir: temporaryFolder(), threads: 1 };
    const blind = loadDecoder({ ...options, weights: 'int8-row', calibrate: false });
    const calibrated = load(name, 'int8-row');
    expect(error(name, calibrated)).toBeLessThan(0.6 * error(name, blind));
    expect(calibrated.fingerprint).not.toBe(blind.fingerprint);
    blind.close();
  });

  it('leaves a model without outliers as it is', () => {
    const options = { folder: fixture('llama-gqa'), cacheDir: temporaryFolder(), threads: 1 };
    const blind = loadDecoder({ ...options, weights: 'int8-row', calibrate: false });
    const calibrated = load('llama-gqa', 'int8-row');
    expect(logits(calibrated, 'llama-gqa')).toEqual(logits(blind, 'llama-gqa'));
    blind.close();
  });
});

describe('comparing logits', () => {
  it('measures divergence, best tokens and the largest difference', () => {
    const [a, b] = [Float32Array.of(2, 0, 0, 1), Float32Array.of(2, 0, 1, 0)];
    const same = compareLogits(a, a, 2);
    expect(same).toEqual({ tokens: 2, kl: 0, sameBest: 1, largest: 0 });
    const other = compareLogits(a, b, 2);
    expect(other).toMatchObject({ tokens: 2, sameBest: 0.5, largest: 1 });
    const p = 1 / (1 + Math.exp(1)); // of the token that b likes better
    const kl = p * Math.log(p / (1 - p)) + (1 - p) * Math.log((1 - p) / p);
    expect(other.kl).toBeCloseTo(kl / 2, 6);
  });
});
