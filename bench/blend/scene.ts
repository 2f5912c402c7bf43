/** A model with cached chunks on disk and a prompt over them: what the blending benches run on. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { blend, type BlendBudget, type BlendPart } from '../../cache/blender.ts';
import { computeChunks, computePrefix, encodeKv, type RawKv } from '../../cache/chunk-encoder.ts';
import { kvCodec, type KvCodecName } from '../../cache/codecs/index.ts';
import { DiskTier } from '../../cache/disk-tier.ts';
import { chunkKvKey } from '../../cache/key.ts';
import { KvStore } from '../../cache/kv-store.ts';
import { promptTemplate } from '../../cache/prompt.ts';
import { planPrompt, type PromptPlan } from '../../cache/prompt-plan.ts';
import { RamTier } from '../../cache/ram-tier.ts';
import { Stopwatch } from '../../cache/stopwatch.ts';
import {
  directStepper,
  loadTokenizer,
  type DecoderRunner,
  type SequenceKv,
  type Tokenizer,
} from '../../engine/index.ts';

export interface SceneOptions {
  readonly runner: DecoderRunner;
  readonly modelFolder: string;
  readonly kvFolder: string;
  readonly codec: KvCodecName;
  readonly chunks: number;
  readonly tokensPerChunk: number;
  /** Tokens of the question where it is made of random ids. */
  readonly questionTokens: number;
  readonly seed: number;
}

/** Milliseconds. `ttft` is the sum of the other three. */
export interface BlendTimes {
  readonly load: number;
  readonly selection: number;
  readonly recompute: number;
  readonly ttft: number;
}

export interface BlendRun {
  readonly times: BlendTimes;
  readonly logits: Float32Array;
  readonly recomputed: number;
  /** Greedy tokens behind the prompt. */
  readonly tokens: readonly number[];
}

export interface Scene {
  readonly plan: PromptPlan;
  /** Fills a fresh sequence and decodes `answerTokens` tokens. Every chunk is read from its file. */
  run(budget: BlendBudget, answerTokens: number): Promise<BlendRun>;
}

export function makeScene(options: SceneOptions): Scene {
  const { runner } = options;
  const codec = kvCodec(options.codec);
  const parts = promptParts(options);
  const prefix = computePrefix(runner, parts.prefixIds);
  const store = new KvStore({
    ram: new RamTier(0),
    disk: new DiskTier({ directory: options.kvFolder, budgetBytes: Number.MAX_SAFE_INTEGER }),
  });
  const chunks = parts.chunks.map((chunk, i) => {
    const key = chunkKvKey({
      model: runner.fingerprint,
      tokenizer: 'bench',
      prefixIds: parts.prefixIds,
      chunkIds: chunk.ids,
      variant: 'plain',
      codec: codec.name,
      workspaceSalt: '00'.repeat(32),
    });
    if (!store.has(key)) storeChunk(store, key, runner, prefix, chunk.ids, options.codec);
    return { id: `chunk ${i}`, key, ...chunk };
  });
  const plan = planPrompt(parts.prefixIds, chunks, parts.suffixIds);
  return {
    plan,
    run: async (budget, answerTokens) => {
      const sequence = runner.newSequence(plan.length + answerTokens);
      try {
        const watch = new Stopwatch<BlendPart>();
        const { logits, recomputed } = await blend(sequence, {
          runner,
          codec,
          prefix,
          plan,
          budget,
          source: store,
          step: directStepper(runner),
          turn: async (slice) => slice(),
          lap: (part) => watch.lap(part),
          isCancelled: () => false,
        });
        const tokens = decodeGreedily(runner, sequence, plan.length, logits, answerTokens);
        return { times: timesOf(watch), logits, recomputed: recomputed.length, tokens };
      } finally {
        sequence.release();
      }
    },
  };
}

function storeChunk(
  store: KvStore,
  key: string,
  runner: DecoderRunner,
  prefix: RawKv,
  ids: Int32Array,
  codec: KvCodecName,
): void {
  const [raw] = computeChunks(runner, prefix, [ids]);
  const kv = encodeKv(runner, raw!, kvCodec(codec));
  if (!kv || !store.put(key, kv)) throw new Error('a chunk could not be stored: is the disk full?');
}

function timesOf(watch: Stopwatch<BlendPart>): BlendTimes {
  const load = watch.of('kv_load') + watch.of('queue');
  const [selection, recompute] = [watch.of('selection'), watch.of('recompute')];
  return { load, selection, recompute, ttft: load + selection + recompute };
}

function decodeGreedily(
  runner: DecoderRunner,
  sequence: SequenceKv,
  promptLength: number,
  promptLogits: Float32Array,
  count: number,
): number[] {
  const tokens = [argmax(promptLogits)];
  while (tokens.length < count) {
    const rows = {
      sequence,
      tokens: Int32Array.of(tokens.at(-1)!),
      positions: Int32Array.of(promptLength + tokens.length - 1),
      logits: 'last' as const,
    };
    tokens.push(argmax(runner.step([rows]).logits[0]!));
  }
  return tokens;
}

export function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

interface PromptParts {
  readonly prefixIds: Int32Array;
  readonly chunks: readonly { readonly ids: Int32Array; readonly focus: Float32Array }[];
  readonly suffixIds: Int32Array;
}

/** Real text where the checkpoint has a tokenizer; random ids otherwise, which do for measuring time. */
function promptParts(options: SceneOptions): PromptParts {
  return existsSync(join(options.modelFolder, 'tokenizer.json'))
    ? textParts(options, loadTokenizer(options.modelFolder))
    : randomParts(options);
}

const QUESTION =
  'Which ship did Colin Archer build for Fridtjof Nansen, and who sailed it to the south later?';

function textParts({ chunks, tokensPerChunk }: SceneOptions, tokenizer: Tokenizer): PromptParts {
  const template = promptTemplate(tokenizer);
  const ids = tokenizer.encode(sampleText());
  return {
    prefixIds: template.prefixIds,
    suffixIds: template.suffixIds(QUESTION),
    chunks: Array.from({ length: chunks }, (_, i) => {
      const piece = Int32Array.from({ length: tokensPerChunk }, (__, t) => {
        return ids[(i * tokensPerChunk + t) % ids.length]!;
      });
      // Words with a capital stand in for the names that the knowledge graph would point at.
      const isName = (id: number): boolean => /^\s?[A-Z]/.test(tokenizer.decode([id]));
      return { ids: piece, focus: Float32Array.from(piece, (id) => (isName(id) ? 1 : 0)) };
    }),
  };
}

function sampleText(): string {
  const folder = join(import.meta.dirname, '..', '..', 'ingest', 'sample', 'files');
  const files = readdirSync(folder).filter((name) => /\.(md|txt)$/.test(name));
  return files
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}

const RANDOM_PREFIX_TOKENS = 24;

function randomParts(options: SceneOptions): PromptParts {
  const { chunks, tokensPerChunk, questionTokens, runner } = options;
  const random = seededRandom(options.seed);
  const ids = (count: number): Int32Array =>
    Int32Array.from({ length: count }, () => Math.floor(random() * runner.config.vocabSize));
  return {
    prefixIds: ids(RANDOM_PREFIX_TOKENS),
    chunks: Array.from({ length: chunks }, () => ({
      ids: ids(tokensPerChunk),
      focus: Float32Array.from({ length: tokensPerChunk }, () => (random() < 0.1 ? 1 : 0)),
    })),
    suffixIds: ids(questionTokens),
  };
}

/** mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
