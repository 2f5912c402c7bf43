import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  answerEventSchema,
  answerSchema,
  documentTextSchema,
  pageSchema,
  searchResponseSchema,
  type Answer,
  type AnswerEvent,
} from '../../api/contract/index.ts';
import { ApiClient, events, exactly, problem } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const SAMPLE = join(import.meta.dirname, '../../ingest/sample/files');
const FILES = ['fram.md', 'colin-archer.md', 'roald-amundsen.docx', 'endurance.pdf', 'gjoa.txt'];
const QUESTION = 'Who designed the ship in which Amundsen sailed to Antarctica in 1910?';
const FINAL = ['answer.completed', 'answer.incomplete', 'answer.cancelled', 'answer.failed'];

describe('search and answers', () => {
  let server: TestServer;
  let api: ApiClient;
  let workspaceId: string;

  beforeAll(async () => {
    server = await startServer();
    api = new ApiClient(server.url);
    workspaceId = (await api.createWorkspace('Polar')).id;
    for (const name of FILES) {
      await api.upload(workspaceId, name, readFileSync(join(SAMPLE, name)));
    }
    const jobs = await api.waitForJobs(workspaceId);
    expect(jobs.filter((job) => job.state !== 'succeeded')).toEqual([]);
  });

  afterAll(() => server?.stop());

  const path = (rest: string): string => `/v1/workspaces/${workspaceId}${rest}`;
  const ask = async (more: object = {}): Promise<Answer> =>
    exactly(
      answerSchema,
      await api.json('POST', path('/answers'), { question: QUESTION, ...more }),
      200,
    );
  const stream = (more: object = {}): Promise<Response> =>
    api.fetch(path('/answers'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ question: QUESTION, stream: true, ...more }),
    });
  const collect = async (response: Response): Promise<AnswerEvent[]> => {
    const seen: AnswerEvent[] = [];
    for await (const { event, data } of events<AnswerEvent>(response)) {
      expect(answerEventSchema.parse(data)).toEqual(data);
      expect(event).toBe(data.type);
      seen.push(data);
    }
    return seen;
  };
  const finalOf = (seen: readonly AnswerEvent[]): Answer => {
    const last = seen.at(-1)!;
    expect(FINAL).toContain(last.type);
    return (last as Extract<AnswerEvent, { type: 'answer.completed' }>).answer;
  };
  const textOf = async (documentId: string): Promise<string> =>
    (await api.get(path(`/documents/${documentId}/text`), documentTextSchema)).text;

  test('search finds chunks whose spans are the text of their documents', async () => {
    const reply = await api.json('POST', path('/search'), { question: QUESTION, limit: 8 });
    const { hits, timings_ms: timings } = exactly(searchResponseSchema, reply, 200);
    expect(hits.length).toBeGreaterThan(0);
    expect(hits.length).toBeLessThanOrEqual(8);
    const scores = hits.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    for (const hit of hits) {
      expect((await textOf(hit.document_id)).slice(hit.span.start, hit.span.end)).toBe(hit.text);
    }
    expect(timings.embed + timings.retrieval).toBeCloseTo(timings.total, 6);
  });

  test('search and answers stay inside the filter of the request', async () => {
    const namesOf = async (filter: object): Promise<string[]> => {
      const body = { question: QUESTION, limit: 20, ...filter };
      const reply = await api.json('POST', path('/search'), body);
      const { hits } = exactly(searchResponseSchema, reply, 200);
      return [...new Set(hits.map((hit) => hit.document_title))];
    };
    const all = await namesOf({});
    expect(all.length).toBeGreaterThan(2);
    const plain = await namesOf({ media_types: ['TEXT/*'] });
    expect(plain.length).toBeGreaterThan(0);
    expect(plain.length).toBeLessThan(all.length);
    expect(await namesOf({ media_types: ['text/*', 'application/*'] })).toEqual(all);
    expect(await namesOf({ tags: ['no such tag'] })).toEqual([]);
    expect(await namesOf({ created_before: '2020-01-01' })).toEqual([]);
    expect(await namesOf({ created_from: '2020-01-01T00:00:00+02:00' })).toEqual(all);
    const answer = await ask({ created_before: '2020-01-01' });
    expect(answer.citations).toEqual([]);
    const refused = await api.json('POST', path('/search'), {
      question: QUESTION,
      created_from: 'yesterday',
    });
    expect(refused.status).toBe(400);
  });

  test('an answer cites sentences of the documents, and its times add up', async () => {
    const answer = await ask();
    expect(answer).toMatchObject({ status: 'completed', question: QUESTION, error: null });
    expect(answer.citations.length).toBeGreaterThan(0);
    for (const [i, citation] of answer.citations.entries()) {
      const text = await textOf(citation.document_id);
      expect(citation.index).toBe(i + 1);
      expect(text.slice(citation.span.start, citation.span.end)).toBe(citation.text);
      const inside = citation.answer_span;
      if (inside) expect(inside.start).toBeGreaterThanOrEqual(citation.span.start);
    }
    for (const step of answer.paths.flatMap(({ steps }) => steps)) {
      if (!step.document_id || !step.span) continue;
      expect((await textOf(step.document_id)).slice(step.span.start, step.span.end)).toBe(
        step.text,
      );
    }
    expectSum(answer);
    const { reuse, ribbon } = answer;
    expect(reuse!.cached_tokens).toBeGreaterThan(0);
    expect(reuse!.cached_tokens + reuse!.recomputed_tokens + reuse!.fresh_tokens).toBe(
      reuse!.prompt_tokens,
    );
    const prompt = ribbon.filter(({ kind }) => kind !== 'answer');
    expect(prompt.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(reuse!.prompt_tokens);
  });

  test.each(['fast', 'exact'] as const)('an answer in %s mode is complete too', async (mode) => {
    const answer = await ask({ mode });
    expect(answer).toMatchObject({ mode, status: 'completed' });
    expect(answer.citations.length).toBeGreaterThan(0);
    expectSum(answer);
    if (mode === 'exact') expect(answer.reuse!.policy).toBe('full');
  });

  test('a streamed answer comes in numbered events in the order that was promised', async () => {
    const seen = await collect(await stream());
    expect(seen.map((event) => event.sequence_number)).toEqual(seen.map((_, i) => i + 1));
    const types = seen.map(({ type }) => type);
    expect(types[0]).toBe('answer.created');
    expect(types.filter((type) => FINAL.includes(type))).toEqual([types.at(-1)]);
    const first = (type: AnswerEvent['type']): number => types.indexOf(type);
    expect(first('answer.stage')).toBe(1);
    expect(first('answer.retrieval')).toBeGreaterThan(1);
    expect(first('answer.kv_plan')).toBeGreaterThan(first('answer.retrieval'));
    expect(first('answer.citation.added')).toBeGreaterThan(first('answer.kv_plan'));
    const stages = seen.flatMap((event) => (event.type === 'answer.stage' ? [event.stage] : []));
    const order = ['embed', 'retrieve', 'plan', 'load', 'blend', 'generate', 'cite'];
    const places = stages.map((stage) => order.indexOf(stage));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(stages).toEqual(expect.arrayContaining(['embed', 'retrieve', 'generate', 'cite']));

    const answer = finalOf(seen);
    expect(answer.status).toBe('completed');
    const written = seen.reduce((text, event) => {
      if (event.type === 'answer.text.delta') return text + event.delta;
      return event.type === 'answer.text.replaced' ? event.text : text;
    }, '');
    expect(written).toBe(answer.text);
    const cited = seen.flatMap((event) =>
      event.type === 'answer.citation.added' ? [event.citation] : [],
    );
    expect(cited).toEqual(answer.citations);
    expectSum(answer);
  });

  test('an answer read again is identical, and stands in the list', async () => {
    const seen = await collect(await stream());
    const answer = finalOf(seen);
    expect(await api.get(`/v1/answers/${answer.id}`, answerSchema)).toEqual(answer);
    const list = await api.get(path('/answers?limit=1'), pageSchema(answerSchema));
    expect(list.data).toEqual([answer]);
    expect(list.has_more).toBe(true);
    const replayed = await collect(await api.fetch(`/v1/answers/${answer.id}/stream`));
    expect(finalOf(replayed)).toEqual(answer);
  });

  test('a stream can be followed again from any event on', async () => {
    const seen: AnswerEvent[] = [];
    let resumed: Promise<AnswerEvent[]> | undefined;
    for await (const { data } of events<AnswerEvent>(await stream({ mode: 'exact' }))) {
      seen.push(data);
      if (seen.length !== 3) continue;
      const { id } = (seen[0] as Extract<AnswerEvent, { type: 'answer.created' }>).answer;
      const response = await api.fetch(`/v1/answers/${id}/stream?starting_after=2`);
      resumed = collect(response);
    }
    expect(await resumed).toEqual(seen.slice(2));
  });

  test('who comes back after the answer has ended gets the events it missed', async () => {
    const seen = await collect(await stream());
    const { id } = finalOf(seen);
    const missed = await api.fetch(`/v1/answers/${id}/stream?starting_after=2`);
    expect(await collect(missed)).toEqual(seen.slice(2));
    const last = await api.fetch(`/v1/answers/${id}/stream?starting_after=${seen.length - 1}`);
    expect(await collect(last)).toEqual(seen.slice(-1));
  });

  test('a cancelled answer keeps what it has and is stored so', async () => {
    const seen: AnswerEvent[] = [];
    for await (const { data } of events<AnswerEvent>(
      await stream({ mode: 'exact', max_tokens: 512 }),
    )) {
      seen.push(data);
      if (data.type !== 'answer.created') continue;
      const reply = await api.json('POST', `/v1/answers/${data.answer.id}/cancel`);
      expect(reply.status).toBe(200);
    }
    const answer = finalOf(seen);
    expect(answer.status).toBe('cancelled');
    expect(seen.at(-1)?.type).toBe('answer.cancelled');
    expect(await api.get(`/v1/answers/${answer.id}`, answerSchema)).toEqual(answer);
    const again = await api.json('POST', `/v1/answers/${answer.id}/cancel`);
    expect(exactly(answerSchema, again, 200)).toEqual(answer);
  });

  test('an answer whose listener goes away is stopped and stored', async () => {
    const left = async (question: string, afterMs: number): Promise<string | undefined> => {
      // Others keep the engine busy, so that this one is not finished before its listener leaves.
      const others = Array.from({ length: 6 }, () => ask({ mode: 'exact' }));
      const abandoned = api.fetch(path('/answers'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ question }),
        signal: AbortSignal.timeout(afterMs),
      });
      await expect(abandoned).rejects.toThrow();
      await Promise.all(others);
      const isOpen = async (): Promise<boolean> =>
        /^graphblend_answers_open 0$/m.test((await api.send('/metrics')).body as string);
      await expect.poll(isOpen, { timeout: 10_000 }).toBe(true);
      const all = await api.all(path('/answers'), answerSchema);
      return all.find((each) => each.question === question)?.status;
    };
    // A request that had not even arrived leaves no answer: then it has to listen longer.
    for (const afterMs of [25, 50, 100]) {
      const status = await left(`Which ship did Amundsen sail for ${afterMs} days?`, afterMs);
      if (status === undefined) continue;
      expect(status).toBe('cancelled');
      return;
    }
    expect.unreachable('no request arrived before its listener left');
  });

  test('a question that the documents do not speak of is answered without invention', async () => {
    const empty = await api.createWorkspace('Empty');
    const reply = await api.json('POST', `/v1/workspaces/${empty.id}/answers`, {
      question: 'Who won the chess tournament?',
    });
    expect(exactly(answerSchema, reply, 200)).toMatchObject({
      status: 'completed',
      kind: 'none',
      citations: [],
      context: [],
    });
  });

  test('many questions at once are all answered', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask({ max_tokens: 8 })));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(6);
    for (const answer of answers) {
      expect(answer.citations).toEqual(answers[0]!.citations);
      expect(answer.text).toBe(answers[0]!.text);
      expectSum(answer);
    }
  });

  test('answers that do not exist are answered with a problem', async () => {
    problem(await api.json('GET', '/v1/answers/none'), 404, 'answer_not_found');
    problem(await api.json('GET', '/v1/answers/none/stream'), 404, 'answer_not_found');
    problem(await api.json('POST', '/v1/answers/none/cancel'), 404, 'answer_not_found');
  });
});

function expectSum({ timings_ms: timings }: Answer): void {
  expect(timings).not.toBeNull();
  const { first_token: firstToken, total, tokens_per_second: _, ...parts } = timings!;
  const sum = Object.values(parts).reduce((a, b) => a + b, 0);
  expect(Math.abs(sum - firstToken)).toBeLessThan(1e-6);
  expect(total).toBeGreaterThanOrEqual(firstToken);
  for (const part of Object.values(parts)) expect(part).toBeGreaterThanOrEqual(0);
}
