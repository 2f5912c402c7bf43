import { describe, expect, it } from 'vitest';
import { computeChunks, encodeKv } from '../../cache/chunk-encoder.ts';
import { kvCodec } from '../../cache/codecs/index.ts';
import { promptTokens } from '../../cache/prompt-plan.ts';
import { POLICY_NAMES } from '../../cache/policies/index.ts';
import { decoderLoader, maxDifference, prefill } from '../engine/support/fixtures.ts';
import { bytesOf } from './kv-fixtures.ts';
import { fullPrefill, greedy, rowsOf, sceneOf } from './scene.ts';

const load = decoderLoader();
const shapes = [
  { seed: 1, prefix: 7, chunks: [33, 20, 41], suffix: 9 },
  { seed: 2, prefix: 1, chunks: [5, 64, 1, 30], suffix: 3 },
  { seed: 3, prefix: 20, chunks: [40, 40], suffix: 40 },
];

describe.each(['llama-gqa', 'qwen2', 'llama-tied-sharded'])('blending on %s', (name) => {
  const runner = load(name);

  it.each(shapes)('recomputing every row is a full prefill ($seed)', async (shape) => {
    const scene = sceneOf(runner, 'fp32', shape);
    const { plan } = scene;
    const full = fullPrefill(runner, plan);
    const tokens = greedy(runner, full.sequence, plan.length, full.logits);
    for (const policy of ['first-k', 'query', 'graph', 'deviation', 'full'] as const) {
      const { logits, sequence } = await scene.run({ policy, share: 1 });
      expect(maxDifference(logits, full.logits), policy).toBeLessThan(1e-3);
      expect(greedy(runner, sequence, plan.length, logits), policy).toEqual(tokens);
    }
  });

  it('the first chunk behind the prefix is exact without any recomputation', async () => {
    const scene = sceneOf(runner, 'fp32', shapes[0]!);
    const full = fullPrefill(runner, scene.plan);
    const { sequence, recomputed } = await scene.run({ policy: 'none', share: 0 });
    expect(recomputed).toHaveLength(0);
    const [a, b] = [sequence, full.sequence].map((each) => rowsOf(runner, each, 0, 7 + 33));
    expect(maxDifference(a!, b!)).toBeLessThan(1e-4);
  });
});

describe('blending', () => {
  const runner = load('llama-gqa');
  const scene = sceneOf(runner, 'fp16', shapes[0]!);
  const { plan } = scene;

  it('an exact answer does not depend on what is cached', async () => {
    const budget = { policy: 'full', share: 1 } as const;
    const [all, none, some] = await Promise.all([
      scene.run(budget),
      scene.run(budget, () => false),
      scene.run(budget, (chunk) => chunk === 1),
    ]);
    expect(none.logits).toEqual(all.logits);
    expect(some.logits).toEqual(all.logits);
    expect(all.cachedChunks.size).toBe(0);
  });

  it.each(POLICY_NAMES)('the same inputs give the same numbers with %s', async (policy) => {
    const [a, b] = [
      await scene.run({ policy, share: 0.2 }),
      await scene.run({ policy, share: 0.2 }),
    ];
    expect(b.logits).toEqual(a.logits);
    expect(b.recomputed).toEqual(a.recomputed);
  });

  it('stays within its budget of rows that need mending, and leaves the question out', async () => {
    for (const policy of ['first-k', 'deviation', 'query', 'graph'] as const) {
      const { recomputed } = await scene.run({ policy, share: 0.15 });
      expect(recomputed).toHaveLength(Math.ceil((20 + 41) * 0.15));
      expect(Math.min(...recomputed)).toBeGreaterThanOrEqual(7 + 33);
      expect(Math.max(...recomputed)).toBeLessThan(plan.suffixStart);
    }
  });

  it('a budget that is no number, negative or above one does no harm', async () => {
    for (const [share, count] of [
      [Number.NaN, 0],
      [-1, 0],
      [7, 61],
    ] as const) {
      const { recomputed } = await scene.run({ policy: 'query', share });
      expect(recomputed).toHaveLength(count);
    }
  });

  it('with nothing cached it is a full prefill, whatever the policy', async () => {
    const full = fullPrefill(runner, plan);
    const { logits, recomputed } = await scene.run({ policy: 'graph', share: 0.15 }, () => false);
    expect(recomputed).toHaveLength(0);
    expect(maxDifference(logits, full.logits)).toBeLessThan(1e-4);
  });

  it('a prompt without chunks is a full prefill', async () => {
    const empty = sceneOf(runner, 'fp32', { seed: 4, prefix: 5, chunks: [], suffix: 4 });
    const full = fullPrefill(runner, empty.plan);
    for (const policy of POLICY_NAMES) {
      const { logits } = await empty.run({ policy, share: 0.15 });
      expect(maxDifference(logits, full.logits), policy).toBeLessThan(1e-4);
    }
  });

  it('deviation finds the rows whose cache was spoilt', async () => {
    const clean = sceneOf(runner, 'fp32', shapes[0]!);
    const { kvHeads, headDim } = runner.config;
    const spoilt = [3, 8, 17];
    const kv = clean.stored.get('1')!; // 20 tokens, first position 40
    const values = new Float32Array(kv.blocks[1]!.slice().buffer);
    for (const token of spoilt) {
      for (let head = 0; head < kvHeads; head++) {
        const at = kvHeads * 20 * headDim + (head * 20 + token) * headDim;
        values.subarray(at, at + headDim).fill(3);
      }
    }
    const blocks = kv.blocks.map((block, layer) =>
      layer === 1 ? new Uint8Array(values.buffer) : block,
    );
    clean.stored.set('1', { ...kv, blocks });
    const { recomputed } = await clean.run({ policy: 'deviation', share: 3 / 61 });
    expect([...recomputed]).toEqual(spoilt.map((token) => 40 + token));
  });

  it('a prompt computed in slices of rows is a prompt computed at once', async () => {
    // 460 fresh rows and more are cut in two; llama-gqa takes up to 512 positions.
    const long = sceneOf(runner, 'fp32', { seed: 5, prefix: 2, chunks: [250, 240], suffix: 12 });
    const { logits, sequence } = await long.run({ policy: 'full', share: 1 });
    const once = fullPrefill(runner, long.plan);
    expect(maxDifference(logits, once.logits)).toBeLessThan(1e-4);
    const sliced = runner.newSequence(long.plan.length);
    const tokens = promptTokens(long.plan);
    prefill(runner, sliced, tokens.subarray(0, 100), 0, 'none');
    const last = prefill(runner, sliced, tokens.subarray(100), 100, 'last');
    expect(maxDifference(last, logits)).toBeLessThan(1e-4);
    sequence.release();
  });
});

it('chunks computed side by side have the KV they have when computed alone', () => {
  for (const weights of ['fp32', 'int8-row'] as const) {
    const runner = load('llama-gqa', weights);
    const { plan, prefix } = sceneOf(runner, 'fp32', shapes[0]!);
    const ids = plan.chunks.map((chunk) => chunk.ids);
    const packed = computeChunks(runner, prefix, ids);
    ids.forEach((each, i) => {
      const [alone] = computeChunks(runner, prefix, [each]);
      alone!.keys.forEach((keys, layer) => {
        expect(maxDifference(packed[i]!.keys[layer]!, keys)).toBeLessThan(1e-5);
        expect(maxDifference(packed[i]!.values[layer]!, alone!.values[layer]!)).toBeLessThan(1e-5);
      });
    });
  }
});

it('a chunk whose KV the codec cannot hold is not encoded', () => {
  const runner = load('llama-gqa');
  const { plan, prefix } = sceneOf(runner, 'fp16', shapes[0]!);
  const [raw] = computeChunks(runner, prefix, [plan.chunks[0]!.ids]);
  expect(bytesOf(encodeKv(runner, raw!, kvCodec('fp16')))).toBeDefined();
  raw!.values[2]![5] = 1e6;
  expect(encodeKv(runner, raw!, kvCodec('fp16'))).toBeUndefined();
});
