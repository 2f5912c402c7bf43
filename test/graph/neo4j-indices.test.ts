import { afterEach, describe, expect, it, vi } from 'vitest';
import { connectNeo4j } from '../../graph/index.ts';
import type { Neo4jOptions, Stores } from '../../graph/index.ts';
import { EMBEDDER, fakeEmbedding, ingest, temporaryHome, testStores } from './fixtures.ts';
import { graphTextContract } from './graph-texts.contract.ts';
import { INJECTIONS } from './injections.ts';
import { lexicalIndexContract } from './lexical-index.contract.ts';
import { NEEDS_NEO4J, hasNeo4j, neo4jOptions } from './neo4j.ts';
import { sqliteIndexWriter, storesWithClock } from './sqlite-index-writer.ts';
import { vectorIndexContract } from './vector-index.contract.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const withIndices = (): Neo4jOptions => ({ ...neo4jOptions(), indices: true });

describe.skipIf(!hasNeo4j)(`Neo4j (${NEEDS_NEO4J})`, () => {
  let opened: Stores[] = [];
  const kept = <T extends { stores: Stores }>(made: T): T => {
    opened.push(made.stores);
    return made;
  };
  /** Before the stores are closed: an index per workspace would stay. */
  afterEach(async () => {
    for (const { corpus, vectors } of opened) {
      for (const { id } of corpus.workspaces({ limit: 200 }).data) await vectors.forget(id);
    }
    opened = [];
  });

  lexicalIndexContract('Neo4j full-text', () => {
    const made = kept(storesWithClock({ neo4j: withIndices() }));
    return sqliteIndexWriter(made, made.stores.lexical);
  });
  vectorIndexContract('Neo4j, one by one', () => {
    const made = kept(storesWithClock({ neo4j: withIndices() }));
    return sqliteIndexWriter(made, made.stores.vectors);
  });
  vectorIndexContract('Neo4j through its vector index', () => {
    const made = kept(storesWithClock({ neo4j: withIndices(), vectors: { exactBelow: 0 } }));
    return sqliteIndexWriter(made, made.stores.vectors);
  });

  graphTextContract('Neo4j, one by one', () =>
    kept(storesWithClock({ neo4j: withIndices(), embedder: EMBEDDER })),
  );
  graphTextContract('Neo4j through its vector index', () =>
    kept(storesWithClock({ neo4j: withIndices(), embedder: EMBEDDER, vectors: { exactBelow: 1 } })),
  );

  it('fills the indices again when the server lost them', async () => {
    const neo4j = withIndices();
    const { stores } = kept({ stores: testStores(temporaryHome(), { neo4j }) });
    const ws = stores.corpus.createWorkspace({ name: 'W' }).id;
    ingest(stores.corpus, ws, 'a', 'A', ['a falcon flies', 'an owl waits']);
    const hits = await stores.lexical.search(ws, 'falcon', { limit: 5 });
    expect(hits).toHaveLength(1);
    const near = await stores.vectors.search(ws, fakeEmbedding('an owl waits'), { limit: 1 });
    await stores.vectors.forget(ws);
    const server = connectNeo4j(neo4j);
    const left = await server.read((tx) =>
      tx.rows(`MATCH (c {chunk: $chunk}) RETURN c`, { chunk: hits[0]!.chunkId }),
    );
    await server.close();
    expect(left).toEqual([]);
    expect(await stores.lexical.search(ws, 'falcon', { limit: 5 })).toEqual(hits);
    expect(await stores.vectors.search(ws, fakeEmbedding('an owl waits'), { limit: 1 })).toEqual(
      near,
    );
  });

  it('is written in the background when it is far behind, and answers as before meanwhile', async () => {
    const home = temporaryHome();
    const plain = testStores(home);
    const ws = plain.corpus.createWorkspace({ name: 'W' }).id;
    const documents = Array.from({ length: 15 }, (_, d) =>
      Array.from({ length: 600 }, (_each, i) => `falcon ${d} ${i}`),
    );
    documents.forEach((texts, d) => ingest(plain.corpus, ws, `d${d}`, 'T', texts));
    const { stores } = kept({ stores: testStores(home, { neo4j: withIndices() }) });
    const search = () => stores.lexical.search(ws, 'falcon 7', { limit: 15 });
    expect(await search()).toEqual(await plain.lexical.search(ws, 'falcon 7', { limit: 15 }));
    const scoredByNeo4j = async () =>
      (await search())[0]!.score !==
      (await plain.lexical.search(ws, 'falcon 7', { limit: 1 }))[0]!.score;
    await vi.waitUntil(scoredByNeo4j, { timeout: 60_000, interval: 200 });
    expect(new Set((await search()).map((hit) => hit.chunkId)).size).toBe(15);
    expect(await stores.lexical.count(ws)).toBe(documents.flat().length);
  });

  it('is followed by two processes at once without a chunk twice', async () => {
    const home = temporaryHome();
    const neo4j = withIndices();
    const both = [testStores(home, { neo4j }), testStores(home, { neo4j })];
    kept({ stores: both[0]! });
    const ws = both[0]!.corpus.createWorkspace({ name: 'W' }).id;
    for (let i = 0; i < 6; i++) {
      ingest(both[i % 2]!.corpus, ws, `d${i}`, 'T', [`falcon ${i}`, `owl ${i}`]);
      const found = await Promise.all(
        both.map(({ lexical }) => lexical.search(ws, 'falcon', { limit: 50 })),
      );
      for (const hits of found) expect(new Set(hits.map((hit) => hit.chunkId)).size).toBe(i + 1);
      expect(await both[0]!.lexical.count(ws)).toBe(2 * (i + 1));
    }
  });

  it('takes every word of a question literally', async () => {
    const { stores } = kept({ stores: testStores(temporaryHome(), { neo4j: withIndices() }) });
    const ws = stores.corpus.createWorkspace({ name: 'W' }).id;
    const { publication } = ingest(stores.corpus, ws, 'a', 'T', ['zebra crossing']);
    for (const text of INJECTIONS) {
      const hits = await stores.lexical.search(ws, `zebra ${text}`, { limit: 5 });
      expect(
        hits.map((hit) => hit.chunkId),
        text,
      ).toEqual(publication.chunks.map(({ id }) => id));
      await stores.lexical.phrase(ws, text, 5);
    }
    expect(await stores.lexical.count(ws)).toBe(1);
  });
});

describe('Neo4j indices without a server', () => {
  it('leave the search to the embedded ones', async () => {
    const neo4j = { url: 'bolt://127.0.0.1:1', user: 'neo4j', password: '', indices: true };
    const { corpus, lexical, vectors } = testStores(temporaryHome(), { neo4j });
    const ws = corpus.createWorkspace({ name: 'W' }).id;
    ingest(corpus, ws, 'a', 'A', ['a falcon flies']);
    expect(await lexical.search(ws, 'falcon', { limit: 5 })).toHaveLength(1);
    expect(await vectors.search(ws, fakeEmbedding('x'), { limit: 5 })).toHaveLength(1);
    expect(await lexical.phrase(ws, 'falcon flies', 5)).toHaveLength(1);
    expect(await lexical.count(ws)).toBe(1);
  });
});
