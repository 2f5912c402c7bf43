/**
 * The contracts of the model runtime. Everything here runs inside one thread (the engine worker);
 * `session.run` of onnxruntime-node blocks it, so nothing of this is called on the API's thread.
 *
 * One mechanism serves prefill, packed prefill, decode and scattered recomputation: a step is a list
 * of rows (tokens of one or several sequences), each with its true position.
 */

/** How the queries and keys of some layers turn with their position (rotary position embedding). */
export interface RopeSettings {
  /** Radians per position of each pair of components; the pairs are the first 2n components of a head, the rest passes. */
  readonly frequencies: readonly number[];
  /** Multiplies cosines and sines (YaRN and LongRoPE make attention sharper by it); 1 for plain RoPE. */
  readonly amplitude: number;
}

/** What sets the attention of one layer apart. */
export interface LayerAttention {
  /** Index into `ropes`; undefined for a layer without positions (NoPE). */
  readonly rope: number | undefined;
  /** A row sees this many positions, its own included; undefined: all before it. */
  readonly window: number | undefined;
}

/** Numbers that describe a Llama-like decoder, read from `config.json`. */
export interface DecoderConfig {
  readonly modelType: string;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly ffnSize: number;
  readonly vocabSize: number;
  /** Longest sequence in tokens that the checkpoint was made for. */
  readonly maxPositions: number;
  readonly ropes: readonly RopeSettings[];
  /** One per layer. */
  readonly attention: readonly LayerAttention[];
  /** Scores are multiplied by it; 1 / sqrt(headDim) in most families. */
  readonly attentionScale: number;
  /** Scores x become cap * tanh(x / cap). */
  readonly attentionSoftCap: number | undefined;
  readonly logitSoftCap: number | undefined;
  /** Token embeddings are multiplied by it. */
  readonly embeddingScale: number;
  readonly rmsNormEps: number;
  readonly tiedEmbeddings: boolean;
  readonly bosId: number | undefined;
  readonly eosIds: readonly number[];
}

/** Weight kinds of the linear layers; see docs/decisions for their measured speed and error. */
export const WEIGHT_KINDS = ['fp32', 'int8-row', 'int8-block', 'int4-block'] as const;
export type WeightKind = (typeof WEIGHT_KINDS)[number];

/**
 * Key/value rows of one sequence, all layers, in memory.
 * Layer l: `keys[l]` and `values[l]` are Float32Array of shape [kvHeads][capacity][headDim]; keys are
 * stored AFTER RoPE at their true position.
 */
export interface SequenceKv {
  readonly capacity: number;
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
  /** Positions that no row may look at (their rows were evicted), ascending. */
  readonly hidden: Int32Array;
  hide(positions: Int32Array): void;
  /** Called by a step for the rows it writes in all layers. */
  show(positions: Int32Array): void;
  /** Gives the memory back to the arena; the object must not be used afterwards. */
  release(): void;
}

/** Rows of one sequence that take part in a step. */
export interface SequenceRows {
  readonly sequence: SequenceKv;
  /** Token ids, one per row. */
  readonly tokens: Int32Array;
  /** True positions, strictly ascending, one per row. Each row attends to every position <= its own that is not hidden. */
  readonly positions: Int32Array;
  /** Which rows need logits. */
  readonly logits: 'none' | 'last' | 'all';
}

export interface LayerRows {
  readonly layer: number;
  /** Index into the step's list of sequences. */
  readonly sequenceIndex: number;
  /** Index of the first of these rows among those that were handed in together; a scheduler cuts long lists. */
  readonly firstRow: number;
  /** Queries after RoPE, [rows][heads * headDim]. Valid only during the call. */
  readonly q: Float32Array;
  /** Keys BEFORE RoPE, [rows][kvHeads * headDim]. Valid only during the call. */
  readonly k: Float32Array;
  /** Values, [rows][kvHeads * headDim]. Valid only during the call. */
  readonly v: Float32Array;
}

export interface StepOptions {
  /** Called once per layer and sequence, before attention of that layer. */
  readonly onLayer?: (rows: LayerRows) => void;
  /** Run only layers [0, stopAfterLayer); no logits are made. */
  readonly stopAfterLayer?: number;
  /** Asked at every layer border; true throws `CancelledError`. */
  readonly isCancelled?: () => boolean;
}

export interface StepResult {
  /** Per sequence: logits of the wanted rows, [wanted rows][vocabSize]; empty for 'none'. */
  readonly logits: readonly Float32Array[];
}

/** A step under way. It holds buffers until it has come to its end, thrown, or was abandoned. */
export interface StepRun {
  /** The layer whose keys and values `advance` reads and writes next; -1 before the first call. */
  readonly layer: number;
  /** Runs to the next layer border; true once the step is done. Throws as `step` does. */
  advance(): boolean;
  /** Takes a sequence out, by its index in the list: from now on its memory is not touched, and it has no logits. */
  drop(index: number): void;
  abandon(): void;
  /** Of a step that is done. */
  readonly result: StepResult;
}

/** A loaded decoder. Synchronous; lives in the engine worker. */
export interface DecoderRunner {
  readonly config: DecoderConfig;
  /** sha256 (hex) over everything that changes the numbers: config, weights, weight kind, layout version. */
  readonly fingerprint: string;
  newSequence(capacity: number): SequenceKv;
  /** Runs all rows through the layers and writes their keys and values into their sequences. */
  step(rows: readonly SequenceRows[], options?: StepOptions): StepResult;
  /** As `step`, but layer by layer; several runs may be under way at once, on different sequences. */
  begin(rows: readonly SequenceRows[], options?: StepOptions): StepRun;
  /**
   * Writes cached rows into a sequence: keys come before RoPE and are rotated to
   * `position .. position + count - 1`. Shapes of `keys`, `values`: [kvHeads][count][headDim].
   */
  placeKv(
    sequence: SequenceKv,
    layer: number,
    position: number,
    count: number,
    keys: Float32Array,
    values: Float32Array,
  ): void;
  /** As `placeKv`, for rows that are stored as halves: sooner than to make floats of them first. */
  placeHalves(sequence: SequenceKv, layer: number, rows: HalfRows): void;
  /**
   * What `q` [rows, heads * headDim] (after RoPE) pays in attention to each of the first `span` positions at `layer`,
   * summed over rows and heads. All of them count, also those a window or `hidden` would hide.
   */
  attentionMass(sequence: SequenceKv, layer: number, q: Float32Array, span: number): Float32Array;
  close(): void;
}

/** Consecutive rows of one layer, as halves: keys before RoPE and values, each [kvHeads][count][headDim]. */
export interface HalfRows {
  readonly position: number;
  readonly count: number;
  readonly keys: Uint16Array;
  readonly values: Uint16Array;
}

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** Text <-> token ids, and the checkpoint's chat template. Pure JavaScript: usable on any thread. */
export interface Tokenizer {
  /** sha256 (hex) of tokenizer.json and the chat template. */
  readonly fingerprint: string;
  readonly vocabSize: number;
  /** Ids of `text` alone; special tokens written in `text` are recognised only if `special` is true. */
  encode(text: string, options?: { special?: boolean }): number[];
  decode(ids: readonly number[]): string;
  /** Number of tokens of `text`. */
  count(text: string): number;
  /** The rendered chat template as text. Throws `ChatTemplateError` if the checkpoint has none. */
  renderChat(messages: readonly ChatMessage[], options: { addGenerationPrompt: boolean }): string;
  /**
   * The bytes of each token by id, undefined for special ones; undefined as a whole where tokens do not
   * concatenate to the text. What constrained decoding needs.
   */
  tokenBytes?(): readonly (Uint8Array | undefined)[] | undefined;
  /** Turns ids into text piece by piece, never splitting a character. */
  stream(): { push(id: number): string; end(): string };
}

/** Which prompt of the checkpoint is put before a text; `plain` is what sentence-transformers' `encode` does. */
export type EmbedKind = 'query' | 'passage' | 'plain';

export interface EmbedderRunner {
  readonly fingerprint: string;
  readonly dimensions: number;
  readonly maxTokens: number;
  /** Unit-length embeddings, one Float32Array [dimensions] per text. Longer texts are truncated. */
  embed(texts: readonly string[], kind: EmbedKind, isCancelled?: () => boolean): Float32Array[];
  close(): void;
}

export interface CrossEncoderRunner {
  readonly fingerprint: string;
  /** Question and passage together, special tokens included. */
  readonly maxTokens: number;
  /** One logit a passage, higher is better; longer passages are truncated, the question is not. */
  score(question: string, passages: readonly string[], isCancelled?: () => boolean): number[];
  close(): void;
}

export interface SamplingOptions {
  /** 0 is greedy. */
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  /** Tokens less likely than this share of the likeliest one are left out; 0 leaves out none. */
  readonly minP: number;
  readonly seed: number;
  readonly repetitionPenalty: number;
}
