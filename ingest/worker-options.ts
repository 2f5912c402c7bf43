/** What the ingest thread is started with. */
import type { MessagePort } from 'node:worker_threads';
import type { ParseLimits } from './parse/index.ts';

export interface IngestThreadOptions {
  readonly home: string;
  readonly redisUrl: string | undefined;
  /** The reader's tokenizer is loaded here too: chunk lengths are counted in its tokens. */
  readonly readerFolder: string;
  readonly concurrency: number;
  readonly limits: Partial<ParseLimits>;
  /** From `EngineThread.newPort`. */
  readonly enginePort: MessagePort;
}

export type IngestThreadMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'log'; readonly details: Record<string, unknown>; readonly message: string };
