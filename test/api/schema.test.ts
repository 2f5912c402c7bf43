import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  changePreviewSchema,
  factSchema,
  pageSchema,
  readingEstimateSchema,
  rejectedFactSchema,
  rejectionCountsSchema,
  workspaceSchemaSchema,
} from '../../api/contract/index.ts';
import { ApiClient, exactly, problem } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const TEXT =
  'Broken Mast is a drama film directed by Olav Hauge. Mina Vik sailed to Hobart in 1911.\n';
const TURTLE = `
@prefix : <https://example.org/film#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:director a owl:ObjectProperty ; rdfs:domain :Film ; rdfs:range :Person .
`;

describe('the schema of a workspace over HTTP', () => {
  let server: TestServer;
  let api: ApiClient;
  let path: string;
  let workspaceId: string;

  beforeAll(async () => {
    server = await startServer();
    api = new ApiClient(server.url);
    const { id } = await api.createWorkspace('Films');
    workspaceId = id;
    path = `/v1/workspaces/${id}`;
    const { job } = await api.ingest(id, 'films.txt', TEXT);
    expect(job.state).toBe('succeeded');
  });

  afterAll(() => server?.stop());

  const relations = async (): Promise<string[]> => {
    const { data } = await api.get(`${path}/facts?limit=200`, pageSchema(factSchema));
    return [...new Set(data.map((fact) => fact.relation))];
  };

  const restated = async (): Promise<void> => {
    await api.waitForJobs(workspaceId);
    const { restated: state } = await api.get(`${path}/schema`, workspaceSchemaSchema);
    expect(state).toEqual({ documents: 1, waiting: 0 });
  };

  test('is empty at first; an import restates the facts; what it has no place for is listed with the reason', async () => {
    const none = await api.get(`${path}/schema`, workspaceSchemaSchema);
    expect(none).toMatchObject({ revision: 0, relations: [], updated_at: null });
    const before = await relations();
    const reply = await api.json('POST', `${path}/schema/import`, { content: TURTLE });
    const schema = exactly(workspaceSchemaSchema, reply, 200);
    expect(schema.relations).toMatchObject([{ label: 'director' }]);
    await restated();
    expect(await relations()).toEqual(['director']);
    const rejected = await api.get(
      `${path}/rejected-facts?reason=relation`,
      pageSchema(rejectedFactSchema),
    );
    expect(rejected.data.map((fact) => fact.subject)).toContain('Mina Vik');
    const counts = await api.get(`${path}/rejected-facts/counts`, rejectionCountsSchema);
    expect(counts.by_reason['relation']).toBe(rejected.data.length);
    expect(await api.json('DELETE', `${path}/schema`)).toMatchObject({ status: 204 });
    await restated();
    expect(new Set(await relations())).toEqual(new Set(before));
  });

  test('a dry run of an update tells what the schema will let in', async () => {
    await api.json('POST', `${path}/schema/import`, { content: TURTLE });
    await restated();
    const body = {
      name: 'films.txt',
      text: 'Calm Sea is a drama film directed by Ada Ness. Mina Vik sailed to Lima in 1911.\n',
    };
    const reply = await api.json('POST', `${path}/documents?dry_run=true`, body);
    const preview = exactly(changePreviewSchema, reply, 200);
    const told = [...preview.examples.facts_added, ...preview.examples.facts_removed];
    expect(new Set(told.map((fact) => fact.relation))).toEqual(new Set(['director']));
    expect(preview).toMatchObject({ outcome: 'updated', facts_kept: 0 });
    const before = await api.get(`${path}/facts?limit=200`, pageSchema(factSchema));
    expect(before.data).toHaveLength(preview.facts_removed);
    await api.ingest(workspaceId, body.name, body.text);
    const after = await api.get(`${path}/facts?limit=200`, pageSchema(factSchema));
    expect(after.data).toHaveLength(preview.facts_added);
    expect(await relations()).toEqual(['director']);
    await api.json('DELETE', `${path}/schema`);
    await api.ingest(workspaceId, 'films.txt', TEXT);
    await restated();
  });

  test('is replaced by PUT, and refused with the reason where it contradicts itself', async () => {
    const put = {
      relations: [{ label: 'director', domain: ['film'] }],
      entity_types: [{ label: 'film' }],
    };
    const schema = exactly(
      workspaceSchemaSchema,
      await api.json('PUT', `${path}/schema`, put),
      200,
    );
    expect(schema.relations).toMatchObject([
      { id: 'director', domain: ['film'], range: [], functional: false },
    ]);
    problem(
      await api.json('PUT', `${path}/schema`, { ...put, entity_types: [] }),
      400,
      'schema_invalid',
    );
    problem(await api.json('PUT', `${path}/schema`, { relations: [{}] }), 400, 'invalid_request');
    problem(
      await api.json('POST', `${path}/schema/import`, { content: 'no ontology' }),
      400,
      'schema_invalid',
    );
    problem(await api.json('GET', '/v1/workspaces/nobody/schema'), 404, 'workspace_not_found');
  });

  test('is not replaced by who read an earlier revision', async () => {
    const input = { relations: [{ label: 'director' }] };
    const put = (expected_revision?: number) =>
      api.json('PUT', `${path}/schema`, { ...input, expected_revision });
    const { revision } = exactly(workspaceSchemaSchema, await put(), 200);
    expect(await put(revision)).toMatchObject({ status: 200, body: { revision: revision + 1 } });
    const refused = await put(revision);
    problem(refused, 409, 'schema_changed');
    expect(await api.json('DELETE', `${path}/schema`)).toMatchObject({ status: 204 });
    problem(await put(revision + 1), 409, 'schema_changed');
    expect(await put(0)).toMatchObject({ status: 200 });
    expect(await api.json('DELETE', `${path}/schema`)).toMatchObject({ status: 204 });
    await restated();
  });

  test('the reading by a model is estimated first, and starts only when that is confirmed', async () => {
    const reply = await api.json('POST', `${path}/model-reading/estimate`, {});
    const estimate = exactly(readingEstimateSchema, reply, 200);
    expect(estimate).toMatchObject({ documents: 1, chunks: 1, cached_chunks: 0, cost_usd: 0 });
    expect(estimate.prompt_tokens).toBeGreaterThan(10);
    problem(await api.json('POST', `${path}/model-reading`, {}), 400, 'invalid_request');
    const unknown = { document_ids: ['doc_nobody'] };
    problem(
      await api.json('POST', `${path}/model-reading/estimate`, unknown),
      404,
      'document_not_found',
    );
  });

  test('the bundled reader reads a document in a form that always parses', async () => {
    const reply = await api.json('POST', `${path}/model-reading`, { confirm: true });
    expect(reply.status).toBe(202);
    const { job_ids: ids } = reply.body as { job_ids: string[] };
    const job = await api.waitForJob(ids[0]!);
    expect(job).toMatchObject({ kind: 'read_document', state: 'succeeded', error: null });
    const estimate = await api.json('POST', `${path}/model-reading/estimate`, {});
    expect(exactly(readingEstimateSchema, estimate, 200).cached_chunks).toBe(1);
  });
});
