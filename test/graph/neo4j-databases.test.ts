/**
 * A database for each workspace. Community edition has one database only: what needs several is shown up to the server's
 * refusal, and that every call goes to the workspace's database by naming the one that is there.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { connectNeo4j, neo4jGraphStore } from '../../graph/index.ts';
import type { ChunkExtraction, EdgePage } from '../../graph/index.ts';
import { databaseName, hasDatabases, workspaceHomes } from '../../graph/neo4j/databases.ts';
import { INJECTIONS } from './injections.ts';
import { NEEDS_NEO4J, hasNeo4j, neo4jOptions, testNeo4jStore } from './neo4j.ts';

vi.setConfig({ testTimeout: 180_000 });

const span = { start: 0, end: 4 };
const end = (name: string) => ({ name, type: 'place' as const, span });
const said: ChunkExtraction[] = [
  {
    chunkId: 'chk_1',
    mentions: [{ name: 'Oslo', surface: 'Oslo', type: 'place', span }],
    triples: [
      {
        subject: end('Oslo'),
        relation: { name: 'lies in', span },
        object: end('Norway'),
        confidence: 0.7,
        negated: false,
        sentence: span,
      },
    ],
  },
];

describe('the database of a workspace', () => {
  it('has a name that Neo4j allows, whatever the workspace is called', () => {
    const allowed = /^[a-z][a-z0-9-]{2,62}$/;
    for (const id of INJECTIONS) expect(databaseName(id, id)).toMatch(allowed);
    fc.assert(
      fc.property(fc.string(), fc.string(), (namespace, id) => {
        expect(databaseName(namespace, id)).toMatch(allowed);
        expect(databaseName(namespace, `${id}x`)).not.toBe(databaseName(namespace, id));
        expect(databaseName(`${namespace}x`, id)).not.toBe(databaseName(namespace, id));
      }),
    );
  });
});

describe.skipIf(!hasNeo4j)(`databases of Neo4j (${NEEDS_NEO4J})`, () => {
  it('are shared where the edition has one only, though one for each is wanted', async () => {
    const namespace = randomUUID();
    const connection = connectNeo4j({ ...neo4jOptions(namespace), databasePerWorkspace: true });
    const homes = workspaceHomes(connection);
    expect(await homes.kind()).toBe((await hasDatabases(connection)) ? 'databases' : 'shared');
    const wanting = neo4jGraphStore(connection, homes);
    const plain = testNeo4jStore(namespace);
    await wanting.replaceDocument('ws', 'doc_a', said);
    if ((await homes.kind()) === 'shared')
      expect(await plain.dump('ws')).toEqual(await wanting.dump('ws'));
    await wanting.removeWorkspace('ws');
    await Promise.all([wanting.close(), plain.close()]);
  });

  it('are made before the first write, or the server says that it has no more than one', async () => {
    const connection = connectNeo4j(neo4jOptions());
    const homes = workspaceHomes(connection, { separate: true });
    const store = neo4jGraphStore(connection, homes);
    // Never written: nothing is made for a question.
    expect(await store.stats('ws')).toEqual({ entities: 0, facts: 0, mentions: 0 });
    const written = store.replaceDocument('ws', 'doc_a', said);
    if (await hasDatabases(connection)) {
      expect(await written).toMatchObject({ factsAdded: 1, entitiesAdded: 2 });
      await store.removeWorkspace('ws');
    } else {
      const refused = { code: 'Neo.ClientError.Statement.UnsupportedAdministrationCommand' };
      await expect(written).rejects.toMatchObject(refused);
      await expect(store.removeWorkspace('ws')).rejects.toMatchObject(refused);
    }
    expect(await store.dump('ws')).toEqual([]);
    await store.close();
  });

  it('take every question and every write of their workspace', async () => {
    const namespace = randomUUID();
    const plain = connectNeo4j(neo4jOptions(namespace));
    const [{ name }] = (await plain.administer<{ name: string }>(
      'SHOW DEFAULT DATABASE YIELD name',
    )) as [{ name: string }];
    // Whatever went to the connection's own database would fail.
    const lost = connectNeo4j({ ...neo4jOptions(namespace), database: 'not-there' });
    const routed = neo4jGraphStore(
      lost,
      workspaceHomes(lost, { separate: true, nameOf: () => name }),
      // It is noted in the connection's own database, as it must be.
      { id: async () => 'routed', ready: async () => {} },
    );
    const direct = neo4jGraphStore(plain);
    await routed.replaceDocument('ws', 'doc_a', said);
    await routed.replaceDocuments!('ws', [{ documentId: 'doc_b', extractions: said }]);
    expect(await routed.dump('ws')).toEqual(await direct.dump('ws'));
    expect(await routed.previewRemoval('ws', 'doc_a')).toMatchObject({ factsKept: 1 });
    expect(await routed.changesSince!('ws')).toEqual(await direct.changesSince!('ws'));
    const kinds = new Set<EdgePage['kind']>();
    for await (const page of routed.edges!('ws')) kinds.add(page.kind);
    expect([...kinds].sort()).toEqual(['chunks', 'entities', 'facts', 'mentions', 'supports']);
    const { data } = await routed.facts('ws', { documentId: 'doc_b' }, { limit: 5 });
    expect(data.map((fact) => fact.relation)).toEqual(['lies in']);
    await direct.removeWorkspace('ws');
    await Promise.all([routed.close(), direct.close()]);
  });
});
