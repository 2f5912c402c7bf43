/** Graphs as files: what is written and read again says the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GraphFileError, exportGraph, graphFormatOf, readGraphFile } from '../../graph/index.ts';
import type {
  Chunk,
  ChunkExtraction,
  EntityType,
  ExtractedMention,
  ExtractedTriple,
  GraphFormat,
  GraphStore,
  ReadableGraphFormat,
} from '../../graph/index.ts';
import { graphDocument } from '../../ingest/graph-file.ts';
import { testStores } from './fixtures.ts';
import { INJECTIONS } from './injections.ts';
import { NEEDS_NEO4J, hasNeo4j, neo4jOptions } from './neo4j.ts';
import neo4j from 'neo4j-driver';

const READABLE: readonly ReadableGraphFormat[] = ['jsonl', 'graphml', 'ntriples'];

describe.each(READABLE)('a graph as %s', (format) => {
  it('is the same graph after it was written, taken in as a document, and written again', async () => {
    const { graph } = testStores();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(said(format), async (extractions) => {
        const [from, to] = [`ws_from_${run}`, `ws_to_${run++}`];
        await graph.replaceDocument(from, 'doc_a', extractions);
        const file = await exported(graph, from, format);
        await takeIn(graph, to, 'doc_file', file, format);
        expect(await content(graph, to)).toEqual(await content(graph, from));
        await graph.removeDocument(to, 'doc_file');
        expect(await graph.dump(to)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  it('keeps 200 injection strings as they are', async () => {
    const { graph } = testStores();
    const names = INJECTIONS.filter(
      (text) => format !== 'graphml' || !UNWRITABLE_IN_XML.test(text),
    );
    await graph.replaceDocument('ws', 'doc_a', [
      chunkOf(names.map((name, i) => triple(name, name, 'Keep', i))),
    ]);
    const file = await exported(graph, 'ws', format);
    await takeIn(graph, 'ws_two', 'doc_b', file, format);
    expect(await content(graph, 'ws_two')).toEqual(await content(graph, 'ws'));
  }, 120_000);
});

const UNWRITABLE_IN_XML = /[\u0000-\u0008\u000B\u000C\u000E-\u001F]/;

describe('a graph file as a document', () => {
  it('has every name and relation at the place that is given for it', () => {
    const file = [
      {
        kind: 'entity',
        name: 'Ada Lovelace',
        type: 'person',
        aliases: ['Ada', 'Countess of Lovelace'],
      },
      { subject: 'Ada Lovelace', relation: 'lived in', object: { name: 'London', type: 'place' } },
      {
        subject: 'Fram',
        relation: 'sank',
        object: 'Larvik',
        negated: true,
        valid: { from: '1893' },
      },
    ];
    const text = file.map((row) => JSON.stringify(row)).join('\n');
    const { parsed, extractionsOf } = graphDocument(text, 'jsonl', 'Facts');
    expect(parsed.text.split('\n')).toEqual([
      'Ada Lovelace (person, also Ada, Countess of Lovelace).',
      'Ada Lovelace — lived in — London.',
      'Fram — not: sank — Larvik (from 1893).',
    ]);
    const at = ({ start, end }: { start: number; end: number }) => parsed.text.slice(start, end);
    const [extraction] = extractionsOf([{ id: 'chk', start: 0, end: parsed.text.length } as Chunk]);
    expect(extraction!.mentions.map(({ span, surface }) => [at(span), surface])).toEqual(
      extraction!.mentions.map(({ surface }) => [surface, surface]),
    );
    expect(
      extraction!.triples.map((each) =>
        [each.subject, each.relation, each.object].map((part) => at(part.span)),
      ),
    ).toEqual([
      ['Ada Lovelace', 'lived in', 'London'],
      ['Fram', 'sank', 'Larvik'],
    ]);
    expect(extraction!.triples[1]).toMatchObject({ negated: true, valid: { from: '1893' } });
  });

  it('gives each chunk the lines that begin in it', () => {
    const rows = ['A', 'B', 'C'].map((subject) => ({ subject, relation: 'is', object: 'X' }));
    const text = rows.map((row) => JSON.stringify(row)).join('\n');
    const { parsed, extractionsOf } = graphDocument(text, 'jsonl', 'Facts');
    const border = parsed.text.indexOf('C');
    const chunks = [
      { id: 'chk_1', start: 0, end: border },
      { id: 'chk_2', start: border, end: parsed.text.length },
    ] as Chunk[];
    expect(
      extractionsOf(chunks).map(({ triples }) => triples.map((each) => each.subject.name)),
    ).toEqual([['A', 'B'], ['C']]);
  });
});

describe('a file that is none', () => {
  it.each([
    ['jsonl', '{"subject":"A","relation":"is","object":"B"}\n{"subject":', 'Line 2'],
    ['jsonl', '{"subject":"A","relation":"","object":"B"}', 'expected a text in "relation"'],
    ['jsonl', '[1]', 'expected an object'],
    [
      'jsonl',
      '{"subject":"A","relation":"is","object":"B","confidence":7}',
      'Line 1: expected a confidence',
    ],
    ['graphml', '<html></html>', 'expected GraphML'],
    ['graphml', '<graphml><graph>', 'was it cut off?'],
    ['graphml', '<graphml><graph><edge source="a" target="b"/></graph></graphml>', '"a"'],
    ['ntriples', '<a> <b> c', 'not N-Triples'],
  ] as const)('of %s is refused: %s', (format, text, message) => {
    expect(() => readGraphFile(format, text)).toThrow(GraphFileError);
    expect(() => readGraphFile(format, text)).toThrow(message);
  });

  it('is never a Cypher script: those are not run', () => {
    expect(graphFormatOf('application/x-cypher-query')).toBeUndefined();
  });
});

describe('other programs’ files', () => {
  it('are read: RDF with its own vocabulary', () => {
    const { entities, facts } = readGraphFile(
      'ntriples',
      `<http://x.org/Oslo> <http://www.w3.org/2000/01/rdf-schema#label> "Oslo" .
<http://x.org/Oslo> <http://x.org/capitalOf> <http://x.org/Norway> .
<http://x.org/Oslo> <http://x.org/founded_in> "1040"^^<http://www.w3.org/2001/XMLSchema#gYear> .`,
    );
    expect(entities.map((entity) => entity.name)).toEqual(['Oslo']);
    expect(
      facts.map(({ subject, relation, object }) => [
        subject.name,
        relation,
        object.name,
        object.type,
      ]),
    ).toEqual([
      ['Oslo', 'capital of', 'Norway', 'thing'],
      ['Oslo', 'founded in', '1040', 'date'],
    ]);
  });

  it('are read: GraphML with labels', () => {
    const { facts } = readGraphFile(
      'graphml',
      `<graphml><key id="d0" for="node" attr.name="label"/><key id="d1" for="edge" attr.name="label"/>
       <graph><node id="1"><data key="d0">A &amp; B</data></node><node id="2"/>
       <edge source="1" target="2"><data key="d1">knows</data></edge></graph></graphml>`,
    );
    expect(facts).toMatchObject([
      { subject: { name: 'A & B' }, relation: 'knows', object: { name: '2' } },
    ]);
  });
});

describe.skipIf(!hasNeo4j)(`the Cypher script (${NEEDS_NEO4J})`, () => {
  it('makes exactly the graph, with 200 injection strings as names', async () => {
    const { graph } = testStores();
    const ws = `ws_${Math.random()}`;
    await graph.replaceDocument(ws, 'doc_a', [
      chunkOf(INJECTIONS.map((name, i) => triple(name, name, 'Keep', i))),
    ]);
    const script = await exported(graph, ws, 'cypher');
    const { url, user, password } = neo4jOptions();
    const driver = neo4j.driver(url, neo4j.auth.basic(user, password), {
      disableLosslessIntegers: true,
    });
    const ids = (await content(graph, ws)).ids;
    try {
      for (const statement of script.split('\n').filter(Boolean))
        await driver.executeQuery(statement);
      const { records } = await driver.executeQuery(
        'UNWIND $ids AS id MATCH (e:Entity {id: id}) RETURN e.id AS id, e.name AS name ORDER BY id',
        { ids },
      );
      const expected = await everyEntity(graph, ws);
      expect(records.map((record) => record.toObject())).toEqual(
        expected.map(({ id, name }) => ({ id, name })).sort((a, b) => (a.id < b.id ? -1 : 1)),
      );
      const facts = await driver.executeQuery(
        'UNWIND $ids AS id MATCH (:Entity {id: id})-[f:FACT]->() RETURN f.relation AS relation',
        { ids },
      );
      expect(facts.records.map((record) => String(record.get('relation'))).sort()).toEqual(
        (await content(graph, ws)).relations.sort(),
      );
    } finally {
      await driver.executeQuery('UNWIND $ids AS id MATCH (e:Entity {id: id}) DETACH DELETE e', {
        ids,
      });
      await driver.executeQuery('DROP CONSTRAINT graphblend_exported IF EXISTS');
      await driver.close();
    }
  }, 120_000);
});

async function exported(graph: GraphStore, ws: string, format: GraphFormat): Promise<string> {
  let file = '';
  for await (const piece of exportGraph(graph, ws, format)) file += piece;
  return file;
}

async function takeIn(
  graph: GraphStore,
  ws: string,
  documentId: string,
  file: string,
  format: ReadableGraphFormat,
): Promise<void> {
  const { parsed, extractionsOf } = graphDocument(file, format, 'File');
  const chunks = [{ id: 'chk_file', start: 0, end: parsed.text.length + 1 } as Chunk];
  await graph.replaceDocument(ws, documentId, extractionsOf(chunks));
}

async function everyEntity(graph: GraphStore, ws: string) {
  const { data, hasMore } = await graph.entities(ws, {}, { limit: 200 });
  const rest = hasMore
    ? await graph.entities(ws, {}, { limit: 200, after: data.at(-1)!.id })
    : undefined;
  return [...data, ...(rest?.data ?? [])];
}

/** What two workspaces have in common if they say the same: names, not ids. */
async function content(graph: GraphStore, ws: string) {
  const entities = await everyEntity(graph, ws);
  const first = await graph.facts(ws, {}, { limit: 200 });
  const rest = first.hasMore
    ? await graph.facts(ws, {}, { limit: 200, after: first.data.at(-1)!.id })
    : undefined;
  const facts = [...first.data, ...(rest?.data ?? [])];
  const ids = entities.map((entity) => entity.id);
  const shown = {
    entities: entities
      .map(({ name, type, aliases }) => JSON.stringify([name, type, [...aliases].sort()]))
      .sort(),
    facts: facts
      .map(({ subject, relation, object, confidence, negated }) =>
        JSON.stringify([subject.name, relation, object.name, confidence, negated]),
      )
      .sort(),
  };
  return Object.defineProperties(shown, {
    ids: { value: ids },
    relations: { value: facts.map((fact) => fact.relation) },
  }) as typeof shown & { ids: string[]; relations: string[] };
}

function triple(subject: string, relation: string, object: string, place: number): ExtractedTriple {
  const span = { start: place, end: place + 1 };
  return {
    subject: { name: subject, type: 'thing', span },
    relation: { name: relation, span },
    object: { name: object, type: 'thing', span },
    confidence: 0.5,
    negated: false,
    sentence: span,
  };
}

function chunkOf(triples: ExtractedTriple[], mentions: ExtractedMention[] = []): ChunkExtraction {
  return { chunkId: 'chk_a', mentions, triples };
}

/** Names of few letters, so that they meet, and of any signs that the format can write. */
function said(format: ReadableGraphFormat): fc.Arbitrary<ChunkExtraction[]> {
  const any = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 8 })
    .filter(
      (text) =>
        !/\p{Surrogate}/u.test(text) && (format !== 'graphml' || !UNWRITABLE_IN_XML.test(text)),
    )
    .filter((text) => !/[\uFFFE\uFFFF]/.test(text));
  const name = fc.oneof(
    fc.constantFrom('Oslo', 'oslo', 'Bergen & Söhne', '<b>"x"</b>', '東京', "O'Neil", 'C++'),
    any.filter((text) => text.trim() !== ''),
  );
  const type = fc.constantFrom<EntityType>('place', 'person', 'thing');
  const mention = fc.record({ name, surface: name, type, at: fc.nat(40) });
  const fact = fc.record({
    subject: name,
    relation: name.filter((text) => text.normalize('NFKC').trim() !== ''),
    object: name,
    at: fc.nat(40),
    confidence: fc.constantFrom(0.25, 0.5, 1),
    negated: fc.boolean(),
  });
  return fc
    .record({
      mentions: fc.array(mention, { maxLength: 5 }),
      facts: fc.array(fact, { maxLength: 5 }),
    })
    .map(({ mentions, facts }) => [
      chunkOf(
        facts.map(({ subject, relation, object, at, confidence, negated }) => ({
          ...triple(subject, relation, object, at),
          confidence,
          negated,
        })),
        mentions.map(({ name: of, surface, type: kind, at }) => ({
          name: of,
          surface,
          type: kind,
          span: { start: at, end: at + 1 },
        })),
      ),
    ]);
}
