/** What every GraphStore must do. `factory` gives an empty store; it is closed by the suite. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  NotFoundError,
  entityId,
  factId,
  neighboursOf,
  openAdjacencies,
} from '../../graph/index.ts';
import type {
  ChunkExtraction,
  EntityType,
  ExtractedMention,
  ExtractedTriple,
  GraphStore,
  Span,
} from '../../graph/index.ts';

const WS = 'ws_one';
const PAGE = { limit: 100 };
const NOTHING = {
  factsAdded: 0,
  factsRemoved: 0,
  factsKept: 0,
  entitiesAdded: 0,
  entitiesRemoved: 0,
  entitiesKept: 0,
};

export function graphStoreContract(
  name: string,
  factory: () => Promise<GraphStore>,
  { histories = 100 }: { histories?: number } = {},
): void {
  describe(`${name} as a graph store`, () => {
    let graph: GraphStore;
    beforeEach(async () => {
      graph = await factory();
    });
    afterEach(async () => {
      await graph.close();
    });

    describe('what a document says', () => {
      it('makes entities and facts with their places in the text', async () => {
        const triple = says('Marie Curie', 'Born In', 'Warsaw', { at: 40, confidence: 0.8 });
        const change = await graph.replaceDocument(WS, 'doc_a', [
          chunk('chk_1', [mention('Marie Curie', { type: 'person', at: 3 })], [triple]),
        ]);
        expect(change).toEqual({ ...NOTHING, factsAdded: 1, entitiesAdded: 2 });
        const curie = entityId(WS, 'Marie Curie');
        const warsaw = entityId(WS, 'Warsaw');
        expect(await graph.entity(WS, curie)).toEqual({
          id: curie,
          name: 'Marie Curie',
          type: 'person',
          aliases: [],
          mentionCount: 1,
          factCount: 1,
          documentCount: 1,
        });
        expect(await graph.entity(WS, warsaw)).toMatchObject({
          mentionCount: 0,
          factCount: 1,
          documentCount: 1,
        });
        expect(await graph.facts(WS, {}, PAGE)).toEqual({
          hasMore: false,
          data: [
            {
              id: factId(WS, curie, 'born in', warsaw, false),
              subject: { id: curie, name: 'Marie Curie', type: 'person' },
              relation: 'born in',
              object: { id: warsaw, name: 'Warsaw', type: 'thing' },
              confidence: 0.8,
              negated: false,
              support: [
                {
                  documentId: 'doc_a',
                  chunkId: 'chk_1',
                  subjectSpan: triple.subject.span,
                  relationSpan: triple.relation.span,
                  objectSpan: triple.object.span,
                  sentence: triple.sentence,
                },
              ],
            },
          ],
        });
        expect(await graph.mentionsOfChunks(WS, ['chk_1'])).toEqual([
          {
            entityId: curie,
            entityName: 'Marie Curie',
            documentId: 'doc_a',
            chunkId: 'chk_1',
            surface: 'Marie Curie',
            type: 'person',
            span: { start: 3, end: 14 },
          },
        ]);
        expect(await graph.stats(WS)).toEqual({ entities: 2, facts: 1, mentions: 1 });
      });

      it('counts once when it is written twice', async () => {
        const said = [
          chunk(
            'chk_1',
            [mention('Oslo'), mention('Oslo')],
            [says('Oslo', 'in', 'Norway'), says('Oslo', 'in', 'Norway', { confidence: 0.9 })],
          ),
        ];
        await graph.replaceDocument(WS, 'doc_a', said);
        const once = await graph.dump(WS);
        expect(await graph.replaceDocument(WS, 'doc_a', said)).toEqual({
          ...NOTHING,
          factsKept: 1,
          entitiesKept: 2,
        });
        expect(await graph.dump(WS)).toEqual(once);
        expect(await graph.stats(WS)).toEqual({ entities: 2, facts: 1, mentions: 1 });
        expect((await graph.facts(WS, {}, PAGE)).data[0]).toMatchObject({
          confidence: 0.9,
          support: [{}],
        });
      });

      it('takes the spellings of a name for one entity, shown by the most frequent', async () => {
        await graph.replaceDocument(WS, 'doc_a', [
          chunk('chk_1', [
            mention('The Café', { at: 0 }),
            mention('Café', { at: 20 }),
            mention('Café', { at: 40 }),
            mention('Café', { at: 60, surface: 'the coffee house' }),
          ]),
        ]);
        const { data } = await graph.entities(WS, {}, PAGE);
        expect(data).toMatchObject([{ name: 'Café', mentionCount: 4 }]);
        expect([...data[0]!.aliases].sort()).toEqual(['The Café', 'the coffee house']);
      });

      it('settles the type by majority and ties in a fixed way', async () => {
        const types: EntityType[] = ['work', 'place', 'place', 'work', 'person'];
        const mentions = types.map((type, i) => mention('Java', { type, at: 10 * i }));
        await graph.replaceDocument(WS, 'doc_a', [chunk('chk_1', mentions)]);
        const first = (await graph.entities(WS, {}, PAGE)).data[0]!.type;
        await graph.removeDocument(WS, 'doc_a');
        await graph.replaceDocument(WS, 'doc_a', [chunk('chk_1', [...mentions].reverse())]);
        expect(first).toBe('place');
        expect((await graph.entities(WS, {}, PAGE)).data[0]!.type).toBe('place');
      });

      it('does not make a pronoun another name of what it stands for', async () => {
        await graph.replaceDocument(WS, 'doc_a', [
          chunk('chk_1', [mention('Ada', { at: 0 }), mention('Ada', { at: 9, surface: 'She' })]),
        ]);
        expect((await graph.entitiesByName(WS, ['she'])).size).toBe(0);
        expect((await graph.entities(WS, {}, PAGE)).data).toMatchObject([
          { aliases: [], mentionCount: 2 },
        ]);
      });

      it('keeps with each support when a text says it held', async () => {
        const span = { start: 50, end: 62 };
        const from = {
          ...says('Ada', 'led', 'Acme'),
          valid: { from: '1999', to: '2004-05', span },
        };
        const until = { ...says('Ada', 'led', 'Acme', { at: 90 }), valid: { to: '2010', span } };
        const never = says('Ada', 'led', 'Acme', { at: 200 });
        await graph.replaceDocument(WS, 'doc_a', [chunk('chk_1', [], [from, until, never])]);
        const [fact] = (await graph.facts(WS, {}, PAGE)).data;
        expect(fact!.support.map((place) => place.valid)).toEqual([
          from.valid,
          until.valid,
          undefined,
        ]);
        expect(Object.keys(fact!.support[2]!)).not.toContain('valid');
        expect((await graph.dump(WS)).join('\n')).toContain('2004-05');
      });

      it('keeps a fact and its denial apart', async () => {
        await graph.replaceDocument(WS, 'doc_a', [
          chunk(
            'chk_1',
            [],
            [says('A', 'is', 'B'), says('A', 'is', 'B', { at: 90, negated: true })],
          ),
        ]);
        const { data } = await graph.facts(WS, {}, PAGE);
        expect(new Set(data.map((fact) => fact.negated))).toEqual(new Set([false, true]));
      });

      it('is nothing where a name has no characters', async () => {
        await graph.replaceDocument(WS, 'doc_a', [
          chunk('chk_1', [mention('  ')], [says('', 'is', 'B')]),
        ]);
        expect(await graph.dump(WS)).toEqual([]);
      });
    });

    describe('removal', () => {
      const shared = says('Oslo', 'capital of', 'Norway');
      const own = says('Oslo', 'lies on', 'Oslofjord', { at: 50 });

      it('takes exactly what only that document supported, and the preview tells it before', async () => {
        await graph.replaceDocument(WS, 'doc_b', [chunk('chk_b', [mention('Norway')], [shared])]);
        const before = await graph.dump(WS);
        await graph.replaceDocument(WS, 'doc_a', [
          chunk('chk_a', [mention('Oslo'), mention('Fram', { at: 80 })], [shared, own]),
        ]);
        const both = await graph.dump(WS);

        const expected = {
          ...NOTHING,
          factsRemoved: 1,
          factsKept: 1,
          entitiesRemoved: 2,
          entitiesKept: 2,
        };
        expect(await graph.previewRemoval(WS, 'doc_a')).toEqual(expected);
        expect(await graph.dump(WS)).toEqual(both);
        expect(await graph.removeDocument(WS, 'doc_a')).toEqual(expected);
        expect(await graph.dump(WS)).toEqual(before);
        expect(await graph.removeDocument(WS, 'doc_a')).toEqual(NOTHING);
      });

      it('keeps an entity alive through a mention alone, and through a fact alone', async () => {
        await graph.replaceDocument(WS, 'doc_a', [chunk('chk_a', [mention('Oslo')], [shared])]);
        await graph.replaceDocument(WS, 'doc_b', [chunk('chk_b', [mention('Oslo')])]);
        await graph.removeDocument(WS, 'doc_a');
        expect((await graph.entities(WS, {}, PAGE)).data).toMatchObject([
          { name: 'Oslo', mentionCount: 1, factCount: 0 },
        ]);
        await graph.replaceDocument(WS, 'doc_b', [chunk('chk_b', [], [own])]);
        expect(
          (await graph.entities(WS, {}, PAGE)).data.map((entity) => entity.name).sort(),
        ).toEqual(['Oslo', 'Oslofjord']);
        await graph.removeDocument(WS, 'doc_b');
        expect(await graph.dump(WS)).toEqual([]);
      });

      it('of one workspace leaves the others as they were', async () => {
        await graph.replaceDocument('ws_two', 'doc_a', [
          chunk('chk_a', [mention('Oslo')], [shared]),
        ]);
        const other = await graph.dump('ws_two');
        await graph.replaceDocument(WS, 'doc_a', [chunk('chk_a', [mention('Oslo')], [shared])]);
        await graph.removeWorkspace(WS);
        expect(await graph.dump(WS)).toEqual([]);
        expect(await graph.dump('ws_two')).toEqual(other);
      });
    });

    it('is the same after any history that ends in the same documents', async () => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(history(), async (steps) => {
          const ws = `ws_run_${run++}`;
          const last = new Map<string, ChunkExtraction[]>();
          for (const { documentId, extractions } of steps) {
            if (extractions === undefined) {
              await graph.removeDocument(ws, documentId);
              last.delete(documentId);
            } else {
              await graph.replaceDocument(ws, documentId, extractions);
              last.set(documentId, extractions);
            }
          }
          const afterHistory = await graph.dump(ws);
          await graph.removeWorkspace(ws);
          for (const [documentId, extractions] of [...last].reverse()) {
            await graph.replaceDocument(ws, documentId, extractions);
          }
          expect(afterHistory).toEqual(await graph.dump(ws));
          for (const documentId of last.keys()) await graph.removeDocument(ws, documentId);
          expect(await graph.dump(ws)).toEqual([]);
        }),
        { numRuns: histories },
      );
    });

    describe('questions', () => {
      beforeEach(async () => {
        await graph.replaceDocument(WS, 'doc_a', [
          chunk(
            'chk_1',
            [
              mention('Ada Lovelace', { type: 'person', at: 0 }),
              mention('London', { type: 'place', at: 20 }),
            ],
            [says('Ada Lovelace', 'lived in', 'London', { confidence: 0.9 })],
          ),
          chunk(
            'chk_2',
            [mention('Ada Lovelace', { type: 'person', at: 100, surface: 'Lovelace' })],
            [says('Ada Lovelace', 'wrote to', 'Charles Babbage', { at: 100, confidence: 0.7 })],
          ),
        ]);
        await graph.replaceDocument(WS, 'doc_b', [
          chunk(
            'chk_3',
            [
              mention('London', { type: 'place', at: 5 }),
              mention('Ada Lovelace', { type: 'person', at: 30 }),
            ],
            [
              says('Charles Babbage', 'designed', 'Analytical Engine', { confidence: 0.8 }),
              says('Analytical Engine', 'inspired', 'Computers', { at: 40, confidence: 0.5 }),
            ],
          ),
        ]);
      });
      const ada = entityId(WS, 'Ada Lovelace');
      const babbage = entityId(WS, 'Charles Babbage');
      const london = entityId(WS, 'London');

      it('list entities by mentions, page after page', async () => {
        const first = await graph.entities(WS, {}, { limit: 2 });
        expect(first.data.map((entity) => [entity.name, entity.mentionCount])).toEqual([
          ['Ada Lovelace', 3],
          ['London', 2],
        ]);
        expect(first.hasMore).toBe(true);
        const rest = await graph.entities(WS, {}, { limit: 10, after: first.data[1]!.id });
        expect(rest.hasMore).toBe(false);
        expect(rest.data.map((entity) => entity.name).sort()).toEqual([
          'Analytical Engine',
          'Charles Babbage',
          'Computers',
        ]);
        await expect(graph.entities(WS, {}, { limit: 2, after: 'ent_none' })).rejects.toThrow(
          NotFoundError,
        );
      });

      it('find entities by part of a name or alias, and by type', async () => {
        const names = async (filter: { query?: string; type?: EntityType }) =>
          (await graph.entities(WS, filter, PAGE)).data.map((entity) => entity.name);
        expect(await names({ query: 'LOVE' })).toEqual(['Ada Lovelace']);
        expect(await names({ query: 'bàbb' })).toEqual(['Charles Babbage']);
        expect(await names({ type: 'place' })).toEqual(['London']);
        expect(await names({ query: 'ada', type: 'place' })).toEqual([]);
      });

      it('find entities by whole names and aliases in any spelling', async () => {
        const found = await graph.entitiesByName(WS, [
          "the LOVELACE's",
          'Ada Lovelace',
          'Love',
          'London',
        ]);
        expect([...found.keys()].sort()).toEqual(['Ada Lovelace', 'London', "the LOVELACE's"]);
        expect(found.get("the LOVELACE's")!.map((entity) => entity.id)).toEqual([ada]);
        expect(found.get('London')!.map((entity) => entity.id)).toEqual([london]);
      });

      it('list facts by confidence, page after page', async () => {
        const all = (await graph.facts(WS, {}, PAGE)).data;
        expect(all.map((fact) => fact.relation)).toEqual([
          'lived in',
          'designed',
          'wrote to',
          'inspired',
        ]);
        const first = await graph.facts(WS, {}, { limit: 3 });
        const second = await graph.facts(WS, {}, { limit: 3, after: first.data[2]!.id });
        expect([...first.data, ...second.data]).toEqual(all);
        expect([first.hasMore, second.hasMore]).toEqual([true, false]);
        await expect(graph.facts(WS, {}, { limit: 3, after: 'fct_none' })).rejects.toThrow(
          NotFoundError,
        );
      });

      it('narrow facts by entity, document, chunk and relation', async () => {
        const relations = async (filter: Parameters<GraphStore['facts']>[1]) =>
          (await graph.facts(WS, filter, PAGE)).data.map((fact) => fact.relation);
        expect(await relations({ entityId: babbage })).toEqual(['designed', 'wrote to']);
        expect(await relations({ documentId: 'doc_b' })).toEqual(['designed', 'inspired']);
        expect(await relations({ chunkId: 'chk_2' })).toEqual(['wrote to']);
        expect(await relations({ relation: 'Lived  In' })).toEqual(['lived in']);
        expect(await relations({ entityId: babbage, documentId: 'doc_a' })).toEqual(['wrote to']);
      });

      it('give the facts of chunks and of entities', async () => {
        expect(
          (await graph.factsOfChunks(WS, ['chk_1', 'chk_3', 'chk_3'])).map((fact) => fact.relation),
        ).toEqual(['lived in', 'designed', 'inspired']);
        expect(
          (await graph.factsOfEntities(WS, [ada, babbage], 10)).map((fact) => fact.relation),
        ).toEqual(['lived in', 'designed', 'wrote to']);
        expect(
          (await graph.factsOfEntities(WS, [ada, babbage], 2)).map((fact) => fact.relation),
        ).toEqual(['lived in', 'designed']);
      });

      it('give mentions in document order, at most so many of each entity', async () => {
        const all = await graph.mentionsOfEntities(WS, [ada, london], 10);
        expect(
          all.filter((m) => m.entityId === ada).map((m) => [m.documentId, m.span.start]),
        ).toEqual([
          ['doc_a', 0],
          ['doc_a', 100],
          ['doc_b', 30],
        ]);
        const two = await graph.mentionsOfEntities(WS, [ada, london], 2);
        expect(two.filter((m) => m.entityId === ada).map((m) => m.chunkId)).toEqual([
          'chk_1',
          'chk_2',
        ]);
        expect(two.filter((m) => m.entityId === london)).toHaveLength(2);
      });

      it('tell where the chunks that mention an entity first do, of what is not everywhere', async () => {
        if (!graph.mentioningChunks) return;
        const chunks = await graph.mentioningChunks(WS, [ada, london, 'ent_unknown'], 3);
        const mentions = await graph.mentionsOfEntities(WS, [ada, london], 100);
        for (const id of [ada, london]) {
          const first = new Map<string, number>();
          for (const { chunkId, span } of mentions.filter((each) => each.entityId === id)) {
            first.set(chunkId, Math.min(span.start, first.get(chunkId) ?? Infinity));
          }
          const found = chunks.get(id) ?? [];
          expect(new Map(found.map(({ chunkId, start }) => [chunkId, start]))).toEqual(first);
          expect(found).toHaveLength(first.size);
        }
        expect(chunks.get('ent_unknown') ?? []).toEqual([]);
        expect([...(await graph.mentioningChunks(WS, [ada, london], 2)).keys()]).toEqual([london]);
      });

      it('count the chunks that mention an entity', async () => {
        expect(await graph.chunkFrequency(WS, [ada, london, babbage])).toEqual(
          new Map([
            [ada, 3],
            [london, 2],
            [babbage, 0],
          ]),
        );
      });

      it('walk the neighbourhood step by step and say when something is left out', async () => {
        const relations = async (depth: number, limit: number) => {
          const { facts, entities, truncated } = await graph.neighbourhood(WS, [ada], {
            depth,
            limit,
          });
          return [facts.map((fact) => fact.relation).sort(), entities.length, truncated];
        };
        expect(await relations(0, 10)).toEqual([[], 1, false]);
        expect(await relations(1, 10)).toEqual([['lived in', 'wrote to'], 3, false]);
        expect(await relations(2, 10)).toEqual([['designed', 'lived in', 'wrote to'], 4, false]);
        expect(await relations(3, 10)).toEqual([
          ['designed', 'inspired', 'lived in', 'wrote to'],
          5,
          false,
        ]);
        expect(await relations(3, 2)).toEqual([['lived in'], 2, true]);
        expect(await graph.neighbourhood(WS, ['ent_none'], { depth: 2, limit: 5 })).toEqual({
          entities: [],
          facts: [],
          truncated: false,
        });
      });

      it('never see into another workspace', async () => {
        const two = 'ws_two';
        expect(await graph.entity(two, ada)).toBeUndefined();
        expect((await graph.entities(two, {}, PAGE)).data).toEqual([]);
        expect((await graph.facts(two, { entityId: ada }, PAGE)).data).toEqual([]);
        expect(await graph.factsOfChunks(two, ['chk_1'])).toEqual([]);
        expect(await graph.factsOfEntities(two, [ada], 9)).toEqual([]);
        expect(await graph.mentionsOfChunks(two, ['chk_1'])).toEqual([]);
        expect(await graph.mentionsOfEntities(two, [ada], 9)).toEqual([]);
        expect(await graph.chunkFrequency(two, [ada])).toEqual(new Map([[ada, 0]]));
        expect([...((await graph.mentioningChunks?.(two, [ada], 9)) ?? [])]).toEqual([]);
        expect((await graph.neighbourhood(two, [ada], { depth: 2, limit: 9 })).entities).toEqual(
          [],
        );
        expect((await graph.entitiesByName(two, ['London'])).size).toBe(0);
      });
    });

    it('gives its graph to the algorithms in memory and tells what changed, if it can do that', async () => {
      if (!graph.edges || !graph.changesSince) return;
      const adjacencies = openAdjacencies(graph);
      const links = async () => {
        const adjacency = (await adjacencies.of(WS))!;
        return [adjacency.entityCount, adjacency.factCount, adjacency.chunkCount];
      };
      expect(await links()).toEqual([0, 0, 0]);
      await graph.replaceDocument(WS, 'doc_a', [
        chunk('chk_1', [mention('Ada')], [says('Ada', 'knows', 'Bo', { confidence: 0.5 })]),
        chunk('chk_2', [], [says('Bo', 'knows', 'Cy', { confidence: 0.25 })]),
      ]);
      expect(await links()).toEqual([3, 2, 2]);
      await graph.replaceDocument(WS, 'doc_b', [
        chunk('chk_3', [mention('Di')], [says('Ada', 'knows', 'Bo', { confidence: 0.75 })]),
      ]);
      expect(await links()).toEqual([4, 2, 3]);
      const adjacency = (await adjacencies.of(WS))!;
      const [ada, bo] = [entityId(WS, 'Ada'), entityId(WS, 'Bo')];
      expect(neighboursOf(adjacency, ada)).toEqual([
        {
          entityId: bo,
          factId: factId(WS, ada, 'knows', bo, false),
          forward: true,
          confidence: 0.75,
        },
      ]);
      await graph.removeDocument(WS, 'doc_a');
      expect(await links()).toEqual([3, 1, 1]);
      const { cursor } = await graph.changesSince(WS);
      expect((await graph.changesSince(WS, cursor)).documentIds).toEqual([]);
      await graph.removeWorkspace(WS);
      expect(await links()).toEqual([0, 0, 0]);
    });

    it('loads many documents as one after the other, if it can do that', async () => {
      if (!graph.replaceDocuments) return;
      const documents = ['doc_a', 'doc_b'].map((documentId) => ({
        documentId,
        extractions: [
          chunk(`chk_${documentId}`, [mention('Ada')], [says('Ada', 'knows', documentId)]),
        ],
      }));
      const change = await graph.replaceDocuments(WS, documents);
      expect(change).toEqual({ ...NOTHING, factsAdded: 2, entitiesAdded: 3 });
      const together = await graph.dump(WS);
      await graph.removeWorkspace(WS);
      for (const { documentId, extractions } of documents) {
        await graph.replaceDocument(WS, documentId, extractions);
      }
      expect(together).toEqual(await graph.dump(WS));
    });

    it('takes names, queries and ids as data, whatever they look like', async () => {
      const awkward = [
        `'); DROP TABLE entities; --`,
        `"} DETACH DELETE n //`,
        '%',
        '_',
        'a\u0000b',
        '{"$ne":1}',
        '`x`',
      ];
      await graph.replaceDocument(WS, 'doc_keep', [chunk('chk_keep', [mention('Keep')])]);
      for (const text of awkward) {
        const extraction = chunk(text, [mention(text)], [says(text, text, 'Keep')]);
        await graph.replaceDocument(text, text, [extraction]);
        expect((await graph.entitiesByName(text, [text])).get(text)).toMatchObject([
          { name: text },
        ]);
        expect((await graph.entities(text, { query: text }, PAGE)).data).toMatchObject([
          { name: text },
        ]);
        expect(
          (await graph.facts(text, { relation: text, documentId: text, chunkId: text }, PAGE)).data,
        ).toHaveLength(1);
        expect((await graph.entities(WS, { query: text }, PAGE)).data).toEqual([]);
        await graph.removeDocument(text, text);
        expect(await graph.dump(text)).toEqual([]);
      }
      expect(await graph.stats(WS)).toEqual({ entities: 1, facts: 0, mentions: 1 });
    });
  });
}

function spanAt(start: number, text: string): Span {
  return { start, end: start + text.length };
}

function mention(
  name: string,
  {
    type = 'thing',
    at = 0,
    surface = name,
  }: { type?: EntityType; at?: number; surface?: string } = {},
): ExtractedMention {
  return { name, surface, type, span: spanAt(at, surface) };
}

function says(
  subject: string,
  relation: string,
  object: string,
  {
    at = 0,
    confidence = 0.5,
    negated = false,
  }: { at?: number; confidence?: number; negated?: boolean } = {},
): ExtractedTriple {
  return {
    subject: { name: subject, type: 'thing', span: spanAt(at, subject) },
    relation: { name: relation, span: spanAt(at + 20, relation) },
    object: { name: object, type: 'thing', span: spanAt(at + 30, object) },
    confidence,
    negated,
    sentence: { start: at, end: at + 60 },
  };
}

function chunk(
  chunkId: string,
  mentions: ExtractedMention[],
  triples: ExtractedTriple[] = [],
): ChunkExtraction {
  return { chunkId, mentions, triples };
}

/** Steps over few documents and few names, so that they share much; `undefined` removes the document. */
function history() {
  const name = fc.constantFrom(
    'Oslo',
    'oslo',
    'the Oslo',
    'Ōslo',
    'Norway',
    'Bergen',
    "Bergen's",
    'Fjord',
    '!',
    ' ',
  );
  const type = fc.constantFrom<EntityType>('place', 'person', 'thing');
  const at = fc.integer({ min: 0, max: 4 });
  const mentions = fc.array(fc.record({ name, surface: name, type, at }), { maxLength: 4 });
  const triples = fc.array(
    fc.record({
      subject: name,
      object: name,
      relation: fc.constantFrom('in', 'IN', 'near'),
      at,
      negated: fc.boolean(),
      confidence: fc.constantFrom(0.2, 0.5, 0.9),
    }),
    { maxLength: 3 },
  );
  const part = fc.record({ mentions, triples });
  const step = fc.record({
    documentId: fc.constantFrom('doc_1', 'doc_2', 'doc_3'),
    parts: fc.option(fc.array(part, { maxLength: 2 }), { nil: undefined, freq: 3 }),
  });
  return fc.array(step, { maxLength: 8 }).map((steps) =>
    steps.map(({ documentId, parts }) => ({
      documentId,
      extractions: parts?.map((said, i) =>
        chunk(
          `chk_${documentId}_${i}`,
          said.mentions.map((m) => mention(m.name, m)),
          said.triples.map((t) => says(t.subject, t.relation, t.object, t)),
        ),
      ),
    })),
  );
}
