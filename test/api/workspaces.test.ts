import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  answerSchema,
  documentSchema,
  entitySchema,
  factSchema,
  neighbourhoodSchema,
  pageSchema,
  searchResponseSchema,
  workspaceSchema,
} from '../../api/contract/index.ts';
import { ApiClient, exactly, problem } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { filesIn } from '../support/stored.ts';

const RED = 'The Kestrel is a red ship. Ada Holm built the Kestrel in Larvik in 1901.\n';
const BLUE = 'The Petrel is a blue ship. Jon Rask built the Petrel in Hobart in 1911.\n';

describe('workspaces', () => {
  let server: TestServer;
  let api: ApiClient;

  beforeAll(async () => {
    server = await startServer();
    api = new ApiClient(server.url);
  });

  afterAll(() => server?.stop());

  test('are created, read, changed and deleted', async () => {
    const made = await api.createWorkspace('First', { settings: { chunk_tokens: 128 } });
    expect(made).toMatchObject({ name: 'First', description: '', settings: { chunk_tokens: 128 } });
    const path = `/v1/workspaces/${made.id}`;
    expect(await api.get(path, workspaceSchema)).toEqual(made);
    const patched = exactly(
      workspaceSchema,
      await api.json('PATCH', path, { name: 'Second', description: 'renamed' }),
      200,
    );
    expect(patched).toMatchObject({ name: 'Second', settings: { chunk_tokens: 128 } });
    const gone = await api.json('DELETE', path);
    expect(gone).toMatchObject({ status: 204, body: '' });
    problem(await api.json('GET', path), 404, 'workspace_not_found');
    problem(await api.json('DELETE', path), 404, 'workspace_not_found');
  });

  test('are listed in pages that leave none out and show none twice', async () => {
    const made = new Set<string>();
    for (let i = 0; i < 5; i++) made.add((await api.createWorkspace(`Page ${i}`)).id);
    const seen: string[] = [];
    for (let after = ''; ;) {
      const page = await api.get(`/v1/workspaces?limit=2${after}`, pageSchema(workspaceSchema));
      expect(page.data.length).toBeLessThanOrEqual(2);
      expect(page.last_id).toBe(page.data.at(-1)?.id ?? null);
      seen.push(...page.data.map(({ id }) => id));
      if (!page.has_more) break;
      after = `&after=${page.last_id}`;
    }
    expect(new Set(seen).size).toBe(seen.length);
    for (const id of made) expect(seen).toContain(id);
    for (const id of made) await api.json('DELETE', `/v1/workspaces/${id}`);
  });

  test('never see what lies in another one', async () => {
    const red = await api.createWorkspace('Red');
    const blue = await api.createWorkspace('Blue');
    const inRed = await api.ingest(red.id, 'ships.txt', RED);
    const inBlue = await api.ingest(blue.id, 'ships.txt', BLUE);
    const at = (path: string): string => `/v1/workspaces/${red.id}${path}`;

    const search = exactly(
      searchResponseSchema,
      await api.json('POST', at('/search'), { question: 'Who built the Petrel in Hobart?' }),
      200,
    );
    expect(JSON.stringify(search.hits)).not.toMatch(/Petrel|Hobart|Rask/);
    expect(search.entities.map(({ name }) => name)).not.toContain('Petrel');
    const smuggled = await api.json('POST', at('/search'), {
      question: 'Who built the Petrel?',
      document_ids: [inBlue.document.id],
    });
    expect(exactly(searchResponseSchema, smuggled, 200).hits).toEqual([]);
    const answer = exactly(
      answerSchema,
      await api.json('POST', at('/answers'), { question: 'Who built the Petrel in Hobart?' }),
      200,
    );
    const { question: _, ...shown } = answer;
    expect(JSON.stringify(shown)).not.toMatch(/Petrel|Hobart|Rask/);

    const entities = await api.all(at('/entities'), entitySchema);
    expect(entities.map(({ name }) => name)).toContain('Kestrel');
    expect(JSON.stringify(entities)).not.toMatch(/Petrel|Hobart|Rask/);
    expect(JSON.stringify(await api.all(at('/facts'), factSchema))).not.toMatch(/Petrel|Hobart/);
    const foreign = (await api.all(`/v1/workspaces/${blue.id}/entities`, entitySchema))[0]!;
    problem(await api.json('GET', at(`/entities/${foreign.id}`)), 404, 'entity_not_found');
    problem(await api.json('GET', at(`/entities/${foreign.id}/neighbourhood`)), 404);
    expect(await api.all(at(`/facts?entity_id=${foreign.id}`), factSchema)).toEqual([]);
    expect(await api.all(at(`/facts?document_id=${inBlue.document.id}`), factSchema)).toEqual([]);

    const document = at(`/documents/${inBlue.document.id}`);
    for (const path of ['', '/text', '/chunks', '/original']) {
      problem(await api.json('GET', document + path), 404, 'document_not_found');
    }
    problem(await api.json('PATCH', document, { enabled: false }), 404);
    problem(await api.json('DELETE', document), 404);
    expect(await api.all(at('/documents'), documentSchema)).toMatchObject([
      { id: inRed.document.id },
    ]);
  });

  test('with the same document store caches of their own, which go with them', async () => {
    const first = await api.createWorkspace('Twin 1');
    const second = await api.createWorkspace('Twin 2');
    const before = filesIn(server, 'kv').length;
    await api.ingest(first.id, 'twin.txt', `${RED}Twin.`);
    const one = filesIn(server, 'kv').length - before;
    await api.ingest(second.id, 'twin.txt', `${RED}Twin.`);
    expect(one).toBeGreaterThan(0);
    expect(filesIn(server, 'kv').length).toBe(before + 2 * one);
    expect((await api.json('DELETE', `/v1/workspaces/${first.id}`)).status).toBe(204);
    expect(filesIn(server, 'kv').length).toBe(before + one);
    const kept = await api.get(`/v1/workspaces/${second.id}`, workspaceSchema);
    expect(kept.counts.kv_chunks).toBe(kept.counts.chunks);
    const blobs = filesIn(server, 'blobs').length;
    expect((await api.json('DELETE', `/v1/workspaces/${second.id}`)).status).toBe(204);
    expect(filesIn(server, 'kv').length).toBe(before);
    expect(filesIn(server, 'blobs').length).toBe(blobs - 1);
  });

  test('show the neighbourhood of an entity, and say when it is cut', async () => {
    const { id } = await api.createWorkspace('Around');
    await api.ingest(id, 'ships.txt', RED + BLUE);
    const at = (path: string): string => `/v1/workspaces/${id}${path}`;
    const [kestrel] = await api.all(at('/entities?query=kestrel'), entitySchema);
    expect(kestrel).toMatchObject({ name: 'Kestrel' });
    const around = `/entities/${kestrel!.id}/neighbourhood`;
    const all = await api.get(at(`${around}?depth=2`), neighbourhoodSchema);
    expect(all.truncated).toBe(false);
    expect(all.entities.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Kestrel', 'Ada Holm']),
    );
    expect(all.facts.length).toBeGreaterThan(0);
    for (const support of all.facts.flatMap((fact) => fact.support)) {
      expect(RED + BLUE).toContain(support.sentence_text);
    }
    const cut = await api.get(at(`${around}?depth=2&limit=1`), neighbourhoodSchema);
    expect(cut.truncated).toBe(true);
    problem(await api.json('GET', at(`${around}?depth=9`)), 400, 'invalid_request');
  });
});
