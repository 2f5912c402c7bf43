/** The engine's thread: a reader with its chunk cache, and an embedder. */
import {
  FormatConstraints,
  vocabularyOf,
  type Constraint,
  type CrossEncoderRunner,
  type DecoderRunner,
  type EmbedderRunner,
  type OutputFormat,
  type SequenceKv,
  type Tokenizer,
  type Vocabulary,
} from '../engine/index.ts';
import { blend, type BlendBudget, type BlendPart } from './blender.ts';
import {
  bytesPerToken,
  computeChunks,
  computePrefix,
  encodeKv,
  kvLayout,
  type RawKv,
} from './chunk-encoder.ts';
import type { EncodedKv } from './chunk-kv.ts';
import { kvCodec, type KvCodec, type KvCodecName } from './codecs/index.ts';
import { decode } from './decode.ts';
import { PromptTooLongError, UnsupportedFormatError } from './errors.ts';
import type { FidelityOptions } from './fidelity/control.ts';
import { Fidelity } from './fidelity/fidelity.ts';
import type { SelfTest } from './fidelity/self-test.ts';
import { focusOfTokens, TokenSpans } from './focus.ts';
import { chunkKvKey } from './key.ts';
import type { KvStore, WantedKv } from './kv-store.ts';
import { promptTemplate, type PromptTemplate } from './prompt.ts';
import { planPrompt, ribbon, type PromptPlan } from './prompt-plan.ts';
import { promptKv, type PromptKv, type PromptKvParts } from './prompt-kv.ts';
import { countReuse, missedChunkIds, recomputedOf } from './reuse.ts';
import type { CallContext } from './rpc/server.ts';
import type {
  ChunkTokens,
  EmbedKind,
  EngineStats,
  GenerateEvent,
  GenerateRequest,
  GenerateResult,
  PrecomputeEvent,
  PrecomputeRequest,
  PrecomputeResult,
  PrefetchRequest,
  PrefetchResult,
  RerankRequest,
} from './service-types.ts';
import { Stopwatch } from './stopwatch.ts';
import { PRIORITY, Turns } from './turns.ts';

type Watch = Stopwatch<BlendPart | 'decode'>;

interface KeyedChunk {
  readonly key: string;
  readonly chunk: ChunkTokens;
}

/** Tokens computed in one packed step at ingest: large enough for speed, short enough to wait for. */
const PRECOMPUTE_TOKENS = 1024;
/** Texts embedded in one slice. */
const EMBED_BATCH = 16;
/** Pairs scored in one slice. */
const RERANK_BATCH = 4;
/** Forms whose automata are kept; each takes some megabytes once it was used. */
const MAX_FORMATS = 16;

export interface EngineServiceParts {
  readonly runner: DecoderRunner;
  readonly tokenizer: Tokenizer;
  readonly embedder: EmbedderRunner;
  readonly formerEmbedder?: EmbedderRunner;
  readonly reranker?: CrossEncoderRunner;
  readonly store: KvStore;
  readonly codec: KvCodecName;
  /** Default: no live answer is compared with a full read. */
  readonly fidelity?: FidelityOptions;
}

const NO_SAMPLES: FidelityOptions = { sampled: 0, wanted: 0, random: () => 1 };

export class EngineService {
  readonly #parts: EngineServiceParts;
  readonly #codec: KvCodec;
  readonly #template: PromptTemplate;
  readonly #prefix: RawKv;
  readonly #spans: TokenSpans;
  readonly #turns = new Turns();
  readonly #fidelity: Fidelity;

  constructor(parts: EngineServiceParts) {
    this.#parts = parts;
    this.#codec = kvCodec(parts.codec);
    this.#template = promptTemplate(parts.tokenizer);
    this.#spans = new TokenSpans(parts.tokenizer);
    this.#prefix = computePrefix(parts.runner, this.#template.prefixIds);
    this.#fidelity = new Fidelity(parts.runner, this.#turns, parts.fidelity ?? NO_SAMPLES);
  }

  /** From now on, a model that fails is answered with by full prefill only. */
  selfTest(): Promise<SelfTest> {
    const { runner, tokenizer } = this.#parts;
    const [codec, prefix] = [this.#codec, this.#prefix];
    return this.#fidelity.test({ runner, tokenizer, codec, prefix, template: this.#template });
  }

  stats(): EngineStats {
    return { ...this.store.stats(), fidelity: this.#fidelity.report() };
  }

  get prefixTokens(): number {
    return this.#template.prefixIds.length;
  }

  get kvBytesPerToken(): number {
    return bytesPerToken(this.#parts.runner, this.#codec);
  }

  get store(): KvStore {
    return this.#parts.store;
  }

  async embed(
    texts: readonly string[],
    kind: EmbedKind,
    { isCancelled }: CallContext,
    fingerprint?: string,
  ): Promise<Float32Array[]> {
    const { embedder, formerEmbedder } = this.#parts;
    const isFormer = fingerprint !== undefined && fingerprint === formerEmbedder?.fingerprint;
    const runner = isFormer ? formerEmbedder : embedder;
    const vectors: Float32Array[] = [];
    const priority = kind === 'query' ? PRIORITY.query : PRIORITY.ingest;
    for (let i = 0; i < texts.length; i += EMBED_BATCH) {
      const batch = texts.slice(i, i + EMBED_BATCH);
      const slice = () => runner.embed(batch, kind, isCancelled);
      vectors.push(...(await this.#turns.take(priority, slice, isCancelled)));
    }
    return vectors;
  }

  async rerank(
    { question, texts, budgetMs }: RerankRequest,
    { isCancelled }: CallContext,
  ): Promise<number[]> {
    const { reranker } = this.#parts;
    if (!reranker) return [];
    const began = performance.now();
    const scores: number[] = [];
    for (let i = 0; i < texts.length; i += RERANK_BATCH) {
      if (i > 0 && performance.now() - began >= budgetMs) break;
      const batch = texts.slice(i, i + RERANK_BATCH);
      const slice = () => reranker.score(question, batch, isCancelled);
      scores.push(...(await this.#turns.take(PRIORITY.query, slice, isCancelled)));
    }
    return scores;
  }

  async precompute(request: PrecomputeRequest, call: CallContext): Promise<PrecomputeResult> {
    const keys = new Map<string, string>();
    let done = 0;
    for (const batch of batches(request.chunks, PRECOMPUTE_TOKENS)) {
      const keyed = batch
        .filter((chunk) => this.#isStorable(chunk))
        .map((chunk) => ({
          key: this.#key(chunk.ids, request.workspaceSalt),
          chunk,
        }));
      await this.#storeMissing(keyed, call.isCancelled);
      for (const { key, chunk } of keyed) if (this.store.has(key)) keys.set(chunk.id, key);
      done += batch.length;
      call.emit({ done } satisfies PrecomputeEvent);
    }
    return { keys };
  }

  /** Reads stored KV into RAM, in order, a chunk a turn, as far as `maxBytes` goes; computes nothing. */
  async prefetch(request: PrefetchRequest, { isCancelled }: CallContext): Promise<PrefetchResult> {
    const wanted = this.#within(request);
    await this.store.fetch(wanted);
    let chunks = 0;
    for (const each of wanted) {
      if (isCancelled()) break;
      const read = await this.#turns.take(PRIORITY.query, () => this.store.warm(each));
      chunks += Number(read);
    }
    return { chunks };
  }

  /** What of the chunks, in order, takes no more than `maxBytes`. */
  #within({ workspaceSalt, chunks, maxBytes }: PrefetchRequest): WantedKv[] {
    let left = maxBytes;
    return chunks.flatMap(({ ids }) => {
      left -= ids.length * this.kvBytesPerToken;
      if (left < 0) return [];
      const layout = kvLayout(this.#parts.runner, ids.length, this.#codec);
      return [{ key: this.#key(ids, workspaceSalt), layout }];
    });
  }

  /** Throws PromptTooLongError, and CancelledError before the first token; later the text so far is kept. */
  async generate(request: GenerateRequest, call: CallContext): Promise<GenerateResult> {
    const watch: Watch = new Stopwatch();
    const plan = this.#plan(request);
    const { runner } = this.#parts;
    const capacity = plan.length + request.maxTokens;
    const limit = runner.config.maxPositions;
    if (capacity > limit) throw new PromptTooLongError(plan.length, request.maxTokens, limit);
    const sequence = runner.newSequence(capacity);
    try {
      return await this.#generateInto(sequence, plan, request, call, watch);
    } finally {
      sequence.release();
      this.#writeFetched();
    }
  }

  tokenize(texts: readonly string[]): Int32Array[] {
    return texts.map((text) => Int32Array.from(this.#parts.tokenizer.encode(text)));
  }

  deleteKv(keys: readonly string[]): void {
    this.store.delete(keys);
  }

  async #generateInto(
    sequence: SequenceKv,
    plan: PromptPlan,
    request: GenerateRequest,
    call: CallContext,
    watch: Watch,
  ): Promise<GenerateResult> {
    const { isCancelled } = call;
    const budget = this.#fidelity.budget(request);
    const lap = (part: BlendPart | 'decode'): void => watch.lap(part);
    const parts = {
      runner: this.#parts.runner,
      codec: this.#codec,
      prefix: this.#prefix,
      turn: <T>(slice: () => T) => this.#turns.take(PRIORITY.answer, slice, isCancelled),
      lap,
      isCancelled,
    };
    const { kv, hits, made } = await this.#promptKv(plan, budget, parts);
    const source = { get: (key: string) => kv.get(key) };
    const blended = await blend(sequence, { ...parts, plan, budget, source });
    this.#storeLater(made);
    const used = { hits, recomputed: recomputedOf(plan, hits, blended.recomputed) };
    const reuse = countReuse(plan, used, budget);
    const runs = ribbon(plan, hits, used.recomputed);
    const emit = (event: GenerateEvent): void => call.emit(event);
    emit({ type: 'plan', reuse, ribbon: runs });
    const written = await decode(sequence, {
      runner: this.#parts.runner,
      tokenizer: this.#parts.tokenizer,
      promptTokens: plan.length,
      logits: blended.logits,
      maxTokens: request.maxTokens,
      turn: (step) => this.#turns.take(PRIORITY.answer, step),
      lap,
      emit,
      isCancelled,
      constraint: request.format && this.#constraint(request.format, request.maxTokens),
    });
    const { tokenIds } = written;
    this.#fidelity.consider(request, { plan, logits: blended.logits, tokenIds });
    return {
      ...written,
      reuse,
      ribbon: runs,
      hitChunkIds: plan.chunks.filter((_, i) => hits.has(i)).map(({ id }) => id),
      missedChunkIds: missedChunkIds(plan, used, budget),
      timingsMs: timings(watch),
    };
  }

  readonly #formats = new Map<string, FormatConstraints>();
  #vocabulary: Vocabulary | undefined;

  /** Throws UnsupportedFormatError where the reader cannot be held to a form, or not within so few tokens. */
  #constraint(format: OutputFormat, maxTokens: number): Constraint {
    const { runner, tokenizer } = this.#parts;
    const bytes = this.#vocabulary ? [] : tokenizer.tokenBytes?.();
    if (!bytes) throw new UnsupportedFormatError('its tokens do not spell text byte by byte');
    this.#vocabulary ??= vocabularyOf(bytes);
    try {
      const key = JSON.stringify(format);
      const known =
        this.#formats.get(key) ??
        new FormatConstraints(format, this.#vocabulary, runner.config.eosIds);
      if (this.#formats.size >= MAX_FORMATS) this.#formats.clear();
      this.#formats.set(key, known);
      return known.begin(maxTokens);
    } catch (error) {
      if (error instanceof RangeError) throw new UnsupportedFormatError(error.message);
      throw error;
    }
  }

  /** Nothing where the answer shall be exact: it must not depend on what happens to be cached. */
  async #promptKv(
    plan: PromptPlan,
    budget: BlendBudget,
    parts: Omit<PromptKvParts, 'store' | 'noteComputed'>,
  ): Promise<PromptKv> {
    if (budget.policy === 'full') return { kv: new Map(), hits: new Set(), made: new Map() };
    await this.#fetch(plan);
    const noteComputed = (tokens: number, ms: number): void => this.store.noteComputed(tokens, ms);
    return promptKv(plan, { ...parts, store: this.store, noteComputed });
  }

  /** What an answer had to compute is stored when nothing else is to be done. */
  #storeLater(made: ReadonlyMap<string, EncodedKv>): void {
    for (const [key, kv] of made) {
      void this.#turns.take(PRIORITY.ingest, () => this.store.put(key, kv));
    }
  }

  async #fetch({ chunks }: PromptPlan): Promise<void> {
    const { runner } = this.#parts;
    await this.store.fetch(
      chunks.map(({ key, ids }) => ({ key, layout: kvLayout(runner, ids.length, this.#codec) })),
    );
  }

  /** What came from the shared tier is put on the disk when nothing else is to be done. */
  #writeFetched(): void {
    const write = (): Promise<boolean> =>
      this.#turns.take(PRIORITY.ingest, () => this.store.writeFetched());
    const all = async (): Promise<void> => {
      while (await write());
    };
    void all();
  }

  #plan(request: GenerateRequest): PromptPlan {
    const chunks = request.chunks
      .filter((chunk) => chunk.ids.length > 0)
      .map((chunk) => ({
        id: chunk.id,
        key: this.#key(chunk.ids, request.workspaceSalt),
        ids: chunk.ids,
        focus: focusOfTokens(this.#spans, chunk.ids, chunk.focus),
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

  /** A chunk without tokens has nothing to store, one longer than the model can never be used. */
  #isStorable({ ids }: ChunkTokens): boolean {
    return (
      ids.length > 0 && this.prefixTokens + ids.length <= this.#parts.runner.config.maxPositions
    );
  }

  async #storeMissing(chunks: readonly KeyedChunk[], isCancelled: () => boolean): Promise<void> {
    const turn = <T>(slice: () => T): Promise<T> =>
      this.#turns.take(PRIORITY.ingest, slice, isCancelled);
    const encoded = await turn(() => this.#encodeMissing(chunks, isCancelled));
    // Each write waits for the disk: more urgent work gets in between.
    for (const [key, kv] of encoded) await turn(() => this.store.put(key, kv));
  }

  /** By key, so that the same text twice in a batch is computed once. */
  #encodeMissing(
    chunks: readonly KeyedChunk[],
    isCancelled: () => boolean,
  ): Map<string, EncodedKv> {
    const { runner } = this.#parts;
    const encoded = new Map<string, EncodedKv>();
    if (!this.store.accepts) return encoded;
    const missing = new Map(
      chunks.filter(({ key }) => !this.store.has(key)).map(({ key, chunk }) => [key, chunk.ids]),
    );
    if (missing.size === 0) return encoded;
    const began = performance.now();
    const computed = computeChunks(runner, this.#prefix, [...missing.values()], isCancelled);
    const tokens = computed.reduce((sum, { count }) => sum + count, 0);
    this.store.noteComputed(tokens, performance.now() - began);
    [...missing.keys()].forEach((key, i) => {
      const kv = encodeKv(runner, computed[i]!, this.#codec);
      if (kv) encoded.set(key, kv);
    });
    return encoded;
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

function timings(watch: Watch): GenerateResult['timingsMs'] {
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
