/** The whole server on a real Neo4j: graph, full-text and vector search there. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  answerSchema,
  documentSchema,
  factSchema,
  removalPreviewSchema,
  searchResponseSchema,
  statusSchema,
  workspaceSchema,
} from '../../api/contract/index.ts';
import { NEEDS_NEO4J, hasNeo4j, neo4jOptions } from '../graph/neo4j.ts';
import { ApiClient, exactly } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

describe.skipIf(!hasNeo4j)(`A server on Neo4j (${NEEDS_NEO4J})`, () => {
  let server: TestServer;
  let api: ApiClient;
  let ws: string;
  const namespace = randomUUID();

  beforeAll(async () => {
    const { url, user, password } = neo4jOptions();
    const env = {
      NEO4J_URL: url,
      NEO4J_USER: user,
      NEO4J_PASSWORD: password,
      NEO4J_NAMESPACE: namespace,
      NEO4J_INDICES: '1',
    };
    server = await startServer({ sample: true, env });
    api = new ApiClient(server.url);
    ws = (await api.all('/v1/workspaces', workspaceSchema))[0]!.id;
  }, 180_000);
  afterAll(async () => {
    if (ws) await api.json('DELETE', `/v1/workspaces/${ws}`);
    await server?.stop();
  });

  const workspace = () => api.get(`/v1/workspaces/${ws}`, workspaceSchema);
  const search = async (question: string) =>
    exactly(
      searchResponseSchema,
      await api.json('POST', `/v1/workspaces/${ws}/search`, { question }),
      200,
    );

  test('says where its stores are', async () => {
    expect((await api.get('/v1/status', statusSchema)).stores).toMatchObject({
      graph: 'neo4j',
      graph_available: true,
      vectors: 'neo4j',
      lexical: 'neo4j',
    });
  });

  test('answers over two documents, with nothing left out', async () => {
    const question = 'In which town was the designer of the Fram born?';
    const found = await search(question);
    expect(found.degraded).toBeUndefined();
    expect(found.hits.some(({ text }) => text.includes('Larvik'))).toBe(true);
    const answer = exactly(
      answerSchema,
      await api.json('POST', `/v1/workspaces/${ws}/answers`, { question }),
      200,
    );
    expect(answer.degraded).toBeUndefined();
    expect(answer.text).toContain('Larvik');
  });

  test('deletes what the dry run said, and finds it no more', async () => {
    const documents = await api.all(`/v1/workspaces/${ws}/documents`, documentSchema);
    const { id } = documents.find(({ name }) => name === 'fram.md')!;
    const path = `/v1/workspaces/${ws}/documents/${id}`;
    const dry = await api.json('DELETE', `${path}?dry_run=true`);
    const preview = exactly(removalPreviewSchema, dry, 200);
    const { counts: before } = await workspace();
    expect((await api.json('DELETE', path)).status).toBe(202);
    while ((await workspace()).counts.documents === before.documents) await sleep(100);
    const { counts } = await workspace();
    expect(before.facts - counts.facts).toBe(preview.facts_removed);
    expect(before.entities - counts.entities).toBe(preview.entities_removed);
    const { hits } = await search('Who designed the Fram?');
    expect(hits.filter((hit) => hit.document_id === id)).toEqual([]);
    const facts = await api.all(`/v1/workspaces/${ws}/facts`, factSchema);
    expect(facts.length).toBe(counts.facts);
    expect(facts.flatMap(({ support }) => support).some((s) => s.document_id === id)).toBe(false);
  });
});
