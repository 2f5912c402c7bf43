/** What must not take the server down, and how a start that goes wrong ends. */
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  acceptedDocumentSchema,
  answerSchema,
  pageSchema,
  workspaceSchema,
  type Answer,
  type AnswerEvent,
} from '../../api/contract/index.ts';
import { ApiClient, events, exactly, problem } from '../support/client.ts';
import { runCli, startServer, type TestServer } from '../support/server.ts';

const SAMPLE = join(import.meta.dirname, '../../ingest/sample');
const QUESTION = 'Who designed the Fram?';

describe('a server goes on', () => {
  let server: TestServer;
  let api: ApiClient;

  beforeAll(async () => {
    server = await startServer();
    api = new ApiClient(server.url);
  });

  afterAll(() => server?.stop());

  async function workspaceWith(name: string): Promise<{ workspaceId: string; documentId: string }> {
    const { id: workspaceId } = await api.createWorkspace('Polar');
    const bytes = readFileSync(join(SAMPLE, 'files', name));
    const { document, job } = await api.ingest(workspaceId, name, bytes);
    expect(job.state).toBe('succeeded');
    return { workspaceId, documentId: document.id };
  }

  const post = (workspaceId: string, body: object, signal?: AbortSignal): Promise<Response> =>
    api.fetch(`/v1/workspaces/${workspaceId}/answers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ question: QUESTION, mode: 'exact', ...body }),
      signal,
    });

  test('when a workspace is deleted while answers stream from it', async () => {
    const { workspaceId } = await workspaceWith('fram.md');
    const streams = await Promise.all(
      Array.from({ length: 3 }, () => post(workspaceId, { stream: true })),
    );
    const collected = Promise.all(
      streams.map(async (response) => {
        const types: string[] = [];
        for await (const { event } of events<AnswerEvent>(response)) types.push(event);
        return types;
      }),
    );
    const reply = await api.json('DELETE', `/v1/workspaces/${workspaceId}`);
    expect(reply.status).toBe(204);
    for (const types of await collected) {
      expect(types.at(-1)).toMatch(/^answer\.(completed|incomplete|cancelled|failed)$/);
    }
    expect(await api.json('GET', '/readyz')).toMatchObject({ status: 200 });
  });

  test('when a download is broken off, and closes the file', async () => {
    const { id } = await api.createWorkspace('Downloads');
    const bytes = new Uint8Array(24 * 1024 * 1024).fill(7);
    const taken = await api.upload(id, 'big.pdf', bytes);
    const { document } = exactly(acceptedDocumentSchema, taken, 202);
    await api.waitForJobs(id);
    const path = `/v1/workspaces/${id}/documents/${document.id}/original`;
    for (let i = 0; i < 5; i++) {
      const stop = new AbortController();
      const response = await api.fetch(path, { signal: stop.signal });
      await response.body!.getReader().read();
      stop.abort();
    }
    await expect.poll(() => openFiles(server.pid, 'blobs')).toEqual([]);
    expect(await api.json('GET', '/readyz')).toMatchObject({ status: 200 });
    const whole = await api.fetch(path);
    expect((await whole.arrayBuffer()).byteLength).toBe(bytes.length);
  });

  test('when more answers are asked for than it makes at once', async () => {
    const { workspaceId } = await workspaceWith('fram.md');
    const stop = new AbortController();
    const asked = await Promise.all(
      Array.from({ length: 40 }, () => post(workspaceId, { stream: true }, stop.signal)),
    );
    const refused = asked.filter((response) => response.status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]!.headers.get('retry-after')).toBe('2');
    expect(await refused[0]!.json()).toMatchObject({ code: 'too_many_answers' });
    stop.abort();
    await expect
      .poll(async () => (await post(workspaceId, { max_tokens: 1 })).status, { timeout: 20_000 })
      .toBe(200);
  });

  test('and shows no texts of documents that were deleted after the answer', async () => {
    const { workspaceId, documentId } = await workspaceWith('fram.md');
    const reply = await api.json('POST', `/v1/workspaces/${workspaceId}/answers`, {
      question: QUESTION,
    });
    const before: Answer = exactly(answerSchema, reply, 200);
    expect(before.citations.length).toBeGreaterThan(0);
    await api.json('DELETE', `/v1/workspaces/${workspaceId}/documents/${documentId}`);
    await api.waitForJobs(workspaceId);
    const after = await api.get(`/v1/answers/${before.id}`, answerSchema);
    const list = await api.get(
      `/v1/workspaces/${workspaceId}/answers?limit=1`,
      pageSchema(answerSchema),
    );
    expect(list.data).toEqual([after]);
    for (const each of [...after.context, ...after.citations]) expect(each.text).toBe('');
    const steps = after.paths.flatMap((path) => path.steps);
    for (const step of steps.filter(({ document_id: id }) => id))
      expect(step.text).not.toMatch(/./);
    const titles = (answer: Answer): string[] => answer.context.map((each) => each.document_title);
    expect(titles(after)).toEqual(titles(before));
    expect(after.text).toBe(before.text);
  });

  test('and calls a faulty upload invalid', async () => {
    const { id } = await api.createWorkspace('Uploads');
    const reply = await api.send(`/v1/workspaces/${id}/documents`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body: '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\ncut',
    });
    problem(reply, 400, 'invalid_multipart');
  });
});

describe('a home', () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'graphblend-home-'));
  });

  afterEach(() => rm(home, { recursive: true, force: true, maxRetries: 3 }));

  const announced = (): { url: string; pid: number } =>
    JSON.parse(readFileSync(join(home, 'server.json'), 'utf8')) as { url: string; pid: number };

  test('has one server at a time; a killed one leaves it free at once', async () => {
    const first = await startServer({ home });
    const refused = await runCli(['serve', '--port', '0'], { home });
    expect(refused.code).toBe(1);
    expect(refused.output).toContain(home);
    expect(refused.output).toContain(`pid ${first.pid}`);
    expect(refused.output).toContain('GRAPHBLEND_HOME');
    expect(announced()).toEqual({ url: first.url, pid: first.pid });
    await first.kill();
    const second = await startServer({ home });
    expect(announced()).toEqual({ url: second.url, pid: second.pid });
    expect(await second.stop()).toBe(0);
    expect(() => announced()).toThrow('ENOENT');
  });

  test('with a damaged database ends a start with an error instead of hanging', async () => {
    writeFileSync(join(home, 'graphblend.db'), 'this is not a database '.repeat(1000));
    const { code, output } = await runCli(['status'], { home });
    expect(output).toMatch(/^error .*graphblend\.db is not a readable SQLite database/m);
    expect(code).toBe(1);
  });

  test('with a damaged sample marker starts all the same', async () => {
    writeFileSync(join(home, 'sample.json'), '{"workspaceId": "ws_');
    const server = await startServer({ home, env: { GRAPHBLEND_SAMPLE: '1' } });
    const api = new ApiClient(server.url);
    expect(await api.all('/v1/workspaces', workspaceSchema)).toHaveLength(1);
    expect(server.output()).toContain('the sample marker is damaged');
    await server.stop();
  });

  test('whose sample was left empty by a crash gets its documents', async () => {
    const manifest = readFileSync(join(SAMPLE, 'workspace.json'), 'utf8');
    const { name } = JSON.parse(manifest) as { name: string };
    const first = await startServer({ home });
    const { id } = await new ApiClient(first.url).createWorkspace(name);
    await first.stop();
    const second = await startServer({ home, env: { GRAPHBLEND_SAMPLE: '1' } });
    const [only, more] = await new ApiClient(second.url).all('/v1/workspaces', workspaceSchema);
    expect(only!.id).toBe(id);
    expect(only!.counts.documents).toBeGreaterThan(0);
    expect(more).toBeUndefined();
    await second.stop();
  });
});

/** Files under a folder of that name that the process has open; Linux only, elsewhere none. */
function openFiles(pid: number, folder: string): string[] {
  if (process.platform !== 'linux') return [];
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => link.includes(`/${folder}/`));
}
