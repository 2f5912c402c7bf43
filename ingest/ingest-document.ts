/**
 * Document -> chunks -> embeddings and triples -> one commit -> graph -> KV.
 *
 * Everything before `publish` only reads; `publish` is one transaction; everything behind it can be repeated
 * without harm. So a run may die anywhere, and the next run ends in the same state.
 */
import type { EngineClient } from '../cache/index.ts';
import type { Tokenizer } from '../engine/index.ts';
import {
  chunkPromptText,
  type Chunk,
  type CorpusStore,
  type DocumentRecord,
  type GraphStore,
  type ParsedDocument,
} from '../graph/index.ts';
import type { BlobStore } from './blobs.ts';
import { chunkDocument } from './chunk/index.ts';
import { extractInTurns } from './extract/index.ts';
import type { JobRun } from './job-run.ts';
import { parseInChild, type ParseLimits } from './parse/index.ts';
import { recordKv } from './record-kv.ts';

export interface IngestParts {
  readonly corpus: CorpusStore;
  readonly graph: GraphStore;
  readonly blobs: BlobStore;
  readonly engine: EngineClient;
  readonly tokenizer: Tokenizer;
  readonly limits: Partial<ParseLimits>;
}

/** Chunks handed to the engine at a time: progress and cancellation are that fine. */
const BATCH = 16;

export async function ingestDocument(
  run: JobRun,
  document: DocumentRecord,
  parts: IngestParts,
): Promise<void> {
  const parsed = await parse(run, document, parts);
  const chunks = chunk(run, document, parsed, parts);
  const known = new Set(parts.corpus.chunkIds(document.workspaceId, document.id));
  const fresh = chunks.filter((each) => !known.has(each.id));
  const vectors = await embed(run, fresh, parts);
  run.at('extract', 0, 1);
  const { extractions } = await extractInTurns(
    { parsed, chunks },
    { signal: run.signal, onProgress: (done, total) => run.at('extract', done, total) },
  );
  run.at('index', 0, 2);
  const published = parts.corpus.publish(
    {
      documentId: document.id,
      version: document.version,
      parsed,
      chunks,
      tokens: tokensOf(fresh, parts.tokenizer),
      vectors,
      extractions,
      tokenizerFingerprint: parts.tokenizer.fingerprint,
      embedderFingerprint: parts.engine.info.embedder.fingerprint,
    },
    run.runToken,
  );
  run.at('index', 1, 2);
  await syncGraph(document.workspaceId, document.id, document.version, parts);
  await parts.engine.deleteKv(published.obsoleteKvKeys);
  removeBlobs(published.obsoleteBlobs, parts);
  await precompute(run, document, parts);
  run.at('done', 1, 1);
}

/** Writes what the published version says into the graph; repeatable. */
export async function syncGraph(
  workspaceId: string,
  documentId: string,
  version: number,
  parts: Pick<IngestParts, 'corpus' | 'graph'>,
): Promise<void> {
  const extractions = parts.corpus.extractionsOfDocument(documentId);
  await parts.graph.replaceDocument(workspaceId, documentId, extractions);
  parts.corpus.markGraphSynced(documentId, version);
}

/**
 * The same bytes may have been handed in again since: what is needed now stays. The write lock is held
 * until the files are gone, so that nobody records a document on bytes that are about to go.
 */
export function removeBlobs(
  hashes: readonly string[],
  { corpus, blobs }: Pick<IngestParts, 'corpus' | 'blobs'>,
): void {
  if (hashes.length === 0) return;
  corpus.atomically(() => {
    const needed = new Set(corpus.blobHashes());
    blobs.remove(hashes.filter((hash) => !needed.has(hash)));
  });
}

function parse(
  run: JobRun,
  document: DocumentRecord,
  { blobs, limits }: IngestParts,
): Promise<ParsedDocument> {
  run.at('parse', 0, 1);
  const request = {
    path: blobs.path(document.contentHash),
    name: document.name,
    mediaType: document.mediaType,
  };
  return parseInChild(request, limits, run.signal);
}

function chunk(
  run: JobRun,
  document: DocumentRecord,
  parsed: ParsedDocument,
  { corpus, tokenizer }: IngestParts,
): Chunk[] {
  run.at('chunk', 0, 1);
  const workspace = corpus.workspace(document.workspaceId)!;
  return chunkDocument({
    workspaceId: workspace.id,
    documentId: document.id,
    parsed,
    countTokens: (text) => tokenizer.count(text),
    chunkTokens: workspace.settings.chunkTokens,
  });
}

async function embed(
  run: JobRun,
  chunks: readonly Chunk[],
  { engine }: IngestParts,
): Promise<Map<string, Float32Array>> {
  const vectors = new Map<string, Float32Array>();
  run.at('embed', 0, chunks.length);
  for (let i = 0; i < chunks.length; i += BATCH) {
    const batch = chunks.slice(i, i + BATCH);
    const texts = batch.map((each) => chunkPromptText(each));
    const embedded = await engine.embed(texts, 'passage', run.signal);
    batch.forEach((each, j) => vectors.set(each.id, embedded[j]!));
    run.at('embed', vectors.size, chunks.length);
  }
  return vectors;
}

function tokensOf(chunks: readonly Chunk[], tokenizer: Tokenizer): Map<string, Int32Array> {
  return new Map(
    chunks.map((each) => [each.id, Int32Array.from(tokenizer.encode(chunkPromptText(each)))]),
  );
}

async function precompute(
  run: JobRun,
  document: DocumentRecord,
  parts: IngestParts,
): Promise<void> {
  const { corpus, engine } = parts;
  const workspace = corpus.workspace(document.workspaceId)!;
  const ids = corpus.chunkIds(workspace.id, document.id);
  run.at('kv', 0, ids.length);
  for (let i = 0; i < ids.length; i += BATCH) {
    const tokens = corpus.chunkTokens(
      workspace.id,
      ids.slice(i, i + BATCH),
      parts.tokenizer.fingerprint,
    );
    const chunks = [...tokens].map(([id, tokenIds]) => ({ id, ids: tokenIds }));
    const request = { workspaceSalt: workspace.salt, chunks };
    const { keys } = await engine.precompute(request, { signal: run.signal });
    await recordKv(workspace.id, keys, parts);
    run.at('kv', Math.min(i + BATCH, ids.length), ids.length);
  }
}
