import { describe, expect, it, vi } from 'vitest';
import {
  GraphUnavailableError,
  connectNeo4j,
  entityId,
  neo4jGraphStore,
} from '../../graph/index.ts';
import type { ChunkExtraction } from '../../graph/index.ts';
import { graphStoreContract } from './graph-store.contract.ts';
import { NEEDS_NEO4J, hasNeo4j, neo4jOptions, testNeo4jStore } from './neo4j.ts';

// Each write is several round trips to a server: on a busy machine the properties take their time.
vi.setConfig({ testTimeout: 180_000 });

describe.skipIf(!hasNeo4j)(`Neo4j (${NEEDS_NEO4J})`, () => {
  graphStoreContract('Neo4j', async () => testNeo4jStore(), { histories: 12 });

  const span = { start: 0, end: 4 };
  const said = (...names: string[]): ChunkExtraction[] => [
    {
      chunkId: `chk_${names.join('_')}`,
      mentions: names.map((name) => ({ name, surface: name, type: 'thing', span })),
      triples: [],
    },
  ];

  it('tells which documents were written since a cursor, and when it cannot tell', async () => {
    const graph = testNeo4jStore();
    const start = (await graph.changesSince!('ws')).cursor;
    expect(await graph.changesSince!('ws', start)).toEqual({ cursor: start, documentIds: [] });
    await graph.replaceDocument('ws', 'doc_a', said('Oslo'));
    const { cursor } = await graph.changesSince!('ws', start);
    await graph.replaceDocument('ws', 'doc_b', said('Oslo', 'Bergen'));
    await graph.removeDocument('ws', 'doc_a');
    const since = await graph.changesSince!('ws', cursor);
    expect([...since.documentIds!].sort()).toEqual(['doc_a', 'doc_b']);
    await graph.replaceDocument('ws', 'doc_b', said('Oslo', 'Bergen'));
    expect(await graph.changesSince!('ws', since.cursor)).toEqual({
      cursor: since.cursor,
      documentIds: [],
    });
    await graph.removeWorkspace('ws');
    await graph.replaceDocument('ws', 'doc_a', said('Oslo'));
    expect((await graph.changesSince!('ws', since.cursor)).documentIds).toBeUndefined();
    await graph.close();
  });

  it('loads many documents as it does one after the other', async () => {
    const [one, many] = [testNeo4jStore(), testNeo4jStore()];
    const documents = Array.from({ length: 12 }, (_, i) => ({
      documentId: `doc_${i}`,
      extractions: said('Oslo', `Place ${i % 5}`),
    }));
    for (const { documentId, extractions } of documents)
      await one.replaceDocument('ws', documentId, extractions);
    await many.replaceDocuments!('ws', documents);
    expect(await many.dump('ws')).toEqual(await one.dump('ws'));
    await Promise.all([one.close(), many.close()]);
  });

  it('writes a document of more chunks than one message holds', async () => {
    const graph = testNeo4jStore();
    const count = 5_200;
    const extractions = Array.from({ length: count }, (_, i) => ({
      ...said('Oslo', `Place ${i % 3}`)[0]!,
      chunkId: `chk_${i}`,
    }));
    await graph.replaceDocument('ws', 'doc_a', extractions);
    expect(await graph.stats('ws')).toEqual({ entities: 4, facts: 0, mentions: 2 * count });
    const oslo = entityId('ws', 'Oslo');
    const last = entityId('ws', `Place ${(count - 1) % 3}`);
    const frequency = await graph.chunkFrequency('ws', [oslo, last]);
    expect([...frequency.values()]).toEqual([count, Math.ceil(count / 3)]);
    const inLast = await graph.mentionsOfChunks('ws', [`chk_${count - 1}`]);
    expect(inLast.map((mention) => mention.entityId).sort()).toEqual([oslo, last].sort());
    await graph.removeWorkspace('ws');
    await graph.close();
  });

  it('removes a graph of an older layout, and says that it must be written anew', async () => {
    const options = neo4jOptions();
    const connection = connectNeo4j(options);
    const graph = neo4jGraphStore(connection);
    const id = await graph.storeId!();
    expect(await graph.storeId!()).toBe(id);
    await graph.replaceDocument('ws', 'doc_a', said('Oslo'));
    const { namespace } = options;
    await connection.run('MATCH (i:Installation {namespace: $namespace}) REMOVE i.layout', {
      namespace,
    });
    expect(await graph.storeId!()).not.toBe(id);
    expect(await graph.stats('ws')).toEqual({ entities: 0, facts: 0, mentions: 0 });
    await graph.close();
  });

  it('takes several writers of the same entities at once', async () => {
    const writers = Array.from({ length: 4 }, () => testNeo4jStore('four writers'));
    const [first] = writers;
    await first!.removeWorkspace('ws');
    await Promise.all(
      Array.from({ length: 24 }, (_, i) =>
        writers[i % 4]!.replaceDocument('ws', `doc_${i}`, said('Oslo', `Place ${i % 3}`)),
      ),
    );
    const { data } = await first!.entities('ws', {}, { limit: 10 });
    expect(data.map((entity) => [entity.name, entity.documentCount])).toEqual(
      expect.arrayContaining([
        ['Oslo', 24],
        ['Place 0', 8],
      ]),
    );
    await first!.removeWorkspace('ws');
    await Promise.all(writers.map((writer) => writer.close()));
  });
});

describe('a Neo4j that is not there', () => {
  it('is told as such, quickly, and asked again only after a moment', async () => {
    let now = 0;
    const graph = neo4jGraphStore(
      connectNeo4j({ url: 'bolt://127.0.0.1:1', user: 'neo4j', password: 'x', clock: () => now }),
    );
    await expect(graph.stats('ws')).rejects.toThrow(GraphUnavailableError);
    await expect(graph.stats('ws')).rejects.toThrow(GraphUnavailableError);
    now = 60_000;
    await expect(graph.entity('ws', 'ent_x')).rejects.toThrow('The graph store cannot be reached.');
    await graph.close();
  });
});
