import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import {
  GraphUnavailableError,
  connectNeo4j,
  entityId,
  neo4jGraphStore,
} from '../../graph/index.ts';
import type { ChunkExtraction } from '../../graph/index.ts';
import { workspaceHomes } from '../../graph/neo4j/databases.ts';
import { keysOf } from '../../graph/neo4j/keys.ts';
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
    const nodes = () => connection.read((tx) => tx.rows(LAYOUT_2.nodes, keysOfLayout2(options)));
    await connection.run(LAYOUT_2.write, keysOfLayout2(options));
    expect(await nodes()).toEqual([{ nodes: 7 }]);
    const graph = neo4jGraphStore(connection);
    const id = await graph.storeId!();
    expect(id).not.toContain('as it was');
    expect(await nodes()).toEqual([{ nodes: 0 }]);
    await graph.replaceDocument('ws', 'doc_a', said('Oslo'));
    expect(await graph.storeId!()).toBe(id);
    expect(await graph.stats('ws')).toEqual({ entities: 1, facts: 0, mentions: 1 });
    await graph.removeWorkspace('ws');
    await graph.close();
  });

  it('writes nothing before a graph that is kept otherwise has been removed', async () => {
    const options = neo4jOptions();
    const connection = connectNeo4j(options);
    await connection.run(LAYOUT_2.write, keysOfLayout2(options));
    const [writer, starting] = [testNeo4jStore(options.namespace), neo4jGraphStore(connection)];
    const write = () => writer.replaceDocument('ws', 'doc_a', said('Oslo'));
    await expect(write()).rejects.toThrow(GraphUnavailableError);
    await expect(writer.removeWorkspace('ws')).rejects.toThrow(GraphUnavailableError);
    await starting.storeId!();
    expect(await write()).toMatchObject({ entitiesAdded: 1 });
    expect(await starting.stats('ws')).toEqual({ entities: 1, facts: 0, mentions: 1 });
    await writer.removeWorkspace('ws');
    await Promise.all([writer.close(), starting.close()]);
  });

  it('removes what lies in the shared database when workspaces get databases of their own, and back', async () => {
    const options = neo4jOptions();
    const connection = connectNeo4j(options);
    const before = neo4jGraphStore(connection);
    const id = await before.storeId!();
    await before.replaceDocument('ws', 'doc_a', said('Oslo'));
    const apart = neo4jGraphStore(connection, workspaceHomes(connection, { separate: true }));
    await expect(apart.replaceDocument('ws', 'doc_b', said('Oslo'))).rejects.toThrow(
      GraphUnavailableError,
    );
    const other = await apart.storeId!();
    expect(other).not.toBe(id);
    const { tenant } = keysOf(options.namespace!, 'ws');
    const left = await connection.read((tx) =>
      tx.rows('MATCH (d:Document {tenant: $tenant}) RETURN d.key', { tenant }),
    );
    expect(left).toEqual([]);
    const back = neo4jGraphStore(connection);
    // The documents of the first time must not come back.
    expect([id, other]).not.toContain(await back.storeId!());
    expect(await back.stats('ws')).toEqual({ entities: 0, facts: 0, mentions: 0 });
    expect(await back.dump('ws')).toEqual([]);
    await connection.close();
  });

  it('leaves nothing half behind when a workspace is removed while documents come in', async () => {
    const options = neo4jOptions();
    const connection = connectNeo4j(options);
    const graph = neo4jGraphStore(connection);
    const { tenant } = keysOf(options.namespace!, 'ws');
    for (let round = 0; round < 5; round++) {
      const writes = Array.from({ length: 6 }, (_, i) =>
        graph.replaceDocument('ws', `doc_${i}`, said('Oslo', `Place ${i}`)),
      );
      await Promise.all([...writes, graph.removeWorkspace('ws')]);
      const documents = await connection.read((tx) =>
        tx.rows<{ chunks: number; mentioned: number }>(
          `MATCH (d:Document {tenant: $tenant})
           RETURN COUNT { (d)-[:HAS]->() } AS chunks,
             COUNT { (d)-[:HAS]->()-[:MENTIONS]->(:Entity) } AS mentioned`,
          { tenant },
        ),
      );
      for (const document of documents) expect(document).toEqual({ chunks: 1, mentioned: 2 });
    }
    await graph.removeWorkspace('ws');
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

/** As the former layout wrote them: keys and ranks were longer, and facts were unique by a constraint. */
const LAYOUT_2 = {
  write: `
    CREATE (:Installation {namespace: $namespace, id: 'as it was', layout: 2})
    CREATE (:Workspace {key: $tenant, id: 'ws', epoch: 'e', version: 1, log: ['doc_a'], entities: 2, facts: 1, mentions: 2})
    CREATE (d:Document {key: $tenant + ':doc', id: 'doc_a', tenant: $tenant})
    CREATE (d)-[:HAS]->(c:Chunk {key: $tenant + ':chunk', idKey: $tenant + ':id', id: 'chk_a', documentId: 'doc_a', said: ''})
    CREATE (a:Entity {key: $tenant + ':a', rank: $tenant + 'fffffffeent_a', name: 'Oslo', type: 'place'})
    CREATE (b:Entity {key: $tenant + ':b', rank: $tenant + 'fffffffeent_b', name: 'Norway', type: 'place'})
    CREATE (a)-[:FACT {key: $tenant + ':f', rank: $tenant + 'c019999999999999fct_a', relation: 'lies in'}]->(b)
    CREATE (c)-[:MENTIONS]->(a) CREATE (c)-[:MENTIONS]->(b)
    CREATE (:Name {key: $tenant + ':n'})-[:NAMES]->(a)
    CREATE (:Name {key: $tenant + ':m'})-[:NAMES]->(b)`,
  nodes: 'MATCH (n) WHERE n.key STARTS WITH $tenant RETURN count(*) AS nodes',
} as const;

function keysOfLayout2({ namespace = '' }: { namespace?: string }) {
  const fields = JSON.stringify(['workspace', namespace, 'ws']);
  return { namespace, tenant: createHash('sha256').update(fields).digest('hex').slice(0, 24) };
}

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
