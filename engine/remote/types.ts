import type { JsonSchema } from '../constrained/index.ts';
import type { ChatMessage, SamplingOptions } from '../types.ts';

export interface RemoteModelOptions {
  /** Up to and with the version, e.g. `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly model: string;
  /** Silence after which a request is given up; a stream is silent between two pieces. Default 60 s. */
  readonly timeoutMs?: number;
  /** Tries of one request in all, the first included. Default 4. */
  readonly attempts?: number;
  /** Requests and tokens a minute that may be begun; undefined: no limit. */
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  /** Injected in tests. */
  readonly clock?: RemoteClock;
  /** Uniform in [0, 1), for the jitter of waits. */
  readonly random?: () => number;
}

export interface RemoteClock {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly maxTokens: number;
  /** Default 0. */
  readonly temperature?: number;
  /** The answer has to be JSON of this form; servers that do not know how are asked without it. */
  readonly schema?: { readonly name: string; readonly schema: JsonSchema };
  readonly signal?: AbortSignal;
}

export interface ChatReply {
  readonly text: string;
  /** `length`: cut at `maxTokens`. */
  readonly finish: 'stop' | 'length' | 'unknown';
  /** As the server counts them; undefined if it does not say. */
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number } | undefined;
}

/** A prompt of token ids, which the server takes as they are: no template, nothing put in front. */
export interface CompletionRequest {
  readonly promptIds: Int32Array;
  readonly maxTokens: number;
  /** Default: the likeliest token. */
  readonly sampling?: Partial<SamplingOptions>;
  readonly stop?: readonly string[];
  /** Fields that only the server in question knows. */
  readonly serverFields?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
}

export interface CompletionPiece {
  readonly text: string;
  /** Natural logarithms, one a token of the piece; undefined where the server tells none. */
  readonly logprobs: readonly number[] | undefined;
}

export interface CompletionReply extends ChatReply {
  /** Tokens of the prompt that the server had in its cache, where it says so. */
  readonly cachedTokens: number | undefined;
}

/** A model behind an OpenAI-compatible server. */
export interface RemoteModel {
  readonly model: string;
  /** @throws RemoteModelError; the signal's reason when aborted */
  chat(request: ChatRequest): Promise<ChatReply>;
  /** The same, told piece by piece. A stream that breaks before its first piece is asked for again. */
  stream(request: ChatRequest, onText: (delta: string) => void): Promise<ChatReply>;
  /** Goes on from token ids (`/completions`), told piece by piece as `stream` is. */
  complete(
    request: CompletionRequest,
    onPiece: (piece: CompletionPiece) => void,
  ): Promise<CompletionReply>;
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
  /** Ids of the models; empty where the server does not list them. */
  models(signal?: AbortSignal): Promise<string[]>;
}
