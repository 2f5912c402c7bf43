import type { Stores } from '../../graph/index.ts';
import { fakeEmbedding, ingest, remove } from './fixtures.ts';
import type { IndexWriter } from './index-writer.ts';

export function sqliteIndexWriter<Index>(stores: Stores, index: Index): IndexWriter<Index> {
  const { corpus } = stores;
  return {
    index,
    createWorkspace: () => corpus.createWorkspace({ name: 'W' }).id,
    deleteWorkspace: (id) => void corpus.deleteWorkspace(id),
    put: (workspaceId, key, chunks) => {
      const vectors = new Map(chunks.map(({ text, vector }) => [text, vector]));
      const embed = (text: string): Float32Array => vectors.get(text) ?? fakeEmbedding(text);
      const { documentId, publication } = ingest(
        corpus,
        workspaceId,
        key,
        chunks[0]?.title ?? 'Untitled',
        chunks,
        embed,
      );
      return { documentId, chunkIds: publication.chunks.map((chunk) => chunk.id) };
    },
    remove: (workspaceId, documentId) => void remove(corpus, workspaceId, documentId),
    setEnabled: (workspaceId, documentId, enabled) =>
      void corpus.updateDocument(workspaceId, documentId, { enabled }),
  };
}
