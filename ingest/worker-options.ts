/** What the ingest thread is started with. */
import type { MessagePort } from 'node:worker_threads';
import type { Neo4jOptions } from '../graph/index.ts';
import type { EmbeddedTexts } from './graph-texts.ts';
import type { RemoteReaderOptions } from './model-extract/index.ts';
import type { ParseLimits } from './parse/index.ts';

export interface IngestThreadOptions {
  readonly home: string;
  readonly redisUrl: string | undefined;
  readonly neo4j?: Neo4jOptions;
  /** The reader's tokenizer is loaded here too: chunk lengths are counted in its tokens. */
  readonly readerFolder: string;
  /** Noted in the home once all vectors are made with it. */
  readonly embedderFolder: string;
  readonly concurrency: number;
  readonly limits: Partial<ParseLimits>;
  /** Reads documents when it is asked to; default: the engine's own reader. */
  readonly remoteReader?: RemoteReaderOptions;
  /** Default false; see `IngestParts`. */
  readonly embedSentences?: boolean;
  /** Default: nothing; see `IngestParts`. */
  readonly embedGraph?: EmbeddedTexts;
  /** Default true; otherwise KV is computed when a chunk is first used. */
  readonly precomputeKv?: boolean;
  /** From `EngineProcess.newPort`. */
  readonly enginePort: MessagePort;
}

export type IngestThreadMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'log'; readonly details: Record<string, unknown>; readonly message: string };
