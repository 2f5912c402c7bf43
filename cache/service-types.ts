/** What the engine does for the rest of the product. */
import type { OutputFormat, SampledToken, SamplingOptions, ServingStats } from '../engine/index.ts';
import type { FidelityReport } from './fidelity/fidelity.ts';
import type { FocusRange } from './focus.ts';
import type { KvStoreStats } from './kv-store.ts';
import type { PolicyName } from './policies/index.ts';
import type { PrefixCacheStats } from './prefix/prefix-cache.ts';
import type { StoredBehind, VariantStats } from './variants/variant-maker.ts';
import type { RibbonRun } from './prompt-plan.ts';

export interface EngineInfo {
  readonly reader: {
    readonly name: string;
    readonly parameters: number;
    readonly layers: number;
    readonly weights: string;
    /** Longest prompt and answer together, in tokens; `generate` throws `sequence_full` beyond. */
    readonly maxPositions: number;
    readonly fingerprint: string;
    readonly tokenizerFingerprint: string;
    /** Tokens in front of the first chunk. */
    readonly prefixTokens: number;
    /** Bytes of stored KV per token. */
    readonly kvBytesPerToken: number;
  };
  readonly embedder: EmbedderInfo;
  /** Makes vectors of questions for indices that the new embedder has not made anew yet. */
  readonly formerEmbedder?: EmbedderInfo;
  /** Reads question and passage together; absent if none is configured. */
  readonly reranker?: { readonly name: string; readonly fingerprint: string };
}

export interface EmbedderInfo {
  readonly name: string;
  readonly dimensions: number;
  readonly fingerprint: string;
}

export interface EngineStats extends KvStoreStats {
  readonly serving: ServingStats;
  /** Rows of earlier prompts. */
  readonly prefixes: PrefixCacheStats;
  /** Chunks stored behind others. */
  readonly variants: VariantStats & {
    /** Chunks that answers took from such KV. */
    readonly used: number;
  };
  readonly fidelity: FidelityReport;
}

export interface ChunkTokens {
  readonly id: string;
  readonly ids: Int32Array;
}

export interface PromptChunk extends ChunkTokens {
  readonly focus: readonly FocusRange[];
  /** Id of the chunk that led to this one in the graph. */
  readonly dependsOn?: string;
}

/** fast: little is recomputed; balanced: the default; exact: everything is. */
export type BlendMode = 'fast' | 'balanced' | 'exact';

export interface GenerateRequest {
  readonly workspaceSalt: string;
  readonly chunks: readonly PromptChunk[];
  readonly question: string;
  readonly mode: BlendMode;
  /** Overrides what the mode stands for; for benches and evaluation. */
  readonly budget?: { readonly policy: PolicyName; readonly share: number };
  readonly maxTokens: number;
  /** How tokens are chosen; default: the likeliest. */
  readonly sampling?: Partial<SamplingOptions>;
  /** How many of the likeliest tokens each `text` event tells; default: none. */
  readonly topLogprobs?: number;
  /** The answer ends before the first of these strings. */
  readonly stop?: readonly string[];
  /** Refused at once (`deadline_unreachable`) if the first token is expected later than this, in ms. Default: it may take any time. */
  readonly firstTokenWithinMs?: number;
  /** Holds the output to a form; it is complete, and valid, within `maxTokens`. */
  readonly format?: OutputFormat;
  /**
   * What was asked and answered before, and that this answer may be gone on from. The rows of the prompt and of the
   * answer are kept for that, at least so long if there is room; without it, nothing is kept of a blended answer.
   */
  readonly conversation?: { readonly turns: readonly SpokenTurn[]; readonly keepMs: number };
}

/** An earlier question with the passages it was answered from. */
export interface SpokenTurn {
  readonly chunks: readonly ChunkTokens[];
  readonly question: string;
  /** What was answered, the end token not included. */
  readonly answerIds: Int32Array;
}

export interface Reuse {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  /** Of these, rows of an earlier prompt that began alike, the system prefix not counted. */
  readonly keptTokens: number;
  readonly recomputedTokens: number;
  readonly freshTokens: number;
  readonly policy: PolicyName;
  readonly cacheHits: number;
  /** Chunks looked for and not found; none is looked for when the policy is `full`. */
  readonly cacheMisses: number;
}

export type GenerateEvent =
  | { readonly type: 'plan'; readonly reuse: Reuse; readonly ribbon: readonly RibbonRun[] }
  /** One a token; `delta` is empty while a character is incomplete, and for the end token. */
  | {
      readonly type: 'text';
      readonly delta: string;
      readonly logprob: number;
      /** The likeliest tokens in falling order, where they were asked for. */
      readonly top?: readonly SampledToken[];
    };

export interface GenerateResult {
  readonly text: string;
  readonly tokens: number;
  /** All that was generated, the end token included. */
  readonly tokenIds: readonly number[];
  /** Natural logarithms of the probability of each generated token, the end token included. */
  readonly logprobs: readonly number[];
  /** `length`: max tokens reached; `stop`: the model ended its answer. */
  readonly finish: 'stop' | 'length' | 'cancelled';
  readonly reuse: Reuse;
  readonly ribbon: readonly RibbonRun[];
  /** Chunks whose KV came from the cache. */
  readonly hitChunkIds: readonly string[];
  /** Chunks whose KV was looked for and not found. */
  readonly missedChunkIds: readonly string[];
  readonly timingsMs: {
    /** Planning the prompt, and waiting for turns before the first token. */
    readonly queue: number;
    readonly kvLoad: number;
    readonly selection: number;
    readonly recompute: number;
    readonly sample: number;
    /** Sum of the parts above. */
    readonly firstToken: number;
    readonly total: number;
  };
}

export interface PrecomputeRequest {
  readonly workspaceSalt: string;
  readonly chunks: readonly StorableChunk[];
}

export interface StorableChunk extends ChunkTokens {
  /** What the graph expects of it before any use: 0 nothing, 1 as much as one use. Default 0. */
  readonly prior?: number;
}

/** Sent after every batch. */
export interface PrecomputeEvent {
  readonly done: number;
}

export interface PrecomputeResult {
  /** Chunk id -> key under which its KV is stored. Chunks that could not be stored are absent. */
  readonly keys: ReadonlyMap<string, string>;
}

export interface PrefetchRequest {
  readonly workspaceSalt: string;
  /** The likeliest first. */
  readonly chunks: readonly ChunkTokens[];
  /** Bound on the memory that it fills. */
  readonly maxBytes: number;
}

export interface PrefetchResult {
  /** Chunks that were read into RAM; the others lay there already, or nowhere. */
  readonly chunks: number;
}

export interface RerankRequest {
  readonly question: string;
  /** The likeliest first. */
  readonly texts: readonly string[];
  /** No further texts are begun after this time; at least one slice is scored. */
  readonly budgetMs: number;
}

export type EmbedKind = 'query' | 'passage';

/**
 * The engine's process as seen by others. Every call can be cancelled by its signal (`CancelledError`). Other errors
 * keep the `code` and `fix` they had there; `engine_restarting` means that the process has ended and is coming back,
 * `engine_error` that it has a fault or was closed.
 */
export interface EngineClient {
  readonly info: EngineInfo;
  /** Unit vectors, one a text, of the embedder in use or of the one with this fingerprint. */
  embed(
    texts: readonly string[],
    kind: EmbedKind,
    signal?: AbortSignal,
    fingerprint?: string,
  ): Promise<Float32Array[]>;
  /** Scores of the first texts, as many as the time allows, higher is better; present where `info.reranker` is. */
  rerank?(request: RerankRequest, signal?: AbortSignal): Promise<number[]>;
  generate(
    request: GenerateRequest,
    options?: { signal?: AbortSignal; onEvent?: (event: GenerateEvent) => void },
  ): Promise<GenerateResult>;
  /** Computes and stores what is not stored yet. */
  precompute(
    request: PrecomputeRequest,
    options?: { signal?: AbortSignal; onEvent?: (event: PrecomputeEvent) => void },
  ): Promise<PrecomputeResult>;
  /**
   * Tells of a prompt that was answered: where chunks stand before each other again and again, they are stored so, if it
   * gains enough. Returns what was stored. Nothing is done where variants are off.
   */
  storeBehind(request: GenerateRequest, signal?: AbortSignal): Promise<StoredBehind[]>;
  /** Reads stored KV into RAM for an answer that is about to be asked for; a cancel ends it early, without an error. */
  prefetch(request: PrefetchRequest, signal?: AbortSignal): Promise<PrefetchResult>;
  /** Reader tokens of each text alone; for chunks that were not tokenised at ingest by this tokenizer. */
  tokenize(texts: readonly string[]): Promise<Int32Array[]>;
  deleteKv(keys: readonly string[]): Promise<void>;
  /**
   * Keeps stored KV from being evicted until then (milliseconds since the epoch), or gives it free again (0). Returns
   * how many are pinned: neither what is not stored, nor what goes beyond half of the disk's budget.
   */
  pinKv(keys: readonly string[], until: number): Promise<number>;
  kvKeys(): Promise<string[]>;
  kvStats(): Promise<EngineStats>;
}
