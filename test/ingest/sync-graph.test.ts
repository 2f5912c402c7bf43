import { describe, expect, it } from 'vitest';
import { ConflictError, GraphMemoryError } from '../../graph/index.ts';
import type { GraphStore } from '../../graph/index.ts';
import { syncGraphStore } from '../../ingest/index.ts';
import { ingest, testStores } from '../graph/fixtures.ts';

const log = { warn: () => {} };

/** Documents of two workspaces whose graphs were not written. */
function unwritten() {
  const stores = testStores();
  const ids = ['one', 'two'].map((name) => {
    const { id } = stores.corpus.createWorkspace({ name });
    for (const key of ['a', 'b', 'c']) {
      ingest(stores.corpus, id, key, key, [
        {
          text: `Oslo and ${key} in ${name}`,
          mentions: [{ name: 'Oslo' }, { name: `${key} ${name}` }],
        },
      ]);
    }
    return id;
  });
  return { ...stores, ids };
}

async function dumps({ graph, ids }: { graph: GraphStore; ids: string[] }) {
  return (await Promise.all(ids.map((id) => graph.dump(id)))).flat();
}

describe('bringing the graph store in step', () => {
  it('writes all that is missing, as documents one by one would', async () => {
    const parts = unwritten();
    const { corpus, graph } = parts;
    const waiting = corpus.documentsAwaitingGraph();
    expect(waiting).toHaveLength(6);
    await syncGraphStore({ corpus, graph }, log, new AbortController().signal);
    expect(corpus.documentsAwaitingGraph()).toEqual([]);
    const together = await dumps(parts);
    expect(together.length).toBeGreaterThan(20);
    for (const { workspaceId, documentId } of waiting) {
      await graph.replaceDocument(
        workspaceId,
        documentId,
        corpus.extractionsOfDocument(documentId),
      );
    }
    expect(await dumps(parts)).toEqual(together);
  });

  it.each([
    ['entities are merged while they are loaded', new ConflictError('merged', 'again')],
    ['the server has too little memory for all', new GraphMemoryError(undefined)],
  ])('writes documents one by one where %s', async (_, error) => {
    const parts = unwritten();
    const { corpus, graph } = parts;
    const disturbed: GraphStore = {
      ...graph,
      replaceDocuments: async () => {
        throw error;
      },
    };
    await syncGraphStore({ corpus, graph: disturbed }, log, new AbortController().signal);
    expect(corpus.documentsAwaitingGraph()).toEqual([]);
    expect((await dumps(parts)).length).toBeGreaterThan(20);
  });
});
