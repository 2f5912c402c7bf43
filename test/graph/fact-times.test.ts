import { describe, expect, it } from 'vitest';
import { DEFAULT_FUNCTIONAL, entityId, factTimes, factsAt } from '../../graph/index.ts';
import type { ChunkExtraction, GraphStore, ValidTime } from '../../graph/index.ts';
import { testStores } from './fixtures.ts';

const WS = 'ws_time';
const span = { start: 0, end: 4 };

function says(subject: string, relation: string, object: string, valid?: Partial<ValidTime>) {
  const end = (name: string) => ({ name, type: 'thing' as const, span });
  return {
    subject: end(subject),
    relation: { name: relation, span },
    object: end(object),
    confidence: 0.9,
    negated: false,
    sentence: span,
    ...(valid && { valid: { ...valid, span } }),
  };
}

function document(id: string, ...triples: ReturnType<typeof says>[]): [string, ChunkExtraction[]] {
  return [id, [{ chunkId: `chk_${id}`, mentions: [], triples }]];
}

async function graphOf(...documents: [string, ChunkExtraction[]][]): Promise<GraphStore> {
  const { graph } = testStores();
  for (const [id, said] of documents) await graph.replaceDocument(WS, id, said);
  return graph;
}

/** Subject -> status, and the subject of what came next. */
async function statuses(graph: GraphStore): Promise<Record<string, string>> {
  const { data } = await graph.facts(WS, {}, { limit: 100 });
  const times = await factTimes(graph, WS, data, DEFAULT_FUNCTIONAL);
  const nameOf = new Map(data.map((fact) => [fact.id, fact.subject.name]));
  return Object.fromEntries(
    data.map((fact) => {
      const { status, supersededBy } = times.get(fact.id)!;
      const next = supersededBy ? ` by ${nameOf.get(supersededBy.factId)}` : '';
      return [fact.subject.name, status + next];
    }),
  );
}

async function subjectsAt(graph: GraphStore, at: string): Promise<string[]> {
  const page = await factsAt(graph, WS, {}, { limit: 100 }, at, DEFAULT_FUNCTIONAL);
  return page.data.map((fact) => fact.subject.name).sort();
}

const mayors = [
  document('doc_a', says('Ada', 'was mayor of', 'Oslo', { from: '1999' })),
  document('doc_b', says('Bea', 'was mayor of', 'Oslo', { from: '2004-05', to: '2008' })),
  document('doc_c', says('Cy', 'was mayor of', 'Oslo', { from: '2008-06-01' })),
];

describe('facts in time', () => {
  it('supersede earlier ones of a functional relation, whatever order they came in', async () => {
    const expected = { Ada: 'superseded by Bea', Bea: 'superseded by Cy', Cy: 'current' };
    expect(await statuses(await graphOf(...mayors))).toEqual(expected);
    expect(await statuses(await graphOf(...mayors.toReversed()))).toEqual(expected);
  });

  it('keep their history: the past can be asked for', async () => {
    const graph = await graphOf(...mayors);
    expect(await subjectsAt(graph, '1998')).toEqual([]);
    expect(await subjectsAt(graph, '2001')).toEqual(['Ada']);
    expect(await subjectsAt(graph, '2004-04')).toEqual(['Ada']);
    expect(await subjectsAt(graph, '2006')).toEqual(['Bea']);
    expect(await subjectsAt(graph, '2020-01-01')).toEqual(['Cy']);
  });

  it('stand again when the document of what superseded them goes', async () => {
    const graph = await graphOf(...mayors);
    await graph.removeDocument(WS, 'doc_c');
    expect(await statuses(graph)).toEqual({ Ada: 'superseded by Bea', Bea: 'current' });
  });

  it('contest each other where no time tells the later one', async () => {
    const graph = await graphOf(
      document('doc_a', says('Ada', 'mayor of', 'Oslo'), says('Bea', 'mayor of', 'Oslo')),
    );
    expect(await statuses(graph)).toEqual({ Ada: 'contested', Bea: 'contested' });
  });

  it('live side by side in a relation that many things share', async () => {
    const graph = await graphOf(
      document('doc_a', says('Ada', 'lives in', 'Oslo', { from: '1999' })),
      document('doc_b', says('Bea', 'lives in', 'Oslo', { from: '2005' })),
    );
    expect(await statuses(graph)).toEqual({ Ada: 'current', Bea: 'current' });
    expect(await subjectsAt(graph, '2001')).toEqual(['Ada']);
    expect(await subjectsAt(graph, '2006')).toEqual(['Ada', 'Bea']);
  });

  it('are strengthened by every document that says them, and give each period once', async () => {
    const graph = await graphOf(
      document('doc_a', says('Ada', 'led', 'Acme', { from: '1999', to: '2004' })),
      document('doc_b', says('Ada', 'led', 'Acme', { from: '1999', to: '2004' })),
      document('doc_c', says('Ada', 'led', 'Acme', { from: '2010' })),
    );
    const { data } = await graph.facts(WS, { entityId: entityId(WS, 'Ada') }, { limit: 10 });
    const time = (await factTimes(graph, WS, data, DEFAULT_FUNCTIONAL)).get(data[0]!.id)!;
    expect(time).toMatchObject({
      documents: 3,
      sentences: 3,
      periods: [
        { from: '1999', to: '2004' },
        { from: '2010', to: undefined },
      ],
    });
    expect(await subjectsAt(graph, '2007')).toEqual([]);
  });

  it('page through the past without gaps', async () => {
    const graph = await graphOf(
      document(
        'doc_a',
        ...Array.from({ length: 30 }, (_, i) =>
          says(`P${i}`, 'led', 'Acme', { from: i % 2 ? '1990' : '2010' }),
        ),
      ),
    );
    const seen: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await factsAt(graph, WS, {}, { limit: 4, after }, '2000', DEFAULT_FUNCTIONAL);
      seen.push(...page.data.map((fact) => fact.subject.name));
      if (!page.hasMore) break;
      after = page.data.at(-1)!.id;
    }
    expect(seen.length).toBe(15);
    expect(new Set(seen).size).toBe(15);
  });
});
