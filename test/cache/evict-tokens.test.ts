import { describe, expect, it } from 'vitest';
import { encodeKv, kvLayout, computeChunks, computePrefix } from '../../cache/chunk-encoder.ts';
import { fitsLayout, layersOf, type EncodedKv } from '../../cache/chunk-kv.ts';
import { kvCodec, type KvCodec } from '../../cache/codecs/index.ts';
import { evict } from '../../cache/eviction/evict-tokens.ts';
import { LayerPlacing } from '../../cache/layer-placing.ts';
import { formatKvFile, parseKvFile } from '../../cache/kv-file.ts';
import type { SequenceKv } from '../../engine/index.ts';
import { decoderLoader, seededRandom } from '../engine/support/fixtures.ts';
import { someKey } from './kv-fixtures.ts';

const runner = decoderLoader()('llama-gqa');
const half = kvCodec('int8-keep50');

function chunkKv(tokens: number) {
  const random = seededRandom(tokens);
  const ids = Int32Array.from({ length: tokens }, () => 3 + Math.floor(random() * 300));
  const prefix = computePrefix(runner, Int32Array.of(1, 5, 9));
  return computeChunks(runner, prefix, [ids])[0]!;
}

function place(sequence: SequenceKv, kv: EncodedKv, codec: KvCodec): void {
  const chunks = [{ start: 7, kv: layersOf(kv) }];
  void new LayerPlacing(runner, sequence, codec, chunks).upTo(runner.config.layers - 1);
}

describe('evicting tokens of a chunk', () => {
  it('keeps half of them, the first ones always, in order', () => {
    const raw = chunkKv(21);
    const kv = encodeKv(runner, raw, half)!;
    expect(kv.kept).toHaveLength(11);
    expect(kv.kept!.slice(0, 2)).toEqual([0, 1]);
    expect(kv.kept).toEqual([...kv.kept!].sort((a, b) => a - b));
    expect(kv.shape.tokens).toBe(21);
  });

  it('keeps the token whose keys are unlike all others', () => {
    const shape = { layers: 1, kvHeads: 1, headDim: 4, tokens: 9 };
    const keys = Float32Array.from({ length: 36 }, (_, i) => (i % 4 === 0 ? 1 : 0.1));
    keys.set([-1, 1, -1, 1], 6 * 4);
    const { kept } = evict({ keys: [keys], values: [keys] }, shape, half);
    expect(kept).toContain(6);
  });

  it('survives the file, and fits only the layout of its codec', () => {
    const kv = encodeKv(runner, chunkKv(21), half)!;
    const back = parseKvFile(someKey(1), formatKvFile(someKey(1), kv));
    expect(back.kept).toEqual(kv.kept);
    expect(fitsLayout(layersOf(back), kvLayout(runner, 21, half))).toBe(true);
    expect(fitsLayout(layersOf(back), kvLayout(runner, 21, kvCodec('int8')))).toBe(false);
    expect(
      fitsLayout(
        layersOf({ ...back, kept: [...back.kept!].reverse() }),
        kvLayout(runner, 21, half),
      ),
    ).toBe(false);
  });

  it('hides what was evicted and places the rest where it stood', () => {
    const raw = chunkKv(21);
    const kv = encodeKv(runner, raw, half)!;
    const [all, some] = [runner.newSequence(40), runner.newSequence(40)];
    place(all, encodeKv(runner, raw, kvCodec('int8'))!, kvCodec('int8'));
    place(some, kv, half);
    const kept = new Set(kv.kept);
    const evicted = Array.from({ length: 21 }, (_, i) => i).filter((i) => !kept.has(i));
    expect([...some.hidden]).toEqual(evicted.map((i) => i + 7));
    const { headDim } = runner.config;
    for (const token of kept) {
      const at = (7 + token) * headDim;
      const [a, b] = [all, some].map((s) => s.values[0]!.subarray(at, at + headDim));
      expect(Math.max(...a!.map((x, d) => Math.abs(x - b![d]!)))).toBeLessThan(0.05);
    }
  });
});
