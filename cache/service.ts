/** The engine's thread: a reader with its chunk cache, and an embedder. */
import {
  CancelledError,
  createSampler,
  greedySampling,
  SequenceFullError,
  type DecoderRunner,
  type EmbedderRunner,
  type SequenceKv,
  type Tokenizer,
} from '../engine/index.ts';
import { blend, type BlendBudget, type BlendPart } from './blender.ts';
import { computeChunks, computePrefix, encodeKv, kvShape, type RawKv } from './chunk-encoder.ts';
import { kvCodec, type KvCodec, type KvCodecName } from './codec.ts';
import { focusOfTokens } from './focus.ts';
import { chunkKvKey } from './key.ts';
import type { KvStore } from './kv-store.ts';
import { promptTemplate, type PromptTemplate } from './prompt.ts';
import { planPrompt, ribbon, type PromptPlan } from './prompt-plan.ts';
import type { CallContext } from './rpc/server.ts';
import type {
  BlendMode,
  ChunkTokens,
  EmbedKind,
  GenerateEvent,
  GenerateRequest,
  GenerateResult,
  PrecomputeEvent,
  PrecomputeRequest,
  PrecomputeResult,
  Reuse,
} from './service-types.ts';
import { Stopwatch } from './stopwatch.ts';
import { PRIORITY, Turns } from './turns.ts';

/** What each mode stands for; measured in docs/benchmarks.md. */
const MODES: Readonly<Record<BlendMode, BlendBudget>> = {
  fast: { policy: 'graph', share: 0.05 },
  balanced: { policy: 'graph', share: 0.15 },
  exact: { policy: 'full', share: 1 },
};

/** Tokens computed in one packed step at ingest: large enough for speed, short enough to wait for. */
const PRECOMPUTE_TOKENS = 1024;
/** Texts embedded in one slice. */
const EMBED_BATCH = 16;

export interface EngineServiceParts {
  readonly runner: DecoderRunner;
  readonly tokenizer: Tokenizer;
  readonly embedder: EmbedderRunner;
  readonly store: KvStore;
  readonly codec: KvCodecName;
}

export class EngineService {
  readonly #parts: EngineServiceParts;
  readonly #codec: KvCodec;
  readonly #template: PromptTemplate;
  readonly #prefix: RawKv;
  readonly #turns = new Turns();

  constructor(parts: EngineServiceParts) {
    this.#parts = parts;
    this.#codec = kvCodec(parts.codec);
    this.#template = promptTemplate(parts.tokenizer);
    this.#prefix = computePrefix(parts.runner, this.#template.prefixIds);
  }

  get prefixTokens(): number {
    return this.#template.prefixIds.length;
  }

  get kvBytesPerToken(): number {
    const { layers, kvHeads, headDim } = this.#parts.runner.config;
    return layers * kvHeads * headDim * 2 * this.#codec.bytesPerFloat;
  }

  async embed(
    texts: readonly string[],
    kind: EmbedKind,
    call: CallContext,
  ): Promise<Float32Array[]> {
    const vectors: Float32Array[] = [];
    const priority = kind === 'query' ? PRIORITY.query : PRIORITY.ingest;
    for (let i = 0; i < texts.length; i += EMBED_BATCH) {
      const batch = texts.slice(i, i + EMBED_BATCH);
      const embedBatch = (): Float32Array[] => {
        if (call.isCancelled()) throw new CancelledError();
        return this.#parts.embedder.embed(batch, kind, call.isCancelled);
      };
      vectors.push(...(await this.#turns.take(priority, embedBatch)));
    }
    return vectors;
  }

  async precompute(request: PrecomputeRequest, call: CallContext): Promise<PrecomputeResult> {
    const keys = new Map<string, string>();
    let done = 0;
    for (const batch of batches(request.chunks, PRECOMPUTE_TOKENS)) {
      await this.#turns.take(PRIORITY.ingest, () => {
        if (call.isCancelled()) throw new CancelledError();
        this.#store(batch, request.workspaceSalt, keys);
      });
      done += batch.length;
      call.emit({ done } satisfies PrecomputeEvent);
    }
    return { keys };
  }

  async generate(request: GenerateRequest, call: CallContext): Promise<GenerateResult> {
    const watch = new Stopwatch<BlendPart | 'decode'>();
    const plan = this.#plan(request);
    const capacity = plan.length + request.maxTokens;
    const limit = this.#parts.runner.config.maxPositions;
    if (capacity > limit) throw new SequenceFullError(capacity, limit, 'maxPositions');
    const sequence = this.#parts.runner.newSequence(capacity);
    try {
      return await this.#generateInto(sequence, plan, request, call, watch);
    } finally {
      sequence.release();
    }
  }

  deleteKv(keys: readonly string[]): void {
    this.#parts.store.delete(keys);
  }

  get store(): KvStore {
    return this.#parts.store;
  }

  async #generateInto(
    sequence: SequenceKv,
    plan: PromptPlan,
    request: GenerateRequest,
    call: CallContext,
    watch: Stopwatch<BlendPart | 'decode'>,
  ): Promise<GenerateResult> {
    const { runner, store } = this.#parts;
    const budget = request.budget ?? MODES[request.mode];
    const blended = await blend(sequence, {
      runner,
      codec: this.#codec,
      prefix: this.#prefix,
      plan,
      budget,
      source: {
        load: (chunk) =>
          store.get(chunk.key, {
            shape: kvShape(runner, chunk.ids.length),
            codec: this.#codec.name,
          }),
      },
      turn: (slice) => this.#turns.take(PRIORITY.answer, slice),
      lap: (part) => watch.lap(part),
      isCancelled: call.isCancelled,
    });
    const reuse = countReuse(plan, blended.cachedChunks, blended.recomputed, budget);
    const runs = ribbon(plan, blended.cachedChunks, blended.recomputed);
    call.emit({ type: 'plan', reuse, ribbon: runs } satisfies GenerateEvent);
    const written = await this.#decode(sequence, plan.length, blended.logits, request, call, watch);
    const missed =
      budget.policy === 'full' ? [] : plan.chunks.filter((_, i) => !blended.cachedChunks.has(i));
    return {
      ...written,
      reuse,
      ribbon: runs,
      missedChunkIds: missed.map((chunk) => chunk.id),
      timingsMs: timings(watch),
    };
  }

  async #decode(
    sequence: SequenceKv,
    promptLength: number,
    promptLogits: Float32Array,
    request: GenerateRequest,
    call: CallContext,
    watch: Stopwatch<BlendPart | 'decode'>,
  ): Promise<Pick<GenerateResult, 'text' | 'tokens' | 'logprobs' | 'finish'>> {
    const { runner, tokenizer } = this.#parts;
    const sampler = createSampler(greedySampling);
    const stream = tokenizer.stream();
    const logprobs: number[] = [];
    let text = '';
    let logits = promptLogits;
    const write = (delta: string, logprob: number): void => {
      text += delta;
      call.emit({ type: 'text', delta, logprob } satisfies GenerateEvent);
    };
    for (let n = 0; ; n++) {
      const { id, logProbability: logprob } = sampler.next(logits, []);
      logprobs.push(logprob);
      watch.lap(n === 0 ? 'sample' : 'decode');
      const ended = runner.config.eosIds.includes(id);
      const last = ended || n + 1 >= request.maxTokens || call.isCancelled();
      write((ended ? '' : stream.push(id)) + (last ? stream.end() : ''), logprob);
      if (last) {
        const finish = ended ? 'stop' : call.isCancelled() ? 'cancelled' : 'length';
        return { text, tokens: ended ? n : n + 1, logprobs, finish };
      }
      const row = {
        sequence,
        tokens: Int32Array.of(id),
        positions: Int32Array.of(promptLength + n),
        logits: 'last' as const,
      };
      const step = await this.#turns.take(PRIORITY.answer, () => runner.step([row]));
      logits = step.logits[0]!;
    }
  }

  #plan(request: GenerateRequest): PromptPlan {
    const chunks = request.chunks.map((chunk) => ({
      id: chunk.id,
      key: this.#key(chunk.ids, request.workspaceSalt),
      ids: chunk.ids,
      focus: focusOfTokens(this.#parts.tokenizer, chunk.ids, chunk.focus),
    }));
    return planPrompt(this.#template.prefixIds, chunks, this.#template.suffixIds(request.question));
  }

  #key(chunkIds: Int32Array, workspaceSalt: string): string {
    return chunkKvKey({
      model: this.#parts.runner.fingerprint,
      tokenizer: this.#parts.tokenizer.fingerprint,
      prefixIds: this.#template.prefixIds,
      chunkIds,
      variant: 'plain',
      codec: this.#codec.name,
      workspaceSalt,
    });
  }

  #store(batch: readonly ChunkTokens[], workspaceSalt: string, keys: Map<string, string>): void {
    const { runner, store } = this.#parts;
    const keyed = batch.map((chunk) => ({ chunk, key: this.#key(chunk.ids, workspaceSalt) }));
    const missing = keyed.filter(({ key }) => !store.has(key));
    const computed = missing.length
      ? computeChunks(
          runner,
          this.#prefix,
          missing.map(({ chunk }) => chunk.ids),
        )
      : [];
    missing.forEach(({ key }, i) => store.put(key, encodeKv(runner, computed[i]!, this.#codec)));
    for (const { chunk, key } of keyed) if (store.has(key)) keys.set(chunk.id, key);
  }
}

function* batches(chunks: readonly ChunkTokens[], tokens: number): Generator<ChunkTokens[]> {
  let batch: ChunkTokens[] = [];
  let size = 0;
  for (const chunk of chunks) {
    if (batch.length > 0 && size + chunk.ids.length > tokens) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(chunk);
    size += chunk.ids.length;
  }
  if (batch.length > 0) yield batch;
}

function countReuse(
  plan: PromptPlan,
  cachedChunks: ReadonlySet<number>,
  recomputed: Int32Array,
  budget: BlendBudget,
): Reuse {
  const sizes = plan.chunks.map((chunk) => chunk.ids.length);
  const inCache = sizes.filter((_, i) => cachedChunks.has(i)).reduce((a, b) => a + b, 0);
  const all = sizes.reduce((a, b) => a + b, 0);
  return {
    promptTokens: plan.length,
    // The prefix is computed once a process and is as good as cached.
    cachedTokens: plan.prefixIds.length + inCache - recomputed.length,
    recomputedTokens: recomputed.length,
    freshTokens: all - inCache + plan.suffixIds.length,
    policy: budget.policy,
    cacheHits: cachedChunks.size,
    cacheMisses: plan.chunks.length - cachedChunks.size,
  };
}

function timings(watch: Stopwatch<BlendPart | 'decode'>): GenerateResult['timingsMs'] {
  const parts = {
    queue: watch.of('queue'),
    kvLoad: watch.of('kv_load'),
    selection: watch.of('selection'),
    recompute: watch.of('recompute'),
    sample: watch.of('sample'),
  };
  const firstToken = Object.values(parts).reduce((a, b) => a + b, 0);
  return { ...parts, firstToken, total: watch.total };
}
