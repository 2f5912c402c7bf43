/** A small real corpus in real stores, for retrieval tests; vectors are hashed bags of words. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import {
  chunkPromptText,
  openStores,
  type ParsedDocument,
  type Stores,
} from '../../graph/index.ts';
import { chunkDocument } from '../../ingest/chunk/index.ts';
import { extractDocument } from '../../ingest/extract/index.ts';
import { TermCache, type RetrievalParts } from '../../retrieval/index.ts';
import { contentTerms } from '../../retrieval/words.ts';

const DIMENSIONS = 64;
const EMBEDDER = 'hashed-words';

export interface TestCorpus {
  readonly parts: RetrievalParts;
  readonly workspaceId: string;
  readonly documentIds: ReadonlyMap<string, string>;
  readonly stores: Stores;
  close(): Promise<void>;
}

export async function testCorpus(documents: Readonly<Record<string, string>>): Promise<TestCorpus> {
  const home = mkdtempSync(join(tmpdir(), 'graphblend-retrieval-'));
  const stores = openStores({ home, embedder: EMBEDDER });
  const workspaceId = stores.corpus.createWorkspace({ name: 'test' }).id;
  const documentIds = new Map<string, string>();
  for (const [title, text] of Object.entries(documents)) {
    documentIds.set(title, await publish(stores, workspaceId, title, text));
  }
  return {
    stores,
    workspaceId,
    documentIds,
    // No test here asks the engine: vectors are given.
    parts: { ...stores, terms: new TermCache(), engine: undefined as never },
    close: async () => {
      await stores.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function publish(
  { corpus, graph }: Stores,
  workspaceId: string,
  title: string,
  text: string,
): Promise<string> {
  const { document } = corpus.putDocument({
    workspaceId,
    externalKey: title,
    name: `${title}.txt`,
    mediaType: 'text/plain',
    source: 'text',
    contentHash: createHash('sha256').update(text).digest('hex'),
    bytes: text.length,
  });
  const parsed: ParsedDocument = {
    title,
    text,
    blocks: [{ kind: 'paragraph', start: 0, end: text.length }],
  };
  const chunks = chunkDocument({
    workspaceId,
    documentId: document.id,
    parsed,
    countTokens: (part) => part.split(/\s+/).length,
    chunkTokens: 256,
  });
  const extractions = extractDocument({ parsed, chunks });
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
      tokens: new Map(chunks.map((chunk) => [chunk.id, Int32Array.of(1, 2, 3)])),
      vectors: new Map(chunks.map((chunk) => [chunk.id, hashedVector(chunkPromptText(chunk))])),
      extractions,
      tokenizerFingerprint: 'words',
      embedderFingerprint: EMBEDDER,
    },
    runToken,
  );
  await graph.replaceDocument(workspaceId, document.id, extractions);
  return document.id;
}

export function hashedVector(text: string): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  for (const term of contentTerms(text)) {
    vector[createHash('sha256').update(term).digest()[0]! % DIMENSIONS]! += 1;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

/** Facts that link across documents, with distractors of the same kinds. */
export const SHIPS = {
  Fram: 'The Fram was built in 1892. Colin Archer designed the Fram for Fridtjof Nansen. The hull was rounded so that ice would lift it.',
  'Colin Archer':
    'Colin Archer was born in the town of Larvik in 1832. He built boats beside his house.',
  'Fridtjof Nansen':
    'Fridtjof Nansen was born near Christiania in 1861. He received the Nobel Peace Prize in 1922.',
  'Roald Amundsen':
    'In 1910 Roald Amundsen sailed to Antarctica in the Fram. Amundsen reached the South Pole on 14 December 1911.',
  'Terra Nova':
    'The Terra Nova was a whaler built in Dundee. The Terra Nova sank off Greenland in 1943.',
  'Robert Falcon Scott':
    'Robert Falcon Scott bought the Terra Nova in 1909. Scott reached the South Pole in January 1912.',
  Endurance:
    'Ole Aanderud Larsen designed the Endurance. The Endurance was crushed by ice in 1915.',
} as const;
