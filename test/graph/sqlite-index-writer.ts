import type { Stores } from '../../graph/index.ts';
import { fakeEmbedding, ingest, remove, testStores } from './fixtures.ts';
import type { IndexWriter } from './index-writer.ts';

/** Stores whose clock a writer sets, so that documents are created when a test says. */
export function storesWithClock(options: Parameters<typeof testStores>[1] = {}) {
  const clock = { now: Date.now() };
  return { stores: testStores(undefined, { ...options, clock: () => clock.now }), clock };
}

export function sqliteIndexWriter<Index>(
  { stores, clock }: { stores: Stores; clock: { now: number } },
  index: Index,
): IndexWriter<Index> {
  const { corpus } = stores;
  return {
    index,
    createWorkspace: () => corpus.createWorkspace({ name: 'W' }).id,
    deleteWorkspace: (id) => void corpus.deleteWorkspace(id),
    put: (workspaceId, key, chunks, { createdAt, mediaType, tags } = {}) => {
      const vectors = new Map(chunks.map(({ text, vector }) => [text, vector]));
      const embed = (text: string): Float32Array => vectors.get(text) ?? fakeEmbedding(text);
      clock.now = createdAt === undefined ? Date.now() : Date.parse(createdAt);
      const { documentId, publication } = ingest(
        corpus,
        workspaceId,
        key,
        chunks[0]?.title ?? 'Untitled',
        chunks,
        embed,
        { mediaType, tags },
      );
      return { documentId, chunkIds: publication.chunks.map((chunk) => chunk.id) };
    },
    remove: (workspaceId, documentId) => void remove(corpus, workspaceId, documentId),
    setEnabled: (workspaceId, documentId, enabled) =>
      void corpus.updateDocument(workspaceId, documentId, { enabled }),
  };
}
