/** A tiny model with chunks, and ways to fill a prompt: what the tests of blending share. */
import { blend, type Blended, type BlendBudget } from '../../cache/blender.ts';
import { computeChunks, computePrefix, encodeKv } from '../../cache/chunk-encoder.ts';
import { layersOf, type EncodedKv } from '../../cache/chunk-kv.ts';
import { kvCodec, type KvCodecName } from '../../cache/codecs/index.ts';
import { planPrompt, promptTokens, type PromptPlan } from '../../cache/prompt-plan.ts';
import { directStepper, type DecoderRunner, type SequenceKv } from '../../engine/index.ts';
import { argmax, prefill, seededRandom } from '../engine/support/fixtures.ts';

export interface SceneShape {
  readonly seed: number;
  readonly prefix: number;
  readonly chunks: readonly number[];
  readonly suffix: number;
}

export function sceneOf(runner: DecoderRunner, codecName: KvCodecName, shape: SceneShape) {
  const codec = kvCodec(codecName);
  const random = seededRandom(shape.seed);
  const ids = (count: number): Int32Array =>
    Int32Array.from({ length: count }, () => 3 + Math.floor(random() * 300));
  const plan = planPrompt(
    ids(shape.prefix),
    shape.chunks.map((count, i) => ({
      id: `chunk ${i}`,
      key: `${i}`,
      ids: ids(count),
      focus: Float32Array.from({ length: count }, () => (random() < 0.2 ? random() : 0)),
    })),
    ids(shape.suffix),
  );
  const prefix = computePrefix(runner, plan.prefixIds);
  const encode = (chunk: Int32Array): EncodedKv =>
    encodeKv(runner, computeChunks(runner, prefix, [chunk])[0]!, codec)!;
  const stored = new Map(plan.chunks.map((chunk) => [chunk.key, encode(chunk.ids)]));
  return {
    plan,
    prefix,
    stored,
    /** `isCached` says which chunks are hits. */
    async run(
      budget: BlendBudget,
      isCached: (chunk: number) => boolean = () => true,
    ): Promise<Blended & { sequence: SequenceKv }> {
      const sequence = runner.newSequence(plan.length + 8);
      for (const part of [...sequence.keys, ...sequence.values]) part.fill(Number.NaN);
      const blended = await blend(sequence, {
        runner,
        codec,
        prefix,
        plan,
        budget,
        source: {
          open: (key) => (isCached(Number(key)) ? layersOf(stored.get(key)!) : undefined),
        },
        step: directStepper(runner),
        turn: async (slice) => slice(),
        lap: () => undefined,
        isCancelled: () => false,
      });
      return { ...blended, sequence };
    },
  };
}

export function fullPrefill(runner: DecoderRunner, plan: PromptPlan) {
  const sequence = runner.newSequence(plan.length + 8);
  const logits = prefill(runner, sequence, promptTokens(plan), 0, 'last');
  return { sequence, logits };
}

/** Eight greedy tokens behind the prompt. */
export function greedy(
  runner: DecoderRunner,
  sequence: SequenceKv,
  length: number,
  logits: Float32Array,
): number[] {
  const tokens = [argmax(logits)];
  while (tokens.length < 8) {
    const position = length + tokens.length - 1;
    tokens.push(argmax(prefill(runner, sequence, [tokens.at(-1)!], position, 'last')));
  }
  return tokens;
}

/** Keys and values of positions [start, start + count), all layers and heads. */
export function rowsOf(
  runner: DecoderRunner,
  sequence: SequenceKv,
  start: number,
  count: number,
): number[] {
  const { kvHeads, headDim } = runner.config;
  return [...sequence.keys, ...sequence.values].flatMap((part) =>
    Array.from({ length: kvHeads }, (_, head) => {
      const from = (head * sequence.capacity + start) * headDim;
      return [...part.subarray(from, from + count * headDim)];
    }).flat(),
  );
}
