/**
 * After a model was changed: chunks get vectors of the new embedder, tokens of the new tokenizer and KV of
 * the new reader, in the background. Until then vectors of the former embedder serve, if its model is still there;
 * without it chunks are found by words. Chunks without KV are read in full when they are used.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { EngineClient } from '../cache/index.ts';
import { chunkPromptText, type Chunk } from '../graph/index.ts';
import { isEngineGone } from './faults.ts';
import { embedTextsOfWorkspace } from './graph-texts.ts';
import type { IngestParts } from './ingest-document.ts';
import { documentsOf, workspaceIds } from './listings.ts';
import { recordKv } from './record-kv.ts';
import { replaceFile } from './replace-file.ts';
import { sentencesOf } from './sentences.ts';

type Parts = Pick<
  IngestParts,
  'corpus' | 'engine' | 'tokenizer' | 'sentences' | 'embedSentences' | 'graphTexts' | 'embedGraph'
>;

const EMBEDDER_NOTE = 'embedder.txt';

/** Chunks handed to the engine at a time. */
const BATCH = 16;
/** Chunks looked up, or vectors dropped, at a time. */
const LISTED = 512;

/**
 * Does nothing if the models are the ones the home was last brought up to date with. Throws, after all else
 * was done, if some chunks could not be: they are tried again at the next start.
 */
export async function refreshModels(
  home: string,
  parts: Parts,
  signal: AbortSignal,
  embedderFolder: string,
): Promise<void> {
  const marker = join(home, 'models.json');
  const current = JSON.stringify(fingerprints(parts.engine));
  const isCurrent = readIfThere(marker) === current;
  const faults: unknown[] = [];
  const attempt: Attempt = async (work) => {
    signal.throwIfAborted();
    try {
      await work();
      return true;
    } catch (error) {
      // Without its engine, or when it is asked to end, nothing else would go better.
      if (signal.aborted || isEngineGone(error)) throw error;
      faults.push(error);
      return false;
    }
  };
  for (const workspaceId of workspaceIds(parts.corpus)) {
    if (isCurrent) {
      // Documents may have come in before texts of the graph were embedded.
      await attempt(() => embedTextsOfWorkspace(workspaceId, parts, signal));
      continue;
    }
    await refreshVectors(workspaceId, parts, signal, attempt);
    await refreshKv(workspaceId, parts, signal, attempt);
  }
  if (faults.length > 0) {
    throw new Error(`${faults.length} batches of chunks failed`, { cause: faults[0] });
  }
  parts.corpus.sync(); // the marker must not be ahead of the vectors
  replaceFile(marker, current);
  noteEmbedder(home, embedderFolder);
}

/**
 * Folder of the embedder that all vectors were last made with, if it is another than this one: until the new
 * vectors are complete, it has to make those of questions.
 */
export function formerEmbedderFolder(home: string, embedderFolder: string): string | undefined {
  const folder = readIfThere(join(home, EMBEDDER_NOTE));
  return folder === undefined || folder === embedderFolder ? undefined : folder;
}

function noteEmbedder(home: string, embedderFolder: string): void {
  const note = join(home, EMBEDDER_NOTE);
  if (readIfThere(note) !== embedderFolder) replaceFile(note, embedderFolder);
}

/** Runs a piece of the work; false if it failed, which stops nothing else. */
type Attempt = (work: () => Promise<void>) => Promise<boolean>;

function fingerprints({ info }: EngineClient): object {
  const { fingerprint, tokenizerFingerprint } = info.reader;
  return {
    reader: fingerprint,
    tokenizer: tokenizerFingerprint,
    embedder: info.embedder.fingerprint,
  };
}

async function refreshVectors(
  workspaceId: string,
  parts: Parts,
  signal: AbortSignal,
  attempt: Attempt,
): Promise<void> {
  const { corpus, engine, sentences, embedSentences } = parts;
  const { fingerprint } = engine.info.embedder;
  const failed = new Set<string>();
  const embed = async (ids: readonly string[]): Promise<void> => {
    const chunks = corpus.chunks(workspaceId, ids);
    const vectors = await engine.embed(chunks.map(chunkPromptText), 'passage', signal);
    // First: a chunk counts as done when it has a vector of its own.
    if (embedSentences) sentences?.put(fingerprint, await sentencesOf(chunks, engine, signal));
    corpus.putChunkVectors(fingerprint, new Map(chunks.map((chunk, i) => [chunk.id, vectors[i]!])));
  };
  const embedBatch = async (ids: readonly string[]): Promise<void> => {
    if (await attempt(() => embed(ids))) return;
    // One at a time, so that a chunk that cannot be embedded costs its neighbours nothing.
    for (const id of ids) {
      if (!(await attempt(() => embed([id])))) failed.add(id);
    }
  };
  for (;;) {
    const missing = corpus.chunksWithoutVector(workspaceId, fingerprint, LISTED + failed.size);
    const ids = missing.filter((id) => !failed.has(id));
    if (ids.length === 0) break;
    for (let i = 0; i < ids.length; i += BATCH) await embedBatch(ids.slice(i, i + BATCH));
  }
  // Until here the vectors of the former embedder have served; where some chunk failed they go on.
  const isEmbedded = await attempt(() => embedTextsOfWorkspace(workspaceId, parts, signal));
  if (failed.size === 0 && isEmbedded) await dropFormerVectors(workspaceId, parts, signal);
}

async function dropFormerVectors(
  workspaceId: string,
  { corpus, engine, sentences, graphTexts }: Parts,
  signal: AbortSignal,
): Promise<void> {
  const { fingerprint } = engine.info.embedder;
  const dropSome = (): number =>
    corpus.dropOtherVectors(workspaceId, fingerprint, LISTED) +
    (sentences?.dropOthers(workspaceId, fingerprint, LISTED) ?? 0) +
    (graphTexts?.dropOthers(workspaceId, fingerprint, LISTED) ?? 0);
  while (dropSome() > 0) {
    await setImmediate();
    signal.throwIfAborted();
  }
}

async function refreshKv(
  workspaceId: string,
  parts: Parts,
  signal: AbortSignal,
  attempt: Attempt,
): Promise<void> {
  for (const { id } of documentsOf(parts.corpus, workspaceId)) {
    const ids = parts.corpus.chunkIds(workspaceId, id);
    for (let i = 0; i < ids.length; i += BATCH) {
      await attempt(() => precompute(workspaceId, ids.slice(i, i + BATCH), parts, signal));
    }
  }
}

async function precompute(
  workspaceId: string,
  ids: readonly string[],
  parts: Parts,
  signal: AbortSignal,
): Promise<void> {
  const { corpus, engine } = parts;
  const chunks = tokensOf(corpus.chunks(workspaceId, ids), workspaceId, parts);
  const workspaceSalt = corpus.workspace(workspaceId)?.salt;
  if (!workspaceSalt) return;
  const { keys } = await engine.precompute({ workspaceSalt, chunks }, { signal });
  await recordKv(workspaceId, keys, parts);
}

/** As fixed at ingest where the tokenizer is the same, else fixed anew. */
function tokensOf(
  chunks: readonly Chunk[],
  workspaceId: string,
  { corpus, tokenizer }: Parts,
): { id: string; ids: Int32Array }[] {
  const known = corpus.chunkTokens(
    workspaceId,
    chunks.map((chunk) => chunk.id),
    tokenizer.fingerprint,
  );
  const missing = chunks.filter((chunk) => !known.has(chunk.id));
  const made = new Map(
    missing.map((chunk) => [chunk.id, Int32Array.from(tokenizer.encode(chunkPromptText(chunk)))]),
  );
  if (made.size > 0) corpus.putChunkTokens(tokenizer.fingerprint, made);
  return chunks.map(({ id }) => ({ id, ids: known.get(id) ?? made.get(id)! }));
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
