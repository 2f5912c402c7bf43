import type { JsonSchema } from '../../engine/index.ts';

export interface TripleRequest {
  readonly system: string;
  readonly user: string;
  readonly schema: JsonSchema;
  readonly maxTokens: number;
  /** Of the workspace whose text it is: what the engine keeps of it serves no other; default: one of this process. */
  readonly workspaceSalt?: string;
}

export interface TripleReply {
  /** JSON of the form that was asked for, unless the model failed at it. */
  readonly text: string;
}

/** Port of a model that reads facts from text, embedded or remote. */
export interface TripleModel {
  readonly name: string;
  /** What its replies depend on; part of the cache key. */
  readonly fingerprint: string;
  /** Requests that may run at a time. */
  readonly concurrency: number;
  /** US dollars per million tokens; undefined: nobody said. Zero for a model on this machine. */
  readonly price: { readonly input: number; readonly output: number } | undefined;
  /** Tokens it writes per second, roughly; undefined: unknown. */
  readonly tokensPerSecond: number | undefined;
  read(request: TripleRequest, signal: AbortSignal): Promise<TripleReply>;
}

/** How to reach a remote model. Plain data: it is handed to the ingest thread. */
export interface RemoteReaderOptions {
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly model: string;
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly requestsPerMinute: number | undefined;
  readonly tokensPerMinute: number | undefined;
  readonly price: { readonly input: number; readonly output: number } | undefined;
}
