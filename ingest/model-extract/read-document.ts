/**
 * One document read by a model, chunk by chunk. Every reply is kept under a key of its content before it is
 * used: a run that dies, or is asked for again, pays for nothing twice. A chunk that fails is asked once more,
 * alone; if it fails again, what the rules read of it stays, and the job tells so at its end.
 */

import { createHash } from 'node:crypto';
import { GraphblendError } from '../../engine/index.ts';
import type {
  Chunk,
  ChunkExtraction,
  CorpusStore,
  Schema,
  SchemaStore,
} from '../../graph/index.ts';
import type { Rejected } from '../schema/index.ts';
import { groundReply } from './ground.ts';
import { tripleRequest } from './prompt.ts';
import type { TripleModel, TripleRequest } from './types.ts';

/** Changes when prompts do. */
const PROMPT_VERSION = 1;
const TRIES = 2;
/** A chunk that takes longer than this is taken to be stuck. */
const CHUNK_TIMEOUT_MS = 300_000;
const MAX_LISTED = 1_000;

export class ChunksUnreadError extends GraphblendError {
  override name = 'ChunksUnreadError';
  readonly code = 'chunks_unread';

  constructor(failed: number, total: number, cause: unknown) {
    const reason = cause instanceof Error ? `; the first: ${cause.message}` : '';
    super(`The model could not read ${failed} of ${total} chunks${reason}`, {
      fix: 'Retry the job: only these chunks are asked for again. Until then they keep what the rules read.',
      cause,
    });
  }
}

export interface ReadDocumentParts {
  readonly corpus: CorpusStore;
  readonly schemas: SchemaStore;
  readonly model: TripleModel;
  readonly chunkTimeoutMs?: number;
}

export interface ReadDocumentRun {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** @throws ChunksUnreadError after all others were read; the signal's reason when aborted */
export async function readWithModel(
  workspaceId: string,
  documentId: string,
  parts: ReadDocumentParts,
  run: ReadDocumentRun,
): Promise<void> {
  const { corpus, schemas, model } = parts;
  const salt = corpus.workspace(workspaceId)!.salt;
  const schema = schemas.schema(workspaceId)?.schema;
  const chunks = corpus.chunks(workspaceId, corpus.chunkIds(workspaceId, documentId));
  const rules = new Map(corpus.extractionsOfDocument(documentId).map((one) => [one.chunkId, one]));
  const rejected: Rejected[] = [];
  const failures: unknown[] = [];
  let done = 0;
  run.onProgress(0, chunks.length);
  await inParallel(chunks, model.concurrency, run.signal, async (chunk, signal) => {
    const said = rules.get(chunk.id);
    try {
      rejected.push(...(await readChunk({ chunk, salt }, said, schema, documentId, parts, signal)));
    } catch (error) {
      signal.throwIfAborted();
      failures.push(error);
    }
    run.onProgress((done += 1), chunks.length);
  });
  const counts: Record<string, number> = {};
  for (const { reason } of rejected) counts[reason] = (counts[reason] ?? 0) + 1;
  schemas.putRejections(documentId, 'model', { counts, list: rejected.slice(0, MAX_LISTED) });
  if (failures.length > 0) throw new ChunksUnreadError(failures.length, chunks.length, failures[0]);
}

async function readChunk(
  { chunk, salt }: { readonly chunk: Chunk; readonly salt: string },
  rules: ChunkExtraction | undefined,
  schema: Schema | undefined,
  documentId: string,
  { schemas, model, chunkTimeoutMs = CHUNK_TIMEOUT_MS }: ReadDocumentParts,
  signal: AbortSignal,
): Promise<Rejected[]> {
  const asked = tripleRequest(chunk, schema);
  const key = replyKey(model, asked);
  const request = { ...asked, workspaceSalt: salt };
  for (let attempt = 1; ; attempt += 1) {
    const known = schemas.cachedReply(key);
    try {
      const timeout = AbortSignal.timeout(chunkTimeoutMs);
      const text = known ?? (await model.read(request, AbortSignal.any([signal, timeout]))).text;
      const grounded = groundReply(text, chunk, rules);
      if (grounded === undefined) throw new UnreadableReplyError();
      if (known === undefined) schemas.cacheReply(key, text);
      schemas.putModelReading(documentId, { chunkId: chunk.id, triples: grounded.triples });
      return grounded.rejected;
    } catch (error) {
      signal.throwIfAborted();
      if (attempt >= TRIES) throw error;
    }
  }
}

class UnreadableReplyError extends GraphblendError {
  override name = 'UnreadableReplyError';
  readonly code = 'reply_unreadable';

  constructor() {
    super('The reply of the model is not JSON of the form that was asked for', {
      fix: 'Use a model that follows a JSON schema.',
    });
  }
}

export function replyKey(model: TripleModel, request: TripleRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([PROMPT_VERSION, model.fingerprint, request]))
    .digest('hex');
}

/** The first error stops all lanes, and is thrown once they have ended. */
async function inParallel<T>(
  items: readonly T[],
  lanes: number,
  outer: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      signal.throwIfAborted();
      next += 1;
      await work(items[next - 1] as T, signal);
    }
  };
  const guarded = (): Promise<void> =>
    lane().catch((error: unknown) => {
      stop.abort(error);
    });
  await Promise.all(Array.from({ length: Math.max(1, lanes) }, guarded));
  outer.throwIfAborted();
  if (stop.signal.aborted) throw stop.signal.reason;
}
