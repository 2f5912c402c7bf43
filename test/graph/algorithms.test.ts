import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdjacencyBuilder } from '../../graph/adjacency/builder.ts';
import type { Adjacency } from '../../graph/index.ts';
import {
  betweennessCentrality,
  degreeCentrality,
  entityGraph,
  factColumns,
  factPaths,
  kHop,
  leiden,
  mineRules,
  modularity,
  neighboursOf,
  pageRankCentrality,
  personalizedPageRank,
  powerIteration,
} from '../../graph/index.ts';

interface Golden {
  readonly facts: readonly [id: string, subject: string, relation: string, object: string][];
  readonly supports: readonly [fact: string, chunk: string, confidence: number][];
  readonly mentions: readonly [entity: string, chunk: string, count: number][];
  readonly walks: readonly {
    seeds: Record<string, number>;
    damping: number;
    scores: Record<string, number>;
  }[];
  readonly paths: readonly { from: string; to: string; length: number; ways: number }[];
  readonly pageRank: Record<string, number>;
  readonly betweenness: Record<string, number>;
  readonly louvain: { communities: string[][]; modularity: number };
}

const golden = JSON.parse(
  readFileSync(new URL('goldens/networkx.json', import.meta.url), 'utf8'),
) as Golden;

function adjacencyOf({
  facts,
  supports,
  mentions,
}: Pick<Golden, 'facts' | 'supports' | 'mentions'>): Adjacency {
  const builder = new AdjacencyBuilder();
  const byChunk = (a: readonly unknown[], b: readonly unknown[]) =>
    String(a[1]) < String(b[1]) ? -1 : 1;
  const nodes = new Map<string, number>();
  const entity = (id: string): number => {
    nodes.set(id, builder.entity(id));
    return nodes.get(id)!;
  };
  for (const [id, subject, relation, object] of facts) {
    nodes.set(id, builder.fact(id, entity(subject), relation, entity(object), false));
  }
  for (const [fact, chunk, confidence] of supports.toSorted(byChunk)) {
    builder.support(nodes.get(fact)!, builder.chunk(chunk, 'doc'), confidence);
  }
  for (const [name, chunk, count] of mentions.toSorted(byChunk)) {
    builder.mention(entity(name), builder.chunk(chunk, 'doc'), count);
  }
  return builder.finish();
}

/** Facts `e<i> r<k> e<j>`, each said in a chunk, from pairs of numbers. */
function adjacencyOfEdges(edges: readonly (readonly [number, number])[]): Adjacency {
  const facts = edges.map(([s, o], i): [string, string, string, string] => [
    `f${i}`,
    `e${s}`,
    `r${i % 3}`,
    `e${o}`,
  ]);
  return adjacencyOf({
    facts,
    supports: facts.map(([id], i) => [id, `c${i % 7}`, 0.25 + (i % 4) / 4]),
    mentions: facts.map(([, subject], i) => [subject, `c${i % 7}`, 1 + (i % 2)]),
  });
}

const edges = () =>
  fc.array(fc.tuple(fc.integer({ min: 0, max: 25 }), fc.integer({ min: 0, max: 25 })), {
    minLength: 1,
    maxLength: 60,
  });

const KINDS = ['entity', 'fact', 'chunk'] as const;

function kindOf(id: string): (typeof KINDS)[number] {
  return id.startsWith('e') ? 'entity' : id.startsWith('f') ? 'fact' : 'chunk';
}

describe('personalised PageRank', () => {
  const adjacency = adjacencyOf(golden);
  const seedsOf = (seeds: Record<string, number>) =>
    Object.entries(seeds).map(([id, weight]) => ({ id, weight }));

  it('by power iteration is what networkx computes', () => {
    for (const { seeds, damping, scores } of golden.walks) {
      const found = powerIteration(adjacency, { seeds: seedsOf(seeds), damping, tolerance: 1e-14 });
      expect(found.covered).toBeCloseTo(1, 12);
      for (const [id, score] of Object.entries(scores)) {
        expect(found.score(kindOf(id), id), id).toBeCloseTo(score, 10);
      }
    }
  });

  it('by push is what networkx computes, as near as epsilon promises', () => {
    for (const { seeds, damping, scores } of golden.walks) {
      const epsilon = 1e-9;
      const found = personalizedPageRank(adjacency, { seeds: seedsOf(seeds), damping, epsilon });
      for (const [id, score] of Object.entries(scores)) {
        expect(found.score(kindOf(id), id), id).toBeCloseTo(score, 7);
      }
    }
  });

  it('by push misses at most epsilon times the strength of a node, and never gives too much', () => {
    fc.assert(
      fc.property(
        edges(),
        fc.constantFrom(0.5, 0.85),
        fc.constantFrom(1e-2, 1e-4),
        (list, damping, epsilon) => {
          const graph = adjacencyOfEdges(list);
          const seeds = [
            { id: `e${list[0]![0]}`, weight: 1 },
            { id: 'c0', weight: 0.5 },
          ];
          const exact = powerIteration(graph, { seeds, damping, tolerance: 1e-15 });
          const near = personalizedPageRank(graph, { seeds, damping, epsilon });
          expect(exact.covered).toBeCloseTo(1, 10);
          expect(near.covered).toBeLessThanOrEqual(1 + 1e-10);
          for (const kind of KINDS) {
            for (const { id, score } of exact.top(kind, 1000)) {
              const node = graph.find(kind, id);
              const strength = graph.columns.firstSums[node]! + graph.columns.secondSums[node]!;
              const missing = score - near.score(kind, id);
              expect(missing).toBeGreaterThan(-1e-10);
              expect(missing).toBeLessThan(epsilon * strength + 1e-10);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives the same numbers each time, and nothing of one walk stays for the next', () => {
    const ask = (id: string) =>
      personalizedPageRank(adjacency, { seeds: [{ id, weight: 1 }] }).top('entity', 50);
    const first = ask('e0');
    expect(ask('e5')).not.toEqual(first);
    expect(ask('e0')).toEqual(first);
  });

  it('ranks by score, takes seeds that are not there for nothing, and follows link weights', () => {
    const none = personalizedPageRank(adjacency, { seeds: [{ id: 'nobody', weight: 1 }] });
    expect([none.covered, none.top('entity', 5)]).toEqual([0, []]);
    const scores = personalizedPageRank(adjacency, { seeds: [{ id: 'e3', weight: 3 }] })
      .top('fact', 100)
      .map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    const seeds = [{ id: 'e3', weight: 1 }];
    const alongFacts = { mention: 0, support: 0 };
    const walked = personalizedPageRank(adjacency, { seeds, weights: alongFacts });
    expect(walked.top('chunk', 5)).toEqual([]);
    expect(walked.top('entity', 5).length).toBeGreaterThan(1);
  });
});

describe('walks along facts', () => {
  const adjacency = adjacencyOf(golden);

  it('find as many shortest paths of the same length as networkx', () => {
    for (const { from, to, length, ways } of golden.paths) {
      const { paths, exhausted } = factPaths(adjacency, from, to, { maxLength: 9, limit: 1000 });
      expect(exhausted).toBe(true);
      expect(paths.map((path) => path.facts.length)).toEqual(Array(ways).fill(length));
      expect(new Set(paths.map((path) => JSON.stringify(path.facts))).size).toBe(ways);
      for (const { entityIds, facts } of paths) {
        expect([entityIds[0], entityIds.at(-1)]).toEqual([from, to]);
        facts.forEach(({ id, forward }, i) => {
          const [, subject, , object] = golden.facts.find(([fact]) => fact === id)!;
          const walked = [entityIds[i], entityIds[i + 1]];
          expect(walked).toEqual(forward ? [subject, object] : [object, subject]);
        });
      }
      const costs = paths.map(({ cost }) => cost);
      expect(costs).toEqual(costs.toSorted((a, b) => a - b));
    }
  });

  it('keep to their limits and find nothing where nothing is', () => {
    const { from, to, length } = golden.paths.find((path) => path.length > 1)!;
    expect(factPaths(adjacency, from, to, { maxLength: length - 1 }).paths).toEqual([]);
    expect(factPaths(adjacency, from, to, { maxLength: 9, limit: 1 }).paths).toHaveLength(1);
    expect(factPaths(adjacency, from, 'e38').paths).toEqual([]);
    expect(factPaths(adjacency, from, from).paths).toEqual([]);
    expect(factPaths(adjacency, from, to, { maxLength: 9, maxFacts: 1 }).exhausted).toBe(false);
  });

  it('reach step by step what a plain search reaches', () => {
    fc.assert(
      fc.property(edges(), fc.integer({ min: 0, max: 3 }), (list, depth) => {
        const graph = adjacencyOfEdges(list);
        const start = list[0]![0];
        const distance = new Map([[start, 0]]);
        for (let step = 1; step <= depth; step++) {
          for (const [s, o] of list) {
            for (const [a, b] of [
              [s, o],
              [o, s],
            ] as const) {
              if (distance.get(a) === step - 1 && !distance.has(b)) distance.set(b, step);
            }
          }
        }
        const found = kHop(graph, [`e${start}`], { depth, limit: 1000 });
        expect(found.truncated).toBe(false);
        expect(new Map(found.entities.map(({ id, distance: d }) => [id, d]))).toEqual(
          new Map([...distance].map(([n, d]) => [`e${n}`, d])),
        );
        const inside = list.flatMap(([s, o], i) =>
          Math.min(distance.get(s) ?? 99, distance.get(o) ?? 99) < depth ? [`f${i}`] : [],
        );
        expect([...found.factIds].sort()).toEqual(inside.sort());
      }),
      { numRuns: 100 },
    );
  });

  it('say when the limit left something out', () => {
    const star = adjacencyOfEdges(Array.from({ length: 10 }, (_, i) => [0, i + 1] as const));
    const found = kHop(star, ['e0'], { depth: 1, limit: 4 });
    expect([found.entities.length, found.truncated]).toEqual([4, true]);
    expect(neighboursOf(star, 'e0')).toHaveLength(10);
    expect(neighboursOf(star, 'e3')).toEqual([
      { entityId: 'e0', factId: 'f2', forward: false, confidence: 0.75 },
    ]);
    expect(neighboursOf(star, 'nobody')).toEqual([]);
  });
});

describe('communities', () => {
  const { columns, names } = factColumns(adjacencyOf(golden));
  const graph = entityGraph(columns);

  it('have the modularity that networkx computes for the same communities', () => {
    const theirs = new Uint32Array(graph.nodes);
    golden.louvain.communities.forEach((ids, number) => {
      for (let node = 0; node < graph.nodes; node++) {
        if (ids.includes(names.entityId(node))) theirs[node] = number;
      }
    });
    expect(modularity(graph, theirs)).toBeCloseTo(golden.louvain.modularity, 6);
  });

  it('are about as good as those of networkx, or better', () => {
    expect(leiden(graph).modularity).toBeGreaterThan(golden.louvain.modularity - 0.01);
  });

  it('are the cliques of a ring of cliques', () => {
    const size = 6;
    const list: [number, number][] = [];
    for (let clique = 0; clique < 8; clique++) {
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < i; j++) list.push([clique * size + i, clique * size + j]);
      }
      list.push([clique * size, ((clique + 1) % 8) * size + 1]);
    }
    const ring = factColumns(adjacencyOfEdges(list));
    const { levels } = leiden(entityGraph(ring.columns));
    const cliqueOf = (node: number) =>
      Math.floor(Number(ring.names.entityId(node).slice(1)) / size);
    const last = levels.at(-1)!;
    last.forEach((community, node) => {
      last.forEach((other, beside) => {
        expect(community === other).toBe(cliqueOf(node) === cliqueOf(beside));
      });
    });
  });

  it('are the same each time, connected, and nested level in level', () => {
    fc.assert(
      fc.property(edges(), (list) => {
        const some = entityGraph(factColumns(adjacencyOfEdges(list)).columns);
        const found = leiden(some);
        expect(leiden(some)).toEqual(found);
        expect(found.modularity).toBeGreaterThanOrEqual(-1e-9);
        found.levels.forEach((level, i) => {
          const coarser = found.levels[i + 1];
          if (!coarser) return;
          const into = new Map<number, number>();
          level.forEach((community, node) => {
            expect(into.get(community) ?? coarser[node]).toBe(coarser[node]);
            into.set(community, coarser[node]!);
          });
        });
        const last = found.levels.at(-1)!;
        for (const community of new Set(last)) {
          const members = [...last.keys()].filter((node) => last[node] === community);
          const reached = new Set([members[0]!]);
          for (const node of reached) {
            for (let e = some.offsets[node]!; e < some.offsets[node + 1]!; e++) {
              if (last[some.targets[e]!] === community) reached.add(some.targets[e]!);
            }
          }
          expect(reached.size).toBe(members.length);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('centrality', () => {
  const { columns, names } = factColumns(adjacencyOf(golden));
  const graph = entityGraph(columns);
  const byId = (scores: Float64Array) =>
    Object.fromEntries(Array.from(scores, (score, node) => [names.entityId(node), score]));

  it('by PageRank and by betweenness is what networkx computes', () => {
    const rank = byId(pageRankCentrality(graph, { tolerance: 1e-14, rounds: 1000 }));
    const between = byId(betweennessCentrality(graph, { samples: graph.nodes }));
    for (const id of Object.keys(golden.pageRank)) {
      expect(rank[id], id).toBeCloseTo(golden.pageRank[id]!, 7);
      expect(between[id], id).toBeCloseTo(golden.betweenness[id]!, 6);
    }
  });

  it('by degree counts the entities beside', () => {
    const star = factColumns(adjacencyOfEdges([[0, 1], [0, 2], [2, 0], [0, 0]])); // prettier-ignore
    const degrees = degreeCentrality(entityGraph(star.columns));
    const found = Array.from(degrees, (degree, node) => [star.names.entityId(node), degree]);
    expect(Object.fromEntries(found)).toEqual({ e0: 2, e1: 1, e2: 1 });
  });

  it('by betweenness from a sample is near the exact one, and stops when told', () => {
    const exact = betweennessCentrality(graph, { samples: graph.nodes });
    const some = betweennessCentrality(graph, { samples: 30 });
    const best = (scores: Float64Array) => scores.indexOf(Math.max(...scores));
    expect(best(some)).toBe(best(exact));
    expect(() => betweennessCentrality(graph, { signal: AbortSignal.abort() })).toThrow();
  });
});

describe('mined rules', () => {
  it('have the support, coverage and confidence that their definition gives', () => {
    const facts: [string, string, string, string][] = [];
    const say = (subject: string, relation: string, object: string) =>
      facts.push([`f${facts.length}`, `e${subject}`, relation, `e${object}`]);
    // Four people born in towns of two countries; three of them have a citizenship, one another than expected.
    for (const [person, town] of [
      ['Ann', 'Oslo'],
      ['Bo', 'Oslo'],
      ['Cy', 'Rome'],
      ['Di', 'Rome'],
    ]) {
      say(person!, 'born in', town!);
    }
    say('Oslo', 'lies in', 'Norway');
    say('Rome', 'lies in', 'Italy');
    say('Ann', 'citizen of', 'Norway');
    say('Bo', 'citizen of', 'Norway');
    say('Cy', 'citizen of', 'Norway');
    const adjacency = adjacencyOf({
      facts,
      supports: facts.map(([id]) => [id, 'c', 1]),
      mentions: [],
    });
    const { columns, names } = factColumns(adjacency);
    const rules = mineRules(columns, { minSupport: 2 });
    const text = rules.map(({ body, head, ...measures }) => ({
      rule: `${body.map((atom) => (atom.inverse ? '-' : '') + names.relation(atom.relation)).join(' & ')} => ${names.relation(head)}`,
      ...measures,
    }));
    expect(text).toContainEqual({
      rule: 'born in & lies in => citizen of',
      support: 2,
      headCoverage: 2 / 3,
      confidence: 2 / 4,
      pcaConfidence: 2 / 3,
    });
  });

  it('leave out what is denied, and find that a relation is the inverse of another', () => {
    const builder = new AdjacencyBuilder();
    const chunk = builder.chunk('c', 'doc');
    for (let i = 0; i < 5; i++) {
      const [parent, child] = [builder.entity(`e${i}`), builder.entity(`e${i + 10}`)];
      const parentOf = builder.fact(`p${i}`, parent, 'parent of', child, false);
      const childOf = builder.fact(`q${i}`, child, 'child of', parent, i === 4);
      for (const fact of [parentOf, childOf]) builder.support(fact, chunk, 1);
    }
    const { columns, names } = factColumns(builder.finish());
    const [first] = mineRules(columns);
    expect(first).toMatchObject({ support: 4, confidence: 1, pcaConfidence: 1 });
    expect(names.relation(first!.head)).toBe('parent of');
    expect(first!.body).toMatchObject([{ inverse: true }]);
  });
});
