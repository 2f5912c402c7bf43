/** Passages of a question set in real stores: one document and one chunk each, with our own extraction. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbedderRunner } from '../../engine/index.ts';
import { chunkPromptText, openStores, type Stores } from '../../graph/index.ts';
import { chunkDocument } from '../../ingest/chunk/index.ts';
import { extractDocument } from '../../ingest/extract/index.ts';

export interface Passage {
  readonly id: number;
  readonly title: string;
  readonly text: string;
}

export interface PassageCorpus {
  readonly stores: Stores;
  readonly workspaceId: string;
  /** Chunk id -> passage id. */
  readonly passageOf: ReadonlyMap<string, number>;
  /** Seconds spent in each part of the ingest. */
  readonly seconds: Readonly<Record<'extract' | 'embed' | 'store', number>>;
  close(): Promise<void>;
}

export async function ingestPassages(
  passages: readonly Passage[],
  embedder: EmbedderRunner,
  onProgress: (done: number) => void,
): Promise<PassageCorpus> {
  const home = mkdtempSync(join(tmpdir(), 'graphblend-passages-'));
  const stores = openStores({ home, embedder: embedder.fingerprint });
  const workspaceId = stores.corpus.createWorkspace({ name: 'passages' }).id;
  const passageOf = new Map<string, number>();
  const seconds = { extract: 0, embed: 0, store: 0 };
  for (const [i, passage] of passages.entries()) {
    const ids = await ingestPassage(stores, workspaceId, passage, embedder, seconds);
    for (const id of ids) passageOf.set(id, passage.id);
    onProgress(i + 1);
  }
  return {
    stores,
    workspaceId,
    passageOf,
    seconds,
    close: async () => {
      await stores.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function ingestPassage(
  { corpus, graph }: Stores,
  workspaceId: string,
  { id, title, text }: Passage,
  embedder: EmbedderRunner,
  seconds: Record<'extract' | 'embed' | 'store', number>,
): Promise<string[]> {
  const timed = async <T>(part: keyof typeof seconds, work: () => T | Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    seconds[part] += (performance.now() - started) / 1000;
    return result;
  };
  const parsed = {
    title,
    text,
    blocks: [{ kind: 'paragraph' as const, start: 0, end: text.length }],
  };
  const { document } = corpus.putDocument({
    workspaceId,
    externalKey: String(id),
    name: `${id}.txt`,
    mediaType: 'text/plain',
    source: 'text',
    contentHash: createHash('sha256').update(`${id} ${text}`).digest('hex'),
    bytes: text.length,
  });
  const chunks = chunkDocument({
    workspaceId,
    documentId: document.id,
    parsed,
    // A passage stays one chunk: the question sets name passages.
    countTokens: () => 1,
    chunkTokens: 1024,
  });
  const extractions = await timed('extract', () => extractDocument({ parsed, chunks }));
  const vectors = await timed('embed', () =>
    embedder.embed(chunks.map(chunkPromptText), 'passage'),
  );
  await timed('store', async () => {
    const job = corpus.createJob({
      workspaceId,
      kind: 'ingest_document',
      documentId: document.id,
      documentName: document.name,
      version: 1,
    });
    const { runToken } = corpus.beginJob(job.id)!;
    corpus.publish(
      {
        documentId: document.id,
        version: 1,
        parsed,
        chunks,
        tokens: new Map(chunks.map((chunk) => [chunk.id, new Int32Array(0)])),
        vectors: new Map(chunks.map((chunk, i) => [chunk.id, vectors[i]!])),
        extractions,
        tokenizerFingerprint: 'none',
        embedderFingerprint: embedder.fingerprint,
      },
      runToken,
    );
    await graph.replaceDocument(workspaceId, document.id, extractions);
    corpus.finishJob(job.id, runToken, 'succeeded');
  });
  return chunks.map((chunk) => chunk.id);
}
