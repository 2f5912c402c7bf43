/** What users and models write is data: stored and found literally, on both stores, and nothing else happens. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entityId, normalizeRelation } from '../../graph/index.ts';
import type { ChunkExtraction, GraphStore } from '../../graph/index.ts';
import { temporaryHome, testStores } from './fixtures.ts';
import { INJECTIONS } from './injections.ts';
import { NEEDS_NEO4J, hasNeo4j, testNeo4jStore } from './neo4j.ts';

const span = { start: 0, end: 1 };

function extraction(names: readonly string[]): ChunkExtraction {
  return {
    chunkId: 'chk_1',
    mentions: names.map((name, i) => ({
      name,
      surface: name,
      type: 'thing',
      span: { start: i, end: i + 1 },
    })),
    triples: names.map((name, i) => ({
      subject: { name, type: 'thing', span: { start: i, end: i + 1 } },
      relation: { name, span },
      object: { name: 'Keep', type: 'thing', span },
      confidence: 0.5,
      negated: false,
      sentence: span,
    })),
  };
}

function injectionContract(name: string, open: () => Promise<GraphStore>): void {
  describe(`${INJECTIONS.length} injection strings in ${name}`, () => {
    let graph: GraphStore;
    let others: string[];
    beforeAll(async () => {
      graph = await open();
      await graph.replaceDocument('ws_other', 'doc', [extraction(['Oslo', 'Bergen'])]);
      others = await graph.dump('ws_other');
    });
    afterAll(async () => {
      expect(await graph.dump('ws_other')).toEqual(others);
      await graph.close();
    });

    it('are entities and relations as they are written, and are found by that', async () => {
      await graph.replaceDocument('ws', 'doc', [extraction(INJECTIONS)]);
      const found = await graph.entitiesByName('ws', INJECTIONS);
      for (const text of INJECTIONS) {
        const forms = found.get(text)?.flatMap((entity) => [entity.name, ...entity.aliases]);
        expect(forms, text).toContain(text);
        expect((await graph.entity('ws', entityId('ws', text)))?.id).toBe(entityId('ws', text));
        const { data } = await graph.facts('ws', { relation: text }, { limit: 200 });
        const relations = new Set(data.map((fact) => fact.relation));
        expect(relations, text).toEqual(new Set([normalizeRelation(text)]));
      }
    }, 240_000);

    it('find as queries what contains them, and nothing of other workspaces', async () => {
      for (const query of INJECTIONS) {
        const { data } = await graph.entities('ws', { query }, { limit: 200 });
        const forms = data.flatMap((entity) => [entity.name, ...entity.aliases]);
        expect(forms, query).toContain(query);
      }
      const { data } = await graph.entities('ws_other', { query: `' OR 1=1 //` }, { limit: 9 });
      expect(data).toEqual([]);
    }, 240_000);

    it('are workspaces and documents of their own', async () => {
      for (const text of INJECTIONS.filter((_, i) => i % 3 === 0)) {
        await graph.replaceDocument(text, text, [{ ...extraction(['Oslo']), chunkId: text }]);
        const filter = { documentId: text, chunkId: text };
        expect((await graph.facts(text, filter, { limit: 9 })).data, text).toHaveLength(1);
        await graph.removeDocument(text, text);
        expect(await graph.stats(text), text).toEqual({ entities: 0, facts: 0, mentions: 0 });
      }
      await graph.removeWorkspace('ws');
      expect(await graph.dump('ws')).toEqual([]);
    }, 240_000);
  });
}

injectionContract('SQLite', async () => testStoresThatStay());

describe.skipIf(!hasNeo4j)(`Neo4j (${NEEDS_NEO4J})`, () => {
  injectionContract('Neo4j', async () => testNeo4jStore());
});

/** `testStores` closes after each test; these live for the suite. */
async function testStoresThatStay(): Promise<GraphStore> {
  const { openStores } = await import('../../graph/index.ts');
  const { graph, close } = openStores({ home: temporaryHome() });
  return { ...graph, close };
}

describe('injection strings as names of workspaces and questions, in SQLite', () => {
  it('are kept as they are, and search as words', async () => {
    const { corpus, lexical } = testStores();
    const ids = INJECTIONS.map((name) => corpus.createWorkspace({ name }).id);
    expect(ids.map((id) => corpus.workspace(id)!.name)).toEqual(INJECTIONS);
    for (const query of INJECTIONS) {
      expect(await lexical.search(ids[0]!, query, { limit: 5 })).toEqual([]);
      expect(await lexical.phrase(ids[0]!, query, 5)).toEqual([]);
    }
  });
});
