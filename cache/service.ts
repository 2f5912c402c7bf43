/** What the engine's process holds: a reader with its chunk cache, and an embedder. Each topic has a file in service/. */
import {
  Scheduler,
  type CrossEncoderRunner,
  type DecoderRunner,
  type EmbedderRunner,
  type ServingLimits,
  type Tokenizer,
} from '../engine/index.ts';
import { bytesPerToken, computePrefix, type RawKv } from './chunk-encoder.ts';
import { kvCodec, type KvCodec, type KvCodecName } from './codecs/index.ts';
import type { FidelityOptions } from './fidelity/control.ts';
import { Fidelity } from './fidelity/fidelity.ts';
import type { SelfTest } from './fidelity/self-test.ts';
import type { KvStore } from './kv-store.ts';
import { PrefixCache } from './prefix/prefix-cache.ts';
import { promptTemplate, type PromptTemplate } from './prompt.ts';
import type { CallContext } from './rpc/server.ts';
import { Answering } from './service/answering.ts';
import { embedInTurns, rerankInTurns } from './service/embedding.ts';
import { OutputForms } from './service/forms.ts';
import { VariantMaker, type StoredBehind } from './variants/variant-maker.ts';
import { KeptPrompts } from './service/kept-prompts.ts';
import { ChunkStoring } from './service/storing.ts';
import type {
  EmbedKind,
  EngineStats,
  GenerateRequest,
  GenerateResult,
  PrecomputeRequest,
  PrecomputeResult,
  PrefetchRequest,
  PrefetchResult,
  RerankRequest,
} from './service-types.ts';

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
  /** Memory for rows of earlier prompts. Default: none are kept. */
  readonly prefixBytes?: number;
  /** Whether chunks are stored behind others too. Default false. */
  readonly variants?: boolean;
  readonly limits?: Partial<ServingLimits>;
}

const NO_SAMPLES: FidelityOptions = { sampled: 0, wanted: 0, random: () => 1 };

export class EngineService {
  readonly #parts: EngineServiceParts;
  readonly #codec: KvCodec;
  readonly #template: PromptTemplate;
  readonly #prefix: RawKv;
  readonly #serving: Scheduler;
  readonly #fidelity: Fidelity;
  readonly #storing: ChunkStoring;
  readonly #answering: Answering;
  readonly #prefixes: PrefixCache;

  constructor(parts: EngineServiceParts) {
    this.#parts = parts;
    const { runner, tokenizer, store } = parts;
    this.#serving = new Scheduler({ runner, limits: parts.limits });
    this.#codec = kvCodec(parts.codec);
    this.#template = promptTemplate(tokenizer);
    this.#prefix = computePrefix(runner, this.#template.prefixIds);
    this.#fidelity = new Fidelity(runner, this.#serving, parts.fidelity ?? NO_SAMPLES);
    const shared = { runner, tokenizer, store, codec: this.#codec, serving: this.#serving };
    const { prefixIds } = this.#template;
    this.#storing = new ChunkStoring({ ...shared, prefixIds, prefix: this.#prefix });
    const { config } = runner;
    this.#prefixes = new PrefixCache({ budgetBytes: parts.prefixBytes ?? 0, config });
    this.#answering = new Answering({
      ...shared,
      template: this.#template,
      prefix: this.#prefix,
      fidelity: this.#fidelity,
      storing: this.#storing,
      forms: new OutputForms(runner, tokenizer),
      kept: new KeptPrompts(this.#prefixes),
      variants: parts.variants ? new VariantMaker({ ...shared, prefix: this.#prefix }) : undefined,
    });
  }

  /** From now on, a model that fails is answered with by full prefill only. */
  selfTest(): Promise<SelfTest> {
    const { runner, tokenizer } = this.#parts;
    const [codec, prefix] = [this.#codec, this.#prefix];
    return this.#fidelity.test({ runner, tokenizer, codec, prefix, template: this.#template });
  }

  stats(): EngineStats {
    const prefixes = this.#prefixes.stats();
    return {
      ...this.store.stats(),
      serving: this.#serving.stats(),
      prefixes,
      variants: this.#answering.variantStats(),
      fidelity: this.#fidelity.report(),
    };
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

  embed(
    texts: readonly string[],
    kind: EmbedKind,
    { isCancelled }: CallContext,
    fingerprint?: string,
  ): Promise<Float32Array[]> {
    const { embedder, formerEmbedder } = this.#parts;
    const isFormer = fingerprint !== undefined && fingerprint === formerEmbedder?.fingerprint;
    const runner = isFormer ? formerEmbedder : embedder;
    return embedInTurns(runner, texts, kind, this.#serving, isCancelled);
  }

  async rerank(request: RerankRequest, { isCancelled }: CallContext): Promise<number[]> {
    const { reranker } = this.#parts;
    return reranker ? rerankInTurns(reranker, request, this.#serving, isCancelled) : [];
  }

  precompute(request: PrecomputeRequest, call: CallContext): Promise<PrecomputeResult> {
    return this.#storing.precompute(request, call);
  }

  prefetch(request: PrefetchRequest, call: CallContext): Promise<PrefetchResult> {
    return this.#storing.prefetch(request, call);
  }

  /** Throws PromptTooLongError, and CancelledError before the first token; later the text so far is kept. */
  generate(request: GenerateRequest, call: CallContext): Promise<GenerateResult> {
    return this.#answering.generate(request, call);
  }

  tokenize(texts: readonly string[]): Int32Array[] {
    return texts.map((text) => Int32Array.from(this.#parts.tokenizer.encode(text)));
  }

  storeBehind(request: GenerateRequest, call: CallContext): Promise<StoredBehind[]> {
    return this.#answering.storeBehind(request, call);
  }

  pinKv(keys: readonly string[], until: number): number {
    if (until > 0) return this.store.pin(keys, until);
    this.store.unpin(keys);
    return 0;
  }

  deleteKv(keys: readonly string[]): void {
    this.store.delete(keys);
    this.#prefixes.forget(keys);
  }
}
