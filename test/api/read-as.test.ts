/** Names that a question writes otherwise than the documents do, over REST with the bundled embedder. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { searchResponseSchema } from '../../api/contract/index.ts';
import { ApiClient, exactly } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

// A server of its own is started, and documents are embedded: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const TEXT =
  'The Fram was built in 1892. Colin Archer designed the Fram for Fridtjof Nansen. It sailed north in 1893.';

let server: TestServer;
let api: ApiClient;

beforeAll(async () => {
  server = await startServer({ env: { GRAPHBLEND_EMBED_GRAPH: 'names' } });
  api = new ApiClient(server.url);
});
afterAll(() => server?.stop());

test('a misspelt name is read as the one of the documents, until these are deleted', async () => {
  const { id } = await api.createWorkspace('Ships');
  const path = `/v1/workspaces/${id}`;
  const asked = async (question: string) =>
    exactly(searchResponseSchema, await api.json('POST', `${path}/search`, { question }), 200);
  await api.upload(id, 'ships.txt', Buffer.from(TEXT));
  await api.waitForJobs(id);

  const wrong = await asked('Who was Fridtjof Nanssen?');
  expect(wrong.question).toBe('Who was Fridtjof Nanssen?');
  expect(wrong.read_as).toEqual([{ written: 'Fridtjof Nanssen', name: 'Fridtjof Nansen' }]);
  expect(wrong.entities.map(({ name }) => name)).toEqual(['Fridtjof Nansen']);
  expect((await asked('Who was Fridtjof Nansen?')).read_as).toBeUndefined();

  const { body } = await api.json('GET', `${path}/documents`);
  for (const document of (body as { data: { id: string }[] }).data)
    await api.json('DELETE', `${path}/documents/${document.id}`);
  await api.waitForJobs(id);
  expect((await asked('Who was Fridtjof Nanssen?')).read_as).toBeUndefined();
});
