import { afterEach, describe, expect, test } from 'vitest';
import {
  estimateReading,
  remoteTripleModel,
  type TripleModel,
} from '../../ingest/model-extract/index.ts';
import {
  answer,
  faultServer,
  says,
  type FaultServer,
  type Scene,
} from '../engine/remote-faults.ts';
import { FILM_SCHEMA, PARAGRAPHS, published } from './schema-parts.ts';

let running: FaultServer | undefined;
afterEach(() => running?.close());

async function remote(...scenes: Scene[]): Promise<{ model: TripleModel; server: FaultServer }> {
  const server = await faultServer(...scenes);
  running = server;
  const model = remoteTripleModel({
    baseUrl: server.url,
    apiKey: 'k',
    model: 'm',
    timeoutMs: 5_000,
    concurrency: 1,
    requestsPerMinute: undefined,
    tokensPerMinute: undefined,
    price: { input: 1, output: 2 },
  });
  return { model, server };
}

const facts = (...triples: [string, string, string][]): string =>
  JSON.stringify({
    facts: triples.map(([subject, relation, object]) => ({ subject, relation, object })),
  });

/** Answers by what the passage is about. */
const byPassage =
  (first: string, second: string): Scene =>
  (request, response, body) => {
    const user = (body as { messages: { content: string }[] }).messages[1]!.content;
    says(user.includes('Broken Mast') ? first : second)(request, response, body);
  };

const FIRST = facts(['Broken Mast', 'shot in', 'Bergen'], ['Broken Mast', 'shot in', 'Paris']);
const SECOND = facts(['Mina Vik', 'made', 'Cold Light'], ['she', 'made', 'Cold Light']);

describe('a document read by a model', () => {
  test("has the model's facts in place of the rules', and what does not stand in the text is rejected", async () => {
    const place = await published();
    const { model } = await remote(byPassage(FIRST, SECOND));
    const [job] = await place.statements.readWithModel(place.workspaceId);
    expect(await place.run(job!.id, model)).toMatchObject({
      state: 'succeeded',
      kind: 'read_document',
    });
    expect(await place.facts()).toEqual([
      'Broken Mast | shot in | Bergen',
      'Mina Vik | made | Cold Light',
    ]);
    const { data } = place.schemas.rejections(place.workspaceId, {}, { limit: 50 });
    const told = data.map((one) => [one.reason, one.subject, one.object]);
    expect(told).toEqual(
      expect.arrayContaining([
        ['span', 'Broken Mast', 'Paris'],
        ['pronoun', 'she', 'Cold Light'],
      ]),
    );
  });

  test('is not paid for twice: the same question is answered from what was kept', async () => {
    const place = await published();
    const { model, server } = await remote(byPassage(FIRST, SECOND));
    const before = estimateReading(place.workspaceId, [place.documentId], place, model);
    expect(before).toMatchObject({ documents: 1, chunks: 2, cachedChunks: 0 });
    expect(before.cost).toBeCloseTo((before.promptTokens + 2 * before.outputTokens) / 1e6, 12);
    for (let round = 0; round < 2; round += 1) {
      const [job] = await place.statements.readWithModel(place.workspaceId);
      await place.run(job!.id, model);
    }
    expect(server.bodies).toHaveLength(2);
    const after = estimateReading(place.workspaceId, [place.documentId], place, model);
    expect(after).toMatchObject({ chunks: 2, cachedChunks: 2, promptTokens: 0, cost: 0 });
  });

  test('keeps what the rules read where a chunk fails, and a retry asks for that chunk alone', async () => {
    const place = await published();
    const rules = await place.facts();
    const { model, server } = await remote(
      byPassage(FIRST, 'no JSON'),
      says('no JSON'),
      says('no JSON'),
      byPassage(FIRST, SECOND),
    );
    const [job] = await place.statements.readWithModel(place.workspaceId);
    const failed = await place.run(job!.id, model);
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'chunks_unread' } });
    expect(failed.error!.message).toMatch(/1 of 2 chunks/);
    const mixed = await place.facts();
    expect(mixed).toContain('Broken Mast | shot in | Bergen');
    expect(mixed.some((one) => rules.includes(one) && one.includes('Cold Light'))).toBe(true);
    expect(place.corpus.document(place.workspaceId, place.documentId)!.status).toBe('ready');
    const asked = server.bodies.length;
    await place.service.retry(job!.id);
    expect(place.corpus.document(place.workspaceId, place.documentId)!.status).toBe('ready');
    expect((await place.run(job!.id, model)).state).toBe('succeeded');
    expect(server.bodies.length).toBe(asked + 1);
    expect(await place.facts()).toContain('Mina Vik | made | Cold Light');
  });

  test('is asked in the terms of the schema, in a form that allows no other relation', async () => {
    const place = await published();
    place.schemas.putSchema(place.workspaceId, FILM_SCHEMA);
    const { model, server } = await remote(
      byPassage(facts(['Broken Mast', 'director', 'Olav Hauge']), facts()),
    );
    const [job] = await place.statements.readWithModel(place.workspaceId);
    await place.run(job!.id, model);
    const form = server.bodies[0].response_format.json_schema;
    expect(form.strict).toBe(true);
    expect(form.schema.properties.facts.items.properties.relation.enum).toEqual([
      'director',
      'birth place',
    ]);
    expect(await place.facts()).toContain('Broken Mast | director | Olav Hauge');
  });

  test('can be canceled; what was read so far is kept', async () => {
    const place = await published();
    let jobId = '';
    const cancels: Scene = (request, response, body) => {
      void place.service.cancel(jobId);
      byPassage(FIRST, SECOND)(request, response, body);
    };
    const { model, server } = await remote(cancels);
    const [job] = await place.statements.readWithModel(place.workspaceId);
    jobId = job!.id;
    expect((await place.run(jobId, model)).state).toBe('canceled');
    expect(server.bodies).toHaveLength(1);
    expect(place.schemas.modelReadings(place.documentId)).toHaveLength(1);
  });

  test('fails with what to do where the server refuses the key, and without a model', async () => {
    const place = await published([PARAGRAPHS[0]!]);
    const { model } = await remote(answer(401, { error: { message: 'no' } }));
    const [job] = await place.statements.readWithModel(place.workspaceId);
    expect((await place.run(job!.id, model)).error!.message).toMatch(/answered 401/);
    const [other] = await place.statements.readWithModel(place.workspaceId);
    expect((await place.run(other!.id)).error).toMatchObject({ code: 'no_model' });
  });
});
