/**
 * After a model was changed: chunks get vectors of the new embedder, tokens of the new tokenizer and KV of
 * the new reader, in the background. Until then they are found by words, and read in full when they are used.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineClient } from '../cache/index.ts';
import { chunkPromptText, type Chunk, type CorpusStore } from '../graph/index.ts';
import { replaceFile } from './replace-file.ts';
import type { IngestParts } from './ingest-document.ts';

type Parts = Pick<IngestParts, 'corpus' | 'engine' | 'tokenizer'>;

/** Chunks handed to the engine at a time. */
const BATCH = 16;

/** Does nothing if the models are the ones the home was last brought up to date with. */
export async function refreshModels(
  home: string,
  parts: Parts,
  signal: AbortSignal,
): Promise<void> {
  const marker = join(home, 'models.json');
  const current = JSON.stringify(fingerprints(parts.engine));
  if (readIfThere(marker) === current) return;
  for (const workspaceId of workspaceIds(parts.corpus)) {
    await refreshVectors(workspaceId, parts, signal);
    await refreshKv(workspaceId, parts, signal);
  }
  replaceFile(marker, current);
}

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
): Promise<void> {
  const { corpus, engine } = parts;
  const { fingerprint } = engine.info.embedder;
  for (;;) {
    signal.throwIfAborted();
    const chunks = corpus.chunks(
      workspaceId,
      corpus.chunksWithoutVector(workspaceId, fingerprint, BATCH),
    );
    if (chunks.length === 0) return;
    const vectors = await engine.embed(chunks.map(chunkPromptText), 'passage', signal);
    corpus.putChunkVectors(fingerprint, new Map(chunks.map((chunk, i) => [chunk.id, vectors[i]!])));
  }
}

async function refreshKv(workspaceId: string, parts: Parts, signal: AbortSignal): Promise<void> {
  const { corpus, engine } = parts;
  for (const documentId of documentIds(corpus, workspaceId)) {
    const ids = corpus.chunkIds(workspaceId, documentId);
    for (let i = 0; i < ids.length; i += BATCH) {
      signal.throwIfAborted();
      const chunks = tokensOf(
        corpus.chunks(workspaceId, ids.slice(i, i + BATCH)),
        workspaceId,
        parts,
      );
      const workspaceSalt = corpus.workspace(workspaceId)?.salt;
      if (!workspaceSalt) return;
      const { keys } = await engine.precompute({ workspaceSalt, chunks }, { signal });
      corpus.setChunkKv(keys);
    }
  }
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

function workspaceIds(corpus: CorpusStore): string[] {
  const ids: string[] = [];
  for (;;) {
    const page = corpus.workspaces({ limit: 200, after: ids.at(-1) });
    ids.push(...page.data.map((workspace) => workspace.id));
    if (!page.hasMore) return ids;
  }
}

function documentIds(corpus: CorpusStore, workspaceId: string): string[] {
  const ids: string[] = [];
  for (;;) {
    const page = corpus.documents(workspaceId, {}, { limit: 200, after: ids.at(-1) });
    ids.push(...page.data.map((document) => document.id));
    if (!page.hasMore) return ids;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
