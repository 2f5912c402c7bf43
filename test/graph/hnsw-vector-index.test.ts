import { existsSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { IndexCorruptError } from '../../graph/index.ts';
import type { Stores, VectorIndex } from '../../graph/index.ts';
import { ingest, remove, temporaryHome, testStores } from './fixtures.ts';
import { seededRandom } from './random.ts';
import { sqliteIndexWriter, storesWithClock } from './sqlite-index-writer.ts';
import { randomUnit, vectorIndexContract } from './vector-index.contract.ts';

vectorIndexContract('Exact search', () => {
  const opened = storesWithClock();
  return sqliteIndexWriter<VectorIndex>(opened, opened.stores.vectors);
});

// Every search of the contract once more, through a graph of hnswlib that is really there.
vectorIndexContract('hnswlib', () => {
  const opened = storesWithClock({ vectors: { exactBelow: 4 } });
  const { stores } = opened;
  return sqliteIndexWriter<VectorIndex>(opened, {
    ...stores.vectors,
    search: async (workspaceId, vector, options) => {
      await stores.vectors.settle(workspaceId);
      return stores.vectors.search(workspaceId, vector, options);
    },
  });
});

const GRAPH = { vectors: { exactBelow: 100 } };

/** Documents of 100 chunks with random vectors. */
function fill(
  { corpus }: Stores,
  ws: string,
  documents: number,
  dim: number,
  seed = 1,
  prefix = 'd',
) {
  const random = seededRandom(seed);
  const vectors = new Map<string, Float32Array>();
  const documentIds: string[] = [];
  for (let d = 0; d < documents; d++) {
    const texts = Array.from({ length: 100 }, (_, i) => `${prefix} ${d} ${i}`);
    const { documentId, publication } = ingest(corpus, ws, `${prefix} ${d}`, 'T', texts, () =>
      randomUnit(dim, random),
    );
    documentIds.push(documentId);
    for (const [id, vector] of publication.vectors) vectors.set(id, vector);
  }
  return { vectors, documentIds };
}

/** As the manifest of the only saved graph has it. */
function tunedIn(home: string): unknown {
  const folder = join(home, 'index');
  const name = readdirSync(folder).find((each) => each.endsWith('.json'))!;
  return (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { tuned?: object }).tuned;
}

function nearest(
  vectors: ReadonlyMap<string, Float32Array>,
  query: Float32Array,
  limit: number,
): string[] {
  const scored = [...vectors].map(([id, vector]) => ({
    id,
    score: vector.reduce((sum, value, i) => sum + value * query[i]!, 0),
  }));
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map((hit) => hit.id);
}

async function found(
  { vectors }: Stores,
  ws: string,
  query: Float32Array,
  limit: number,
): Promise<string[]> {
  return (await vectors.search(ws, query, { limit })).map((hit) => hit.chunkId);
}

async function recall(
  stores: Stores,
  ws: string,
  all: ReadonlyMap<string, Float32Array>,
  dim: number,
): Promise<number> {
  const random = seededRandom(99);
  let hits = 0;
  for (let q = 0; q < 50; q++) {
    const query = randomUnit(dim, random);
    const truth = new Set(nearest(all, query, 10));
    hits += (await found(stores, ws, query, 10)).filter((id) => truth.has(id)).length;
  }
  return hits / 500;
}

describe('an hnsw graph', () => {
  it('finds at least 95% of the exact ten nearest among 5,000 random vectors, and blocks no one while it is built', async () => {
    const stores = testStores(undefined, { vectors: { exactBelow: 2_000 } });
    const ws = stores.corpus.createWorkspace({ name: 'W' }).id;
    const { vectors } = fill(stores, ws, 50, 32);
    const query = [...vectors.values()][17]!;
    expect(await found(stores, ws, query, 1)).toEqual(nearest(vectors, query, 1)); // exact, before the graph is there

    const turns = countTurns();
    expect(await stores.vectors.settle(ws)).toBe('hnsw');
    expect(turns.stop()).toBeGreaterThan(20);
    expect(await recall(stores, ws, vectors, 32)).toBeGreaterThanOrEqual(0.95);
  });

  it('finds out how many candidates it has to look at, and remembers it', async () => {
    const home = temporaryHome();
    const first = testStores(home, { sync: 'when asked' });
    const ws = first.corpus.createWorkspace({ name: 'W' }).id;
    fill(first, ws, 21, 8);
    await first.vectors.settle(ws);
    expect(tunedIn(home)).toEqual({ ef: 100, size: 2_100 });
    await first.close();
    const second = testStores(home, { sync: 'when asked' });
    fill(second, ws, 2, 8, 2, 'later');
    await second.vectors.settle(ws);
    expect(tunedIn(home)).toEqual({ ef: 100, size: 2_100 }); // it has not grown by much
    fill(second, ws, 20, 8, 3, 'last');
    await second.vectors.settle(ws);
    expect(tunedIn(home)).toEqual({ ef: 100, size: 4_300 });
  });

  it('is saved, loaded again, and brought level with what changed in between', async () => {
    const home = temporaryHome();
    const first = testStores(home, GRAPH);
    const ws = first.corpus.createWorkspace({ name: 'W' }).id;
    const { vectors, documentIds } = fill(first, ws, 3, 16);
    await first.vectors.settle(ws);
    await first.close();
    expect(graphFiles(home)).toHaveLength(2);

    const writer = testStores(home);
    remove(writer.corpus, ws, documentIds[0]!);
    const added = fill(writer, ws, 1, 16, 2, 'later');
    const problems: unknown[] = [];
    const second = testStores(home, {
      ...GRAPH,
      onIndexProblem: (problem) => problems.push(problem),
    });
    const expected = new Map([...vectors].slice(100).concat([...added.vectors]));
    for (const [id, vector] of expected) expect(await found(second, ws, vector, 1)).toEqual([id]);
    expect((await found(second, ws, [...vectors.values()][0]!, 1_000)).sort()).toEqual(
      [...expected.keys()].sort(),
    );
    for (const vector of [...vectors.values()].slice(0, 20)) {
      expect(await found(second, ws, vector, 10)).toHaveLength(10); // though the nearest are gone
    }
    expect(problems).toEqual([]);
  });

  it('takes in what comes and goes while it is built', async () => {
    const stores = testStores(undefined, GRAPH);
    const ws = stores.corpus.createWorkspace({ name: 'W' }).id;
    const first = fill(stores, ws, 20, 16);
    const settled = stores.vectors.settle(ws);
    await sleep(30);
    const later = fill(stores, ws, 1, 16, 2, 'later');
    remove(stores.corpus, ws, first.documentIds.at(-1)!); // the graph begins with the newest
    const [id, vector] = [...later.vectors][0]!;
    expect(await found(stores, ws, vector, 1)).toEqual([id]); // exact search, while the graph grows
    expect(await settled).toBe('hnsw');
    for (const [each, own] of later.vectors) {
      expect(await found(stores, ws, own, 1)).toEqual([each]);
    }
    for (const gone of [...first.vectors.values()].slice(-20)) {
      expect(await found(stores, ws, gone, 10)).toHaveLength(10);
    }
  });

  it.each([
    ['a flipped bit in the graph', (files: Files) => flipBit(files.graph)],
    ['a truncated graph', (files: Files) => truncateSync(files.graph, 1_000)],
    ['an empty graph', (files: Files) => writeFileSync(files.graph, '')],
    [
      'a manifest that is not JSON',
      (files: Files) => writeFileSync(files.manifest, '{"format":1,'),
    ],
    ['a manifest of another dimension', (files: Files) => editManifest(files, { dim: 8 })],
    [
      'a manifest of another embedder',
      (files: Files) => editManifest(files, { embedder: 'other' }),
    ],
    [
      'a manifest that names a file elsewhere',
      (files: Files) => editManifest(files, { file: '../../etc/passwd' }),
    ],
    [
      'a manifest with a wrong hash',
      (files: Files) => editManifest(files, { sha256: '0'.repeat(64) }),
    ],
    ['a manifest that is null', (files: Files) => writeFileSync(files.manifest, 'null')],
  ])('is made again after %s', async (_what, damage) => {
    const home = temporaryHome();
    const first = testStores(home, GRAPH);
    const ws = first.corpus.createWorkspace({ name: 'W' }).id;
    const { vectors } = fill(first, ws, 2, 16);
    await first.vectors.settle(ws);
    await first.close();
    damage(filesOf(home));

    const problems: unknown[] = [];
    const second = testStores(home, {
      ...GRAPH,
      onIndexProblem: (problem) => problems.push(problem),
    });
    const [id, vector] = [...vectors][5]!;
    expect(await found(second, ws, vector, 1)).toEqual([id]);
    expect(problems).toEqual([expect.any(IndexCorruptError)]);
    expect(await second.vectors.settle(ws)).toBe('hnsw');
    expect(await recall(second, ws, vectors, 16)).toBeGreaterThanOrEqual(0.95);
    await second.close();

    const third = testStores(home, {
      ...GRAPH,
      onIndexProblem: (problem) => problems.push(problem),
    });
    expect(await found(third, ws, vector, 1)).toEqual([id]);
    expect(problems).toHaveLength(1);
  });

  it('starts over when most of what it holds was deleted', async () => {
    const stores = testStores(undefined, GRAPH);
    const ws = stores.corpus.createWorkspace({ name: 'W' }).id;
    const { vectors, documentIds } = fill(stores, ws, 14, 4);
    expect(await stores.vectors.settle(ws)).toBe('hnsw');
    for (const id of documentIds.slice(1)) remove(stores.corpus, ws, id);
    const left = [...vectors.keys()].slice(0, 100).sort();
    expect((await found(stores, ws, vectors.get(left[0]!)!, 2_000)).sort()).toEqual(left);
    expect(await stores.vectors.settle(ws)).toBe('exact');
  });

  it('leaves no file behind when its workspace is deleted', async () => {
    const home = temporaryHome();
    const stores = testStores(home, GRAPH);
    const ws = stores.corpus.createWorkspace({ name: 'W' }).id;
    fill(stores, ws, 2, 8);
    await stores.vectors.settle(ws);
    expect(graphFiles(home)).toHaveLength(2);
    stores.corpus.deleteWorkspace(ws);
    await expect.poll(() => graphFiles(home), { timeout: 10_000 }).toEqual([]);
  });
});

describe('a vector index beside a writer on another connection', () => {
  it.each([
    ['exact', 10_000],
    ['hnsw', 50],
  ] as const)('sees additions and removals at the next search (%s)', async (kind, exactBelow) => {
    const home = temporaryHome();
    const reader = testStores(home, { vectors: { exactBelow } });
    const writer = testStores(home);
    const ws = writer.corpus.createWorkspace({ name: 'W' }).id;
    const a = fill(writer, ws, 1, 16, 1, 'a');
    expect(await reader.vectors.settle(ws)).toBe(kind);
    const b = fill(writer, ws, 1, 16, 2, 'b');
    for (const [id, vector] of [...b.vectors].slice(0, 20))
      expect(await found(reader, ws, vector, 1)).toEqual([id]);
    remove(writer.corpus, ws, a.documentIds[0]!);
    const query = [...a.vectors.values()][3]!;
    expect((await found(reader, ws, query, 1_000)).sort()).toEqual([...b.vectors.keys()].sort());
  });

  it('answers many searches at once while documents come and go', async () => {
    const home = temporaryHome();
    const reader = testStores(home, { vectors: { exactBelow: 150 } });
    const writer = testStores(home);
    const ws = writer.corpus.createWorkspace({ name: 'W' }).id;
    const base = fill(writer, ws, 2, 8);
    const searches: Promise<string[]>[] = [];
    for (let i = 0; i < 6; i++) {
      for (const vector of [...base.vectors.values()].slice(0, 10))
        searches.push(found(reader, ws, vector, 1));
      const more = fill(writer, ws, 1, 8, 10 + i, `more ${i}`);
      await sleep(5);
      remove(writer.corpus, ws, more.documentIds[0]!);
    }
    const ids = [...base.vectors.keys()].slice(0, 10);
    expect(await Promise.all(searches)).toEqual(
      Array.from({ length: 60 }, (_, i) => [ids[i % 10]]),
    );
    expect((await found(reader, ws, base.vectors.get(ids[0]!)!, 1_000)).sort()).toEqual(
      [...base.vectors.keys()].sort(),
    );
  });
});

interface Files {
  readonly graph: string;
  readonly manifest: string;
}

function graphFiles(home: string): string[] {
  const folder = join(home, 'index');
  return existsSync(folder) ? readdirSync(folder) : [];
}

function filesOf(home: string): Files {
  const named = (ending: string) =>
    join(
      home,
      'index',
      graphFiles(home).find((name) => name.endsWith(ending))!,
    );
  return { graph: named('.hnsw'), manifest: named('.json') };
}

function flipBit(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 4;
  writeFileSync(path, bytes);
}

function editManifest({ manifest }: Files, change: Record<string, unknown>): void {
  writeFileSync(
    manifest,
    JSON.stringify({ ...(JSON.parse(readFileSync(manifest, 'utf8')) as object), ...change }),
  );
}

/** How often the event loop comes round: others get their turn as often. */
function countTurns(): { stop(): number } {
  let turns = 0;
  let running = true;
  const tick = (): void => {
    turns++;
    if (running) setImmediate(tick);
  };
  setImmediate(tick);
  return {
    stop: () => {
      running = false;
      return turns;
    },
  };
}
