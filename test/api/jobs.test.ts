import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  documentSchema,
  jobSchema,
  pageSchema,
  workspaceSchema,
  type AcceptedDocument,
  type Job,
} from '../../api/contract/index.ts';
import { ApiClient, events, exactly, problem } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { filesIn } from '../support/stored.ts';

/** Long enough that its job can be caught at work. */
function longDocument(of: string): string {
  return Array.from(
    { length: 80 },
    (_, day) =>
      `## Day ${day} of ${of}\n\nThe Kestrel left harbour ${day} on day ${day}. Ada Holm measured the depth, the wind and the cold of day ${day}, and the crew wrote all of it into the log of the ship before they slept. The ice was ${day} metres thick.\n`,
  ).join('\n');
}

describe('jobs', () => {
  let server: TestServer;
  let api: ApiClient;
  let workspaceId: string;

  beforeAll(async () => {
    server = await startServer();
    api = new ApiClient(server.url);
    workspaceId = (await api.createWorkspace('Jobs', { settings: { chunk_tokens: 64 } })).id;
  });

  afterAll(() => server?.stop());

  const submit = async (name: string, content = longDocument(name)): Promise<Job> => {
    const reply = await api.upload(workspaceId, name, content);
    expect(reply.status).toBe(202);
    return (reply.body as AcceptedDocument).job!;
  };
  const follow = async (id: string, until: (job: Job) => boolean = () => false): Promise<Job[]> => {
    const seen: Job[] = [];
    const response = await api.fetch(`/v1/jobs/${id}/stream`);
    for await (const { event, data } of events<Job>(response)) {
      expect(event).toBe('job.updated');
      seen.push(jobSchema.parse(data));
      if (until(data)) break;
    }
    return seen;
  };
  const act = async (id: string, what: 'cancel' | 'retry', status: number): Promise<Job> =>
    exactly(jobSchema, await api.json('POST', `/v1/jobs/${id}/${what}`), status);
  const documentOf = (job: Job) =>
    api.get(`/v1/workspaces/${workspaceId}/documents/${job.document_id}`, documentSchema);

  test('are streamed until their final state, with progress that never goes back', async () => {
    const { id } = await submit('streamed.md');
    const seen = await follow(id);
    expect(seen.at(-1)).toMatchObject({ state: 'succeeded', stage: 'done', error: null });
    expect(seen.filter((job) => job.finished_at !== null)).toHaveLength(1);
    const stages = [
      'waiting',
      'queued',
      'parse',
      'chunk',
      'embed',
      'extract',
      'index',
      'kv',
      'done',
    ];
    const places = seen.map((job) => stages.indexOf(job.stage));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(new Set(seen.map((job) => job.stage)).size).toBeGreaterThan(2);
    for (const { progress } of seen) expect(progress.done).toBeLessThanOrEqual(progress.total);
    expect(await follow(id)).toEqual([seen.at(-1)]);
  });

  test('that wait are canceled at once, and retried on request', async () => {
    const running = await submit('first.md');
    const waiting = await submit('second.md', 'Jon Rask lives in Hobart.');
    expect(waiting).toMatchObject({ state: 'enqueued', stage: 'waiting' });
    expect(await act(waiting.id, 'cancel', 200)).toMatchObject({ state: 'canceled' });
    expect(await documentOf(waiting)).toMatchObject({
      status: 'failed',
      error: { code: 'canceled' },
    });
    await act(waiting.id, 'retry', 202);
    expect(await api.waitForJob(waiting.id)).toMatchObject({ state: 'succeeded' });
    expect(await documentOf(waiting)).toMatchObject({ status: 'ready', error: null });
    expect(await api.waitForJob(running.id)).toMatchObject({ state: 'succeeded' });
    expect(await act(running.id, 'cancel', 200)).toMatchObject({ state: 'succeeded' });
    problem(await api.json('POST', `/v1/jobs/${running.id}/retry`), 409, 'conflict');
  });

  test('that were canceled long ago have no say in what became of their document', async () => {
    const running = await submit('long.md');
    const old = await submit('revived.txt', 'Jon Rask lives in Lyttelton.');
    await act(old.id, 'cancel', 200);
    const again = await submit('revived.txt', 'Jon Rask lives in Lyttelton.');
    expect(again.id).not.toBe(old.id);
    expect(await api.waitForJob(again.id)).toMatchObject({ state: 'succeeded' });
    expect(await act(old.id, 'cancel', 200)).toMatchObject({ state: 'canceled' });
    expect(await documentOf(again)).toMatchObject({ status: 'ready' });
    await api.waitForJob(running.id);
  });

  test('that run are canceled and leave nothing behind in search, graph or cache', async () => {
    const path = `/v1/workspaces/${workspaceId}`;
    const before = (await api.get(path, workspaceSchema)).counts;
    const job = await submit('stopped.md');
    const started = await follow(job.id, ({ state }) => state === 'processing');
    expect(started.at(-1)?.finished_at).toBeNull();
    await act(job.id, 'cancel', 200);
    expect(await api.waitForJob(job.id)).toMatchObject({
      state: 'canceled',
      error: { code: 'canceled' },
    });
    const { documents: _, bytes: __, ...rest } = (await api.get(path, workspaceSchema)).counts;
    expect(before).toMatchObject(rest);
    expect(filesIn(server, 'kv')).toHaveLength(rest.kv_chunks);
    const retried = await act(job.id, 'retry', 202);
    expect(retried.id).toBe(job.id);
    expect(await api.waitForJob(job.id)).toMatchObject({ state: 'succeeded' });
    expect(await documentOf(job)).toMatchObject({ status: 'ready', version: 1 });
  });

  test('about a document that is deleted meanwhile end canceled, and the document is gone', async () => {
    const job = await submit('doomed.md');
    await follow(job.id, ({ state }) => state === 'processing');
    const path = `/v1/workspaces/${workspaceId}/documents/${job.document_id}`;
    const reply = await api.json('DELETE', path);
    const { job: removal } = reply.body as { job: Job };
    expect(await api.waitForJob(removal.id)).toMatchObject({
      state: 'succeeded',
      kind: 'delete_document',
    });
    expect((await api.waitForJob(job.id)).state).toMatch(/^(canceled|succeeded)$/);
    problem(await api.json('GET', path), 404, 'document_not_found');
    const { counts } = await api.get(`/v1/workspaces/${workspaceId}`, workspaceSchema);
    expect(filesIn(server, 'kv')).toHaveLength(counts.kv_chunks);
  });

  test('that delete leave their document as it was when they are canceled', async () => {
    const kept = await submit('kept.txt', 'Ines Duarte lives in Porto.');
    await api.waitForJob(kept.id);
    const before = await documentOf(kept);
    const running = await submit('busy.md');
    await follow(running.id, ({ state }) => state === 'processing');
    const path = `/v1/workspaces/${workspaceId}/documents/${kept.document_id}`;
    const { job: removal } = (await api.json('DELETE', path)).body as { job: Job };
    expect((await documentOf(kept)).status).toBe('deleting');
    expect(await act(removal.id, 'cancel', 200)).toMatchObject({ state: 'canceled' });
    const { updated_at: _, job_id: __, ...same } = before;
    expect(await documentOf(kept)).toMatchObject(same);
    await act(removal.id, 'retry', 202);
    expect(await api.waitForJob(removal.id)).toMatchObject({ state: 'succeeded' });
    problem(await api.json('GET', path), 404, 'document_not_found');
    await api.waitForJob(running.id);
  });

  test('that succeeded stay so, and their documents ready, when a retry is asked for', async () => {
    const done = await submit('done.txt', 'Ines Duarte sailed to Madeira.');
    await api.waitForJob(done.id);
    problem(await api.json('POST', `/v1/jobs/${done.id}/retry`), 409, 'conflict');
    expect(await documentOf(done)).toMatchObject({ status: 'ready', published_version: 1 });
  });

  test('of a workspace that is deleted meanwhile are gone with it', async () => {
    const other = (await api.createWorkspace('Doomed')).id;
    const reply = await api.upload(other, 'doomed.md', longDocument('a doomed workspace'));
    const { job } = reply.body as { job: Job };
    await follow(job.id, ({ state }) => state === 'processing');
    expect((await api.json('DELETE', `/v1/workspaces/${other}`)).status).toBe(204);
    problem(await api.json('GET', `/v1/jobs/${job.id}`), 404, 'job_not_found');
    const next = await submit('after.txt', 'Jon Rask sailed to Larvik.');
    expect(await api.waitForJob(next.id)).toMatchObject({ state: 'succeeded' });
  });

  test('are superseded by the job of a newer version of the same document', async () => {
    const first = await submit('twice.md');
    const second = await submit('twice.md', longDocument('another text'));
    expect(second.document_id).toBe(first.document_id);
    expect(await api.waitForJob(second.id)).toMatchObject({ state: 'succeeded' });
    expect(await api.waitForJob(first.id)).toMatchObject({ state: 'canceled' });
    expect(await documentOf(second)).toMatchObject({ version: 2, published_version: 2 });
  });

  test('are listed newest first, by state and by document', async () => {
    await api.waitForJobs(workspaceId);
    const jobs = await api.all(`/v1/jobs?workspace_id=${workspaceId}`, jobSchema);
    const times = jobs.map((job) => job.created_at);
    expect(times).toEqual(times.toSorted().toReversed());
    const path = `/v1/jobs?document_id=${jobs[0]!.document_id}`;
    for (const job of await api.all(path, jobSchema)) {
      expect(job.document_id).toBe(jobs[0]!.document_id);
    }
    const page = await api.get('/v1/jobs?state=canceled&limit=1', pageSchema(jobSchema));
    expect(page.data).toMatchObject([{ state: 'canceled' }]);
  });

  test('that do not exist are answered with a problem', async () => {
    problem(await api.json('GET', '/v1/jobs/none'), 404, 'job_not_found');
    problem(await api.json('GET', '/v1/jobs/none/stream'), 404, 'job_not_found');
    problem(await api.json('POST', '/v1/jobs/none/cancel'), 404, 'job_not_found');
    problem(await api.json('POST', '/v1/jobs/none/retry'), 404, 'job_not_found');
  });
});
