/** Graphs as files through the REST API, and strings that would harm an interface that runs its input. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  entitySchema,
  factSchema,
  pageSchema,
  searchResponseSchema,
} from '../../api/contract/index.ts';
import { INJECTIONS } from '../graph/injections.ts';
import { ApiClient, exactly, problem } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const FACTS = [
  {
    subject: { name: 'Fram', type: 'thing' },
    relation: 'built in',
    object: { name: 'Larvik', type: 'place' },
  },
  { subject: 'Colin Archer', relation: 'designed', object: 'Fram', confidence: 0.9 },
];

describe('graph files', () => {
  let server: TestServer;
  let api: ApiClient;
  beforeAll(async () => {
    server = await startServer({});
    api = new ApiClient(server.url);
  });
  afterAll(() => server?.stop());

  const lines = (rows: readonly object[]): string =>
    rows.map((row) => JSON.stringify(row)).join('\n');

  async function takeIn(ws: string, name: string, content: string, format = 'jsonl') {
    const reply = await api.json('POST', `/v1/workspaces/${ws}/graph/import`, {
      format,
      name,
      content,
    });
    expect(reply.status).toBe(202);
    const { job, document } = reply.body as { job: { id: string }; document: { id: string } };
    await api.waitForJob(job.id);
    return document.id;
  }

  const facts = async (ws: string, query = '') =>
    (await api.get(`/v1/workspaces/${ws}/facts?limit=200&${query}`, pageSchema(factSchema))).data;

  test('become documents: their facts have sentences, and go when the document goes', async () => {
    const ws = (await api.createWorkspace('Import')).id;
    const id = await takeIn(ws, 'ships.jsonl', lines(FACTS));
    const found = await facts(ws);
    expect(
      found.map(({ subject, relation, object, support }) => [
        subject.name,
        relation,
        object.name,
        support[0]!.sentence_text,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['Fram', 'built in', 'Larvik', 'Fram — built in — Larvik.'],
        ['Colin Archer', 'designed', 'Fram', 'Colin Archer — designed — Fram.'],
      ]),
    );
    const removal = await api.json('DELETE', `/v1/workspaces/${ws}/documents/${id}`);
    await api.waitForJob((removal.body as { job: { id: string } }).job.id);
    expect(await facts(ws)).toEqual([]);
  }, 60_000);

  test.each(['jsonl', 'graphml', 'ntriples'])(
    'come out as %s and go in again',
    async (format) => {
      const [from, to] = [
        (await api.createWorkspace('From')).id,
        (await api.createWorkspace('To')).id,
      ];
      await takeIn(from, 'ships.jsonl', lines(FACTS));
      const reply = await api.fetch(`/v1/workspaces/${from}/graph/export?format=${format}`);
      expect(reply.headers.get('content-disposition')).toContain('attachment');
      await takeIn(to, 'again', await reply.text(), format);
      const said = async (ws: string) =>
        (await facts(ws)).map((fact) => [
          fact.subject.name,
          fact.relation,
          fact.object.name,
          fact.confidence,
        ]);
      expect(await said(to)).toEqual(await said(from));
    },
    60_000,
  );

  test('are refused with their line when they are none', async () => {
    const ws = (await api.createWorkspace('Bad')).id;
    const path = `/v1/workspaces/${ws}/graph/import`;
    const body = { format: 'jsonl', name: 'bad.jsonl', content: '{"subject":' };
    const reply = await api.json('POST', path, body);
    const job = await api.waitForJob((reply.body as { job: { id: string } }).job.id);
    expect(job.state).toBe('failed');
    expect(job.error?.code).toBe('invalid_graph_file');
    expect(job.error?.message).toContain('Line 1');
    const form = new FormData();
    form.set('file', new File(['x'], 'graph.cypher'));
    problem(await api.send(path, { method: 'POST', body: form }), 415, 'unsupported_type');
  }, 60_000);

  test(`hold ${INJECTIONS.length} injection strings literally, and nothing else happens`, async () => {
    const ws = (await api.createWorkspace('Strings')).id;
    const other = (await api.createWorkspace('Other')).id;
    await takeIn(other, 'ships.jsonl', lines(FACTS));
    const before = await facts(other);
    const rows = INJECTIONS.map((text) => ({ subject: text, relation: text, object: 'Keep' }));
    await takeIn(ws, 'strings.jsonl', lines(rows));
    for (const text of INJECTIONS) {
      const asked = encodeURIComponent(text);
      const { data } = await api.get(
        `/v1/workspaces/${ws}/entities?limit=200&query=${asked}`,
        pageSchema(entitySchema),
      );
      expect(
        data.flatMap(({ name, aliases }) => [name, ...aliases]),
        text,
      ).toContain(text);
      expect((await facts(ws, `relation=${asked}`)).length, text).toBeGreaterThan(0);
      expect(await facts(ws, `document_id=${encodeURIComponent(text.slice(0, 90))}`)).toEqual([]);
    }
    expect(await facts(other)).toEqual(before);
  }, 240_000);

  test('and workspaces and questions may be named by them too', async () => {
    for (const text of INJECTIONS.filter((_, i) => i % 6 === 0)) {
      const created = await api.json('POST', '/v1/workspaces', { name: text });
      const { id, name } = created.body as { id: string; name: string };
      expect(name).toBe(text.trim());
      const found = await api.json('POST', `/v1/workspaces/${id}/search`, { question: text });
      expect(exactly(searchResponseSchema, found, 200).hits).toEqual([]);
      await api.json('DELETE', `/v1/workspaces/${id}`);
    }
  }, 120_000);
});
