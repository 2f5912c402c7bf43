import { describe, expect, test } from 'vitest';
import { functionalRelations } from '../../ingest/schema/index.ts';
import { FILM_SCHEMA, published } from './schema-parts.ts';

describe('the schema of a workspace', () => {
  test('restates its facts by jobs, from what was extracted, and gives them back when it goes', async () => {
    const place = await published();
    const before = await place.facts();
    expect(before.length).toBeGreaterThan(2);
    await place.statements.putSchema(place.workspaceId, FILM_SCHEMA);
    expect(place.schemas.restated(place.workspaceId)).toEqual({ documents: 1, waiting: 1 });
    for (const id of place.queue.enqueued.splice(0))
      expect((await place.run(id)).state).not.toBe('failed');
    expect(place.schemas.restated(place.workspaceId)).toEqual({ documents: 1, waiting: 0 });
    const stated = await place.facts();
    expect(stated).toContain('Broken Mast | director | Olav Hauge');
    expect(stated).toContain('Mina Vik | birth place | Oslo');
    expect(new Set(stated.map((one) => one.split(' | ')[1]))).toEqual(
      new Set(['director', 'birth place']),
    );
    await place.statements.putSchema(place.workspaceId, undefined);
    for (const id of place.queue.enqueued.splice(0)) await place.run(id);
    expect(await place.facts()).toEqual(before);
  });

  test('keeps out what it has no relation for, with the words and the reason', async () => {
    const place = await published();
    await place.statements.putSchema(place.workspaceId, FILM_SCHEMA);
    for (const id of place.queue.enqueued.splice(0)) await place.run(id);
    const { data } = place.schemas.rejections(
      place.workspaceId,
      { reason: 'relation' },
      { limit: 50 },
    );
    expect(data.map((one) => one.object)).toContain('Bergen');
    const counts = place.schemas.rejectionCounts(place.workspaceId);
    expect(counts['relation']).toBe(data.length);
    expect(
      place.schemas.rejections(place.workspaceId, { reason: 'ghost' }, { limit: 5 }).data,
    ).toEqual([]);
    const [first, second] = [
      place.schemas.rejections(place.workspaceId, {}, { limit: 1 }),
      place.schemas.rejections(place.workspaceId, {}, { limit: 1, after: data[0]!.id }),
    ];
    expect(first.data[0]!.id).not.toBe(second.data[0]?.id);
  });

  test('every fact it states has its words inside the sentence that says it', async () => {
    const place = await published();
    await place.statements.putSchema(place.workspaceId, FILM_SCHEMA);
    for (const id of place.queue.enqueued.splice(0)) await place.run(id);
    const { data } = await place.graph.facts(place.workspaceId, {}, { limit: 200 });
    expect(data.length).toBeGreaterThan(0);
    for (const { support } of data)
      for (const { sentence, subjectSpan, relationSpan, objectSpan } of support)
        for (const span of [subjectSpan, relationSpan, objectSpan]) {
          expect(span.end).toBeGreaterThan(span.start);
          expect(span.start).toBeGreaterThanOrEqual(sentence.start);
          expect(span.end).toBeLessThanOrEqual(sentence.end);
        }
  });

  test('a change that is not yet carried through is seen as such after a crash', async () => {
    const place = await published();
    place.schemas.putSchema(place.workspaceId, FILM_SCHEMA);
    expect(place.corpus.documentsAwaitingGraph().map((one) => one.documentId)).toEqual([
      place.documentId,
    ]);
  });

  test('tells which relations hold of one object at a time', () => {
    const relations = functionalRelations(FILM_SCHEMA).map((one) => one.relation);
    expect(relations).toEqual(expect.arrayContaining(['birth place', 'born in', 'capital of']));
    expect(relations).not.toContain('director');
  });

  test('goes with its workspace, and so do rejections', async () => {
    const place = await published();
    await place.statements.putSchema(place.workspaceId, FILM_SCHEMA);
    for (const id of place.queue.enqueued.splice(0)) await place.run(id);
    await place.service.removeWorkspace(place.workspaceId);
    expect(place.schemas.schema(place.workspaceId)).toBeUndefined();
    expect(place.schemas.rejectionCounts(place.workspaceId)).toEqual({});
  });
});
