/** Conversations over REST: the built server, the bundled reader. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  answerSchema,
  conversationDetailSchema,
  conversationSchema,
  pageSchema,
  type Answer,
  type Conversation,
} from '../../api/contract/index.ts';
import { ApiClient, exactly, problem } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const SAMPLE = join(import.meta.dirname, '../../ingest/sample/files');
const FILES = ['fram.md', 'colin-archer.md', 'gjoa.txt', 'roald-amundsen.docx', 'endurance.pdf'];

describe('conversations', () => {
  let server: TestServer;
  let api: ApiClient;
  let workspaceId: string;

  beforeAll(async () => {
    server = await startServer();
    api = new ApiClient(server.url);
    workspaceId = (await api.createWorkspace('Polar')).id;
    for (const name of FILES) await api.upload(workspaceId, name, readFileSync(join(SAMPLE, name)));
    await api.waitForJobs(workspaceId);
  });

  afterAll(() => server?.stop());

  const path = (rest: string): string => `/v1/workspaces/${workspaceId}${rest}`;
  const begin = async (body: object = {}): Promise<Conversation> =>
    exactly(conversationSchema, await api.json('POST', path('/conversations'), body), 201);
  const ask = async (question: string, more: object = {}): Promise<Answer> =>
    exactly(answerSchema, await api.json('POST', path('/answers'), { question, ...more }), 200);
  const detail = (id: string) => api.get(`/v1/conversations/${id}`, conversationDetailSchema);

  test.each(['balanced', 'exact'])(
    'the next question reads nothing again in %s mode',
    async (mode) => {
      const { id } = await begin({ title: 'Ships' });
      const first = await ask('Who built the Fram?', { mode, conversation_id: id });
      expect(first).toMatchObject({ conversation_id: id, status: 'completed' });
      expect(first.reuse!.kept_tokens).toBe(0);
      const next = await ask('When was it built?', { mode, conversation_id: id });
      const { reuse, ribbon, context } = next;
      expect(reuse!.kept_tokens).toBeGreaterThan(0.8 * first.reuse!.prompt_tokens);
      expect(reuse!.cached_tokens + reuse!.recomputed_tokens + reuse!.fresh_tokens).toBe(
        reuse!.prompt_tokens,
      );
      const prompt = ribbon.filter(({ kind }) => kind !== 'answer');
      expect(prompt.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(reuse!.prompt_tokens);
      // Each passage stands in the prompt once, whichever turn brought it.
      const ids = context.map((each) => each.chunk_id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.slice(0, first.context.length)).toEqual(
        first.context.map((each) => each.chunk_id),
      );
      const { answers, turns } = await detail(id);
      expect(turns).toBe(2);
      expect(answers.map((each) => each.id)).toEqual([first.id, next.id]);
    },
  );

  test('a pronoun is searched for as the name it stands for', async () => {
    const { id } = await begin();
    const first = await ask('Who designed the Fram?', { conversation_id: id });
    expect(first.text).toContain('Colin Archer');
    const next = await ask('In which town was he born?', { conversation_id: id });
    expect(next.text).toContain('Larvik');
  });

  test('an answer that was given already can be gone on from', async () => {
    const first = await ask('Who built the Fram?');
    const { id, turns } = await begin({ answer_id: first.id });
    expect(turns).toBe(1);
    const next = await ask('Who was captain of it?', { conversation_id: id });
    expect(next.reuse!.kept_tokens).toBeGreaterThan(0.7 * first.reuse!.prompt_tokens);
  });

  test('a passage that was deleted since is not known any more', async () => {
    const text = 'The yacht Albatros was built by Anna Berg in Horten in 1921.';
    const added = await api.json('POST', path('/documents'), { name: 'albatros.txt', text });
    await api.waitForJobs(workspaceId);
    const documentId = (added.body as { document: { id: string } }).document.id;
    const { id } = await begin();
    const first = await ask('Who built the yacht Albatros?', { conversation_id: id });
    expect(first.context.map((each) => each.document_id)).toContain(documentId);
    expect((await api.json('DELETE', path(`/documents/${documentId}`))).status).toBe(202);
    await api.waitForJobs(workspaceId);
    const next = await ask('And where did she do so?', { conversation_id: id });
    expect(next.context.map((each) => each.document_id)).not.toContain(documentId);
    expect(next.ribbon.filter(({ kind }) => kind === 'kept')).toEqual([]);
  });

  test('conversations are listed, read, deleted, and belong to their workspace', async () => {
    const { id } = await begin({ title: 'One' });
    const page = await api.get(path('/conversations'), pageSchema(conversationSchema));
    expect(page.data[0]).toMatchObject({ id, title: 'One', turns: 0 });
    const other = (await api.createWorkspace('Other')).id;
    const elsewhere = await api.json('POST', `/v1/workspaces/${other}/answers`, {
      question: 'Who?',
      conversation_id: id,
    });
    problem(elsewhere, 404);
    const answer = await ask('Who built the Gjoa?', { conversation_id: id });
    problem(
      await api.json('POST', `/v1/workspaces/${other}/conversations`, { answer_id: answer.id }),
      404,
    );
    expect((await api.json('DELETE', `/v1/conversations/${id}`)).status).toBe(204);
    problem(await api.json('GET', `/v1/conversations/${id}`), 404);
    problem(await api.json('DELETE', `/v1/conversations/${id}`), 404);
    expect((await api.json('GET', `/v1/answers/${answer.id}`)).status).toBe(200);
  });

  test('a conversation takes one question at a time', async () => {
    const { id } = await begin();
    const asking = [1, 2].map(() =>
      api.json('POST', path('/answers'), { question: 'Who built the Fram?', conversation_id: id }),
    );
    const replies = await Promise.all(asking);
    expect(replies.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect((await detail(id)).turns).toBe(1);
  });

  test('what is kept shows in the metrics', async () => {
    const text = (await api.send('/metrics')).body as string;
    const value = (name: string): number =>
      Number(new RegExp(`^graphblend_${name} (\\S+)$`, 'm').exec(text)?.[1]);
    expect(value('kv_prompt_hits')).toBeGreaterThan(0);
    expect(value('kv_prompt_reused_rows')).toBeGreaterThan(0);
    expect(value('kv_prompt_bytes')).toBeGreaterThan(0);
  });
});
