/** Pins through the API, and what the status says of the cache. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentSchema, statusSchema, type Document } from '../../api/contract/index.ts';
import { ApiClient, exactly } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let api: ApiClient;

beforeAll(async () => {
  server = await startServer();
  api = new ApiClient(server.url);
});
afterAll(() => server?.stop());

test('a pinned document keeps its caches, also those of its next version, until it is unpinned', async () => {
  const workspaceId = (await api.createWorkspace('Pins')).id;
  const path = `/v1/workspaces/${workspaceId}/documents`;
  const hand = async (text: string): Promise<string> => {
    const body = { name: 'ship.txt', text, external_key: 'ship' };
    const reply = await api.json('POST', path, body);
    await api.waitForJobs(workspaceId);
    return (reply.body as { document: Document }).document.id;
  };
  const pinnedBytes = async (): Promise<number> =>
    (await api.get('/v1/status', statusSchema)).kv.pinned_bytes;
  const pin = async (id: string, pinned: boolean): Promise<Document> =>
    exactly(documentSchema, await api.json('PATCH', `${path}/${id}`, { pinned }), 200);

  const id = await hand('The Fram was built by Colin Archer at Larvik in 1892.');
  expect(await pinnedBytes()).toBe(0);
  expect(await pin(id, true)).toMatchObject({ pinned: true, enabled: true });
  const one = await pinnedBytes();
  expect(one).toBeGreaterThan(0);
  await hand(
    `The Fram was built at Larvik. ${'Nansen sailed her into the ice in 1893. '.repeat(30)}`,
  );
  expect(await api.get(`${path}/${id}`, documentSchema)).toMatchObject({ pinned: true });
  expect(await pinnedBytes()).toBeGreaterThan(one);
  expect(await pin(id, false)).toMatchObject({ pinned: false });
  expect(await pinnedBytes()).toBe(0);
});

test('the status says that caches are stored', async () => {
  const { kv } = await api.get('/v1/status', statusSchema);
  expect(kv).toMatchObject({ storing: true, write_failures: 0 });
});
