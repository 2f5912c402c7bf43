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
  graphFormatOf,
  type Chunk,
  type ChunkExtraction,
  type CorpusStore,
  type DocumentRecord,
  type GraphStore,
  type GraphTextStore,
  type ParsedDocument,
  type SchemaStore,
  type SentenceVectors,
  type TitleStore,
} from '../graph/index.ts';
import type { BlobStore } from './blobs.ts';
import { chunkDocument } from './chunk/index.ts';
import { chunkPriors } from './chunk-prior.ts';
import { extractInTurns } from './extract/index.ts';
import { readGraphDocument, type GraphDocument } from './graph-file.ts';
import { embedTextsOfDocument, type EmbeddedTexts } from './graph-texts.ts';
import type { JobRun } from './job-run.ts';
import type { TripleModel } from './model-extract/index.ts';
import { whenGraphAnswers } from './outlast-graph.ts';
import { parseInChild, type ParseLimits } from './parse/index.ts';
import { KEPT_FOR_GOOD } from './pin-document.ts';
import { recordKv } from './record-kv.ts';
import { sentencesOf } from './sentences.ts';
import { withValidTimes } from './time/index.ts';
import { syncTitles } from './titles/index.ts';

export interface IngestParts {
  readonly corpus: CorpusStore;
  readonly graph: GraphStore;
  readonly schemas?: SchemaStore;
  /** Documents that name another one by its title follow its coming and going; default: they do not. */
  readonly titles?: TitleStore;
  /** Reads documents when it is asked to. */
  readonly tripleModel?: TripleModel;
  readonly blobs: BlobStore;
  /** What a change of the embedder renews beside the vectors of chunks. */
  readonly sentences?: SentenceVectors;
  readonly engine: EngineClient;
  readonly tokenizer: Tokenizer;
  readonly limits: Partial<ParseLimits>;
  /** Whether sentences are embedded too: about as much work again as embedding chunks. Default false. */
  readonly embedSentences?: boolean;
  /** What of the graph is embedded too, and where it is kept. Default: nothing. */
  readonly embedGraph?: EmbeddedTexts;
  readonly graphTexts?: GraphTextStore;
  /** Whether KV is computed now; otherwise when a chunk is first used. Default true. */
  readonly precomputeKv?: boolean;
}

/** Chunks handed to the engine at a time: progress and cancellation are that fine. */
const BATCH = 16;

export async function ingestDocument(
  run: JobRun,
  document: DocumentRecord,
  parts: IngestParts,
): Promise<void> {
  const graph = await graphOf(run, document, parts);
  const parsed = graph?.parsed ?? (await parse(run, document, parts));
  const encode = encodeOnce(parts.tokenizer);
  const chunks = chunk(run, document, parsed, encode, parts);
  const known = new Set(parts.corpus.chunkIds(document.workspaceId, document.id));
  const fresh = chunks.filter((each) => !known.has(each.id));
  // The engine has a thread of its own: it embeds while this one reads.
  const embedding = embed(run, fresh, parts);
  const [{ vectors, sentences }, extractions] = await Promise.all([
    embedding,
    graph?.extractionsOf(chunks) ?? extract(run, parsed, chunks, parts, isDone(embedding)),
  ]);
  run.at('index', 0, 2);
  const published = parts.corpus.publish(
    {
      documentId: document.id,
      version: document.version,
      parsed,
      chunks,
      tokens: tokensOf(fresh, encode),
      vectors,
      sentences,
      extractions,
      tokenizerFingerprint: parts.tokenizer.fingerprint,
      embedderFingerprint: parts.engine.info.embedder.fingerprint,
    },
    run.runToken,
  );
  run.at('index', 1, 2);
  await whenGraphAnswers(run, () =>
    syncGraph(document.workspaceId, document.id, document.version, parts),
  );
  await followTitles(run, document.workspaceId, parts);
  await embedTextsOfDocument(document.workspaceId, document.id, parts, run.signal);
  await parts.engine.deleteKv(published.obsoleteKvKeys);
  removeBlobs(published.obsoleteBlobs, parts);
  if (parts.precomputeKv ?? true) await precompute(run, document, parts);
  run.at('done', 1, 1);
}

/** Has the documents written again that name a title which came or went with this job. */
export async function followTitles(
  run: JobRun,
  workspaceId: string,
  { corpus, graph, titles }: IngestParts,
): Promise<void> {
  if (!titles) return;
  await whenGraphAnswers(run, () => syncTitles(workspaceId, { corpus, graph, titles }, run.signal));
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
  corpus.sync(); // what needs them no longer must not come back
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
  encode: Encode,
  { corpus }: IngestParts,
): Chunk[] {
  run.at('chunk', 0, 1);
  const workspace = corpus.workspace(document.workspaceId)!;
  return chunkDocument({
    workspaceId: workspace.id,
    documentId: document.id,
    parsed,
    countTokens: (text) => encode(text).length,
    chunkTokens: workspace.settings.chunkTokens,
    earlier: corpus.chunks(workspace.id, corpus.chunkIds(workspace.id, document.id)),
  });
}

/** A document that is a graph file says what stands in it: nothing is read out of its words. */
async function graphOf(
  run: JobRun,
  { mediaType, contentHash, name }: DocumentRecord,
  { blobs }: IngestParts,
): Promise<GraphDocument | undefined> {
  const format = graphFormatOf(mediaType);
  if (!format) return undefined;
  run.at('parse', 0, 1);
  return readGraphDocument(blobs.path(contentHash), format, name);
}

async function extract(
  run: JobRun,
  parsed: ParsedDocument,
  chunks: readonly Chunk[],
  { schemas }: IngestParts,
  isEmbedded: () => boolean,
): Promise<readonly ChunkExtraction[]> {
  const { extractions, rejected, rejections } = await extractInTurns(
    { parsed, chunks },
    {
      signal: run.signal,
      // One after the other, as stages are shown.
      onProgress: (done, total) => isEmbedded() && run.at('extract', done, total),
    },
  );
  // Replaced by the next run if this one dies before it publishes.
  schemas?.putRejections(run.job.documentId, 'extraction', { counts: rejected, list: rejections });
  return withValidTimes(parsed.text, extractions);
}

function isDone(work: Promise<unknown>): () => boolean {
  let done = false;
  const settle = (): void => void (done = true);
  work.then(settle, settle);
  return () => done;
}

async function embed(
  run: JobRun,
  chunks: readonly Chunk[],
  { engine, embedSentences }: IngestParts,
): Promise<{ vectors: Map<string, Float32Array>; sentences: Map<string, Float32Array[]> }> {
  const vectors = new Map<string, Float32Array>();
  const sentences = new Map<string, Float32Array[]>();
  run.at('embed', 0, chunks.length);
  for (let i = 0; i < chunks.length; i += BATCH) {
    const batch = chunks.slice(i, i + BATCH);
    const texts = batch.map((each) => chunkPromptText(each));
    const embedded = await engine.embed(texts, 'passage', run.signal);
    batch.forEach((each, j) => vectors.set(each.id, embedded[j]!));
    if (embedSentences) {
      for (const [id, of] of await sentencesOf(batch, engine, run.signal)) sentences.set(id, of);
    }
    run.at('embed', vectors.size, chunks.length);
  }
  return { vectors, sentences };
}

type Encode = (text: string) => Int32Array;

/** The chunker counts the tokens of every chunk, and the same tokens are then stored. */
function encodeOnce(tokenizer: Tokenizer): Encode {
  const known = new Map<string, Int32Array>();
  return (text) => {
    let ids = known.get(text);
    if (!ids) known.set(text, (ids = Int32Array.from(tokenizer.encode(text))));
    return ids;
  };
}

function tokensOf(chunks: readonly Chunk[], encode: Encode): Map<string, Int32Array> {
  return new Map(chunks.map((each) => [each.id, encode(chunkPromptText(each))]));
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
    const priors = await chunkPriors(parts.graph, workspace.id, [...tokens.keys()]);
    const chunks = [...tokens].map(([id, tokenIds]) => ({
      id,
      ids: tokenIds,
      prior: priors.get(id) ?? 0,
    }));
    const request = { workspaceSalt: workspace.salt, chunks };
    const { keys } = await engine.precompute(request, { signal: run.signal });
    await recordKv(workspace.id, keys, parts);
    if (corpus.document(workspace.id, document.id)?.pinned) {
      await engine.pinKv([...keys.values()], KEPT_FOR_GOOD);
    }
    run.at('kv', Math.min(i + BATCH, ids.length), ids.length);
  }
}
