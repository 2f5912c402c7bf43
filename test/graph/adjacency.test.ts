import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compacted } from '../../graph/adjacency/builder.ts';
import { IdTable } from '../../graph/adjacency/id-table.ts';
import { openAdjacencies } from '../../graph/index.ts';
import type { Adjacency, ChunkExtraction, GraphStore, Stores } from '../../graph/index.ts';
import { temporaryHome, testStores } from './fixtures.ts';

const WS = 'ws';

/** Every link from both sides with its weight, and every fact, sorted: equal for equal graphs. */
function linesOf(adjacency: Adjacency): string[] {
  const lines: string[] = [];
  const links = {
    targets: new Uint32Array(),
    weights: new Float32Array(),
    start: 0,
    middle: 0,
    end: 0,
  };
  for (let node = 0; node < adjacency.nodes; node++) {
    if (adjacency.kindOf(node) === 0) continue;
    const name = `${adjacency.kindOf(node)} ${adjacency.idOf(node)}`;
    const { targets, weights, start, middle, end } = adjacency.open(node, links);
    let [first, second] = [0, 0];
    for (let i = start; i < end; i++) {
      const target = targets[i]!;
      lines.push(
        `${name} -${i < middle ? 1 : 2}- ${adjacency.kindOf(target)} ${adjacency.idOf(target)} ${weights[i]!.toFixed(5)}`,
      );
      if (i < middle) first += weights[i]!;
      else second += weights[i]!;
    }
    expect(adjacency.columns.firstSums[node]).toBeCloseTo(first, 4);
    expect(adjacency.columns.secondSums[node]).toBeCloseTo(second, 4);
    if (adjacency.kindOf(node) === 2) {
      const [subject, object] = [adjacency.subjectOf(node), adjacency.objectOf(node)];
      lines.push(
        `${name}: ${adjacency.idOf(subject)} ${adjacency.relationOf(node)} ${adjacency.idOf(object)} ${adjacency.isNegated(node)}`,
      );
    }
  }
  return lines.sort();
}

async function builtAnew(graph: GraphStore): Promise<string[]> {
  return linesOf((await openAdjacencies(graph).of(WS))!);
}

const span = { start: 0, end: 1 };

interface Said {
  readonly mentions: readonly string[];
  readonly triples: readonly (readonly [subject: string, object: string, confidence: number])[];
}

function extractions(documentId: string, parts: readonly Said[]): ChunkExtraction[] {
  const end = (name: string) => ({ name, type: 'thing' as const, span });
  return parts.map(({ mentions, triples }, i) => ({
    chunkId: `chk_${documentId}_${i}`,
    mentions: mentions.map((name, at) => ({
      ...end(name),
      surface: name,
      span: { start: at, end: at + 1 },
    })),
    triples: triples.map(([subject, object, confidence], at) => ({
      subject: end(subject),
      relation: { name: 'knows', span: { start: at, end: at + 1 } },
      object: end(object),
      confidence,
      negated: false,
      sentence: span,
    })),
  }));
}

const said = (): fc.Arbitrary<Said[]> => {
  const name = fc.constantFrom('Ann', 'Bo', 'Cy', 'Di', 'Ed');
  return fc.array(
    fc.record({
      mentions: fc.array(name, { maxLength: 3 }),
      triples: fc.array(fc.tuple(name, name, fc.constantFrom(0.25, 0.5, 1)), { maxLength: 3 }),
    }),
    { maxLength: 3 },
  );
};

describe('the adjacency of a workspace', () => {
  it('follows every write and removal, as if it were built anew', async () => {
    const { graph } = testStores();
    const step = fc.record({
      documentId: fc.constantFrom('doc_1', 'doc_2', 'doc_3'),
      parts: fc.option(said(), { nil: undefined, freq: 3 }),
      compact: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        await graph.removeWorkspace(WS);
        const kept = openAdjacencies(graph);
        for (const { documentId, parts, compact } of steps) {
          if (parts) await graph.replaceDocument(WS, documentId, extractions(documentId, parts));
          else await graph.removeDocument(WS, documentId);
          const adjacency = (await kept.of(WS))!;
          const expected = await builtAnew(graph);
          expect(linesOf(adjacency)).toEqual(expected);
          if (compact) expect(linesOf(compacted(adjacency))).toEqual(expected);
          const { entities, facts } = await graph.stats(WS);
          expect([adjacency.entityCount, adjacency.factCount]).toEqual([entities, facts]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('sees what another connection wrote, and a workspace that was removed and made again', async () => {
    const home = temporaryHome();
    const [mine, other] = [testStores(home), testStores(home)];
    const parts = [{ mentions: ['Ann'], triples: [['Ann', 'Bo', 1]] as const }];
    expect((await mine.adjacency.of(WS))!.nodes).toBe(0);
    await other.graph.replaceDocument(WS, 'doc_1', extractions('doc_1', parts));
    expect((await mine.adjacency.of(WS))!.factCount).toBe(1);
    const version = mine.adjacency.versionOf(WS);
    await mine.adjacency.of(WS);
    expect(mine.adjacency.versionOf(WS)).toBe(version);
    await other.graph.removeWorkspace(WS);
    expect((await mine.adjacency.of(WS))!.entityCount).toBe(0);
    expect(mine.adjacency.versionOf(WS)).toBeGreaterThan(version);
    await other.graph.replaceDocument(WS, 'doc_2', extractions('doc_2', [...parts, ...parts]));
    const { chunkCount, factCount } = (await mine.adjacency.of(WS))!;
    expect([chunkCount, factCount]).toEqual([2, 1]);
  });

  it('is right although documents are written while it is read', async () => {
    const { graph } = testStores();
    const parts = (name: string) => [{ mentions: [name], triples: [[name, 'Bo', 1]] as const }];
    await graph.replaceDocument(WS, 'doc_1', extractions('doc_1', parts('Ann')));
    let isFirst = true;
    const disturbed: GraphStore = {
      ...graph,
      edges: async function* (...request) {
        for await (const page of graph.edges!(...request)) {
          yield page;
          if (!isFirst) continue;
          isFirst = false;
          await graph.replaceDocument(WS, 'doc_1', extractions('doc_1', parts('Cy')));
          await graph.replaceDocument(WS, 'doc_2', extractions('doc_2', parts('Di')));
        }
      },
    };
    expect(linesOf((await openAdjacencies(disturbed).of(WS))!)).toEqual(await builtAnew(graph));
  });

  it('gives up the workspaces that were not asked for longest, and reads them again', async () => {
    const { graph } = testStores();
    const parts = [{ mentions: ['Ann'], triples: [['Ann', 'Bo', 1]] as const }];
    for (const ws of ['one', 'two']) {
      await graph.replaceDocument(ws, 'doc', extractions('doc', parts));
    }
    const small = openAdjacencies(graph, { maxBytes: 1 });
    const first = (await small.of('one'))!;
    expect(small.bytes).toBe(first.bytes);
    expect(await small.of('one')).toBe(first);
    await small.of('two');
    const again = (await small.of('one'))!;
    expect(again).not.toBe(first);
    expect(linesOf(again)).toEqual(linesOf(first));
    small.forget('one');
    expect(small.bytes).toBe(0);
  });

  it('answers requests that come at the same time with the same graph', async () => {
    const { graph, adjacency } = testStores();
    const parts = [{ mentions: ['Ann'], triples: [['Ann', 'Bo', 1]] as const }];
    await graph.replaceDocument(WS, 'doc', extractions('doc', parts));
    const all = await Promise.all(Array.from({ length: 5 }, () => adjacency.of(WS)));
    expect(new Set(all).size).toBe(1);
  });

  it('is not there for a store that cannot stream', async () => {
    const { graph } = testStores();
    expect(await openAdjacencies({ ...graph, edges: undefined }).of(WS)).toBeUndefined();
  });
});

function indicesOf(home: string): unknown[] {
  const db = new Database(join(home, 'graphblend.db'), { readonly: true });
  try {
    return db.prepare(`SELECT sql FROM sqlite_schema WHERE type = 'index' ORDER BY name`).all();
  } finally {
    db.close();
  }
}

describe('bulk loading', () => {
  it('leaves the same graph as one document after the other, in an empty store and in a full one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(said(), { maxLength: 8 }),
        fc.boolean(),
        async (documents, full) => {
          const homes = [temporaryHome(), temporaryHome()];
          const [one, many] = homes.map((home) => testStores(home)) as [Stores, Stores];
          const list = documents.map((parts, i) => ({
            documentId: `doc_${i % 3}`,
            extractions: extractions(`doc_${i % 3}`, parts),
          }));
          if (full) {
            for (const { graph } of [one, many]) {
              await graph.replaceDocument(WS, 'doc_0', extractions('doc_0', documents[0] ?? []));
            }
          }
          for (const { documentId, extractions: what } of list) {
            await one.graph.replaceDocument(WS, documentId, what);
          }
          await many.graph.replaceDocuments!(WS, list);
          expect(await many.graph.dump(WS)).toEqual(await one.graph.dump(WS));
          expect(indicesOf(homes[1]!)).toEqual(indicesOf(homes[0]!));
        },
      ),
      { numRuns: 12 },
    );
  }, 60_000);
});

describe('a table of ids', () => {
  it('gives every id one number and every number its id', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.string({ unit: 'binary' }))),
        (all) => {
          const table = new IdTable();
          const numbers = new Map<string, number>();
          for (const [space, id] of all) {
            const key = `${space} ${id}`;
            const known = numbers.get(key);
            expect(table.find(space, id)).toBe(known ?? -1);
            const number = table.intern(space, id);
            expect(number).toBe(known ?? numbers.size);
            numbers.set(key, number);
          }
          table.trim();
          for (const [key, number] of numbers) expect(table.idOf(number)).toBe(key.slice(2));
        },
      ),
    );
  });

  it('holds a hundred thousand ids in about 40 bytes each', () => {
    const table = new IdTable();
    const id = (i: number) => `ent_${String(i).padStart(20, '0')}`;
    for (let i = 0; i < 100_000; i++) expect(table.intern(1, id(i))).toBe(i);
    table.trim();
    expect(table.bytes / 100_000).toBeLessThan(42);
    for (let i = 0; i < 100_000; i += 997)
      expect([table.find(1, id(i)), table.idOf(i)]).toEqual([i, id(i)]);
    expect(table.find(1, 'ent_none')).toBe(-1);
  });
});
