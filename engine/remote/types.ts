import type { JsonSchema } from '../constrained/index.ts';
import type { ChatMessage } from '../types.ts';

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

/** A model behind an OpenAI-compatible server. */
export interface RemoteModel {
  readonly model: string;
  /** @throws RemoteModelError; the signal's reason when aborted */
  chat(request: ChatRequest): Promise<ChatReply>;
  /** The same, told piece by piece. A stream that breaks before its first piece is asked for again. */
  stream(request: ChatRequest, onText: (delta: string) => void): Promise<ChatReply>;
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
  /** Ids of the models; empty where the server does not list them. */
  models(signal?: AbortSignal): Promise<string[]>;
}
