/**
 * The graph in SQLite and in memory as it grows: loading, the adjacency, walks, PageRank, communities; each
 * beside a plain way to do the same.
 *
 *   npm run bench -- graph/scale [--sizes 10000,100000,1000000] [--seed 1] [--json FILE]
 *
 * Times are of the clock; `cpu` is what the process used of the processors meanwhile, which a busy machine
 * changes less.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import {
  type Adjacency,
  entityGraph,
  entityId,
  factColumns,
  factPaths,
  kHop,
  leiden,
  openAdjacencies,
  openStores,
  pageRankCentrality,
  personalizedPageRank,
  powerIteration,
  type SaidByDocument,
  type Stores,
} from '../../graph/index.ts';
import { type Random, seededRandom } from '../crash/random.ts';
import { reportOrigin } from '../report.ts';
import { entityCount, entityName, type Shape, syntheticDocuments, zipf } from './synthetic.ts';
import { mapsOf, mapPageRank, TWO_HOPS } from './naive.ts';

const WS = 'ws_bench';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000,100000,1000000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const seed = Number(values.seed);

async function run(): Promise<void> {
  const rows: Record<string, number>[] = [];
  for (const triples of values.sizes.split(',').map(Number)) {
    console.log(`\n${triples} triples`);
    const row = await measure({ triples, seed });
    rows.push({ triples, ...row });
    console.table(Object.entries(short(row)).map(([figure, value]) => ({ figure, value })));
  }
  printGrowth(rows);
  if (!values.json) return;
  writeFileSync(values.json, `${JSON.stringify({ ...reportOrigin(seed), rows }, undefined, 2)}\n`);
}

async function measure(shape: Shape): Promise<Record<string, number>> {
  const home = mkdtempSync(join(tmpdir(), 'graphblend-graph-bench-'));
  const stores = openStores({ home });
  try {
    const loaded = await load(stores, home, shape);
    const memory = await inMemory(stores, shape);
    const asked = await queries(stores, home, memory.adjacency, shape);
    return { ...loaded, ...memory.row, ...asked, ...wholeGraph(memory.adjacency) };
  } finally {
    await stores.close();
    rmSync(home, { recursive: true, force: true });
  }
}

async function load(stores: Stores, home: string, shape: Shape): Promise<Record<string, number>> {
  const naive = await oneByOne(shape);
  const documents = new Timed(syntheticDocuments(shape));
  const spent = await timed(() => stores.graph.replaceDocuments!(WS, documents));
  const seconds = (spent.ms - documents.ms) / 1000;
  return {
    'load triples/s': shape.triples / seconds,
    'load triples/s cpu': (shape.triples / (spent.cpuMs - documents.ms)) * 1000,
    'one by one triples/s': naive,
    'database MB': databaseBytes(home) / 1e6,
  };
}

/** The file alone may be small while the pages stand in the log. */
function databaseBytes(home: string): number {
  const db = new Database(join(home, 'graphblend.db'), { readonly: true });
  try {
    const read = (name: string): number => db.pragma(name, { simple: true }) as number;
    return read('page_count') * read('page_size');
  } finally {
    db.close();
  }
}

/** A document a call, as single uploads come. */
async function oneByOne({ seed: from }: Shape): Promise<number> {
  const home = mkdtempSync(join(tmpdir(), 'graphblend-graph-bench-'));
  const stores = openStores({ home });
  try {
    const documents = [...syntheticDocuments({ triples: 5_000, seed: from })];
    const spent = await timed(async () => {
      for (const { documentId, extractions } of documents) {
        await stores.graph.replaceDocument(WS, documentId, extractions);
      }
    });
    return (5_000 / spent.ms) * 1000;
  } finally {
    await stores.close();
    rmSync(home, { recursive: true, force: true });
  }
}

async function inMemory(
  { graph }: Stores,
  shape: Shape,
): Promise<{ adjacency: Adjacency; row: Record<string, number> }> {
  const adjacencies = openAdjacencies(graph);
  const built = await timed(() => adjacencies.of(WS));
  const [changed] = syntheticDocuments({ triples: 100, seed: shape.seed + 1 });
  await graph.replaceDocument(WS, changed!.documentId, changed!.extractions);
  const kept = await timed(() => adjacencies.of(WS));
  const still = await timed(() => adjacencies.of(WS));
  const adjacency = kept.value!;
  return {
    adjacency,
    row: {
      'adjacency build s': built.ms / 1000,
      'adjacency MB': adjacency.bytes / 1e6,
      'bytes/triple': adjacency.bytes / shape.triples,
      'after a document ms': kept.ms,
      'unchanged ms': still.ms,
      'process MB': process.memoryUsage.rss() / 1e6,
    },
  };
}

async function queries(
  stores: Stores,
  home: string,
  adjacency: Adjacency,
  shape: Shape,
): Promise<Record<string, number>> {
  const random = seededRandom(shape.seed);
  const pick = picker(adjacency, shape, random);
  const seeds = () => Array.from({ length: 5 }, () => ({ id: pick(), weight: 1 }));
  const limit = { depth: 2, limit: 200 };
  const db = new Database(join(home, 'graphblend.db'), { readonly: true });
  const plain = db.prepare(TWO_HOPS).raw();
  try {
    const row = {
      ...(await percentiles('2-hop', 200, () => kHop(adjacency, [pick()], limit))),
      ...(await percentiles('2-hop, all of it', 50, () =>
        kHop(adjacency, [pick()], { depth: 2, limit: Infinity }),
      )),
      ...(await percentiles('2-hop with texts', 30, () =>
        stores.graph.neighbourhood(WS, [pick()], { depth: 2, limit: 100 }),
      )),
      ...(await percentiles('2-hop, recursive SQL', 5, () => plain.all({ id: pick() }))),
      ...(await percentiles('PageRank', 60, () =>
        personalizedPageRank(adjacency, { seeds: seeds() }).top('chunk', 20),
      )),
      ...(await percentiles('PageRank, power', 1, () =>
        powerIteration(adjacency, { seeds: seeds(), tolerance: 1e-4 }).top('chunk', 20),
      )),
      ...(shape.triples <= MAX_MAPS && (await onMaps(adjacency, seeds))),
      ...(await percentiles('path', 100, () => factPaths(adjacency, pick(), pick()))),
    };
    return { ...row, 'PageRank top 20 as exact': agreement(adjacency, seeds()) };
  } finally {
    db.close();
  }
}

/** Maps of strings for more than this would not fit into the heap. */
const MAX_MAPS = 200_000;

function onMaps(
  adjacency: Adjacency,
  seeds: () => { id: string; weight: number }[],
): Promise<Record<string, number>> {
  const maps = mapsOf(adjacency);
  return percentiles('PageRank, Maps', 1, () => mapPageRank(maps, seeds()));
}

/** Share of the 20 best chunks of power iteration that push finds too. */
function agreement(adjacency: Adjacency, seeds: readonly { id: string; weight: number }[]): number {
  const exact = powerIteration(adjacency, { seeds, tolerance: 1e-6 }).top('chunk', 20);
  const pushed = personalizedPageRank(adjacency, { seeds }).top('chunk', 20);
  const found = new Set(pushed.map(({ id }) => id));
  return exact.filter(({ id }) => found.has(id)).length / exact.length;
}

function wholeGraph(adjacency: Adjacency): Record<string, number> {
  const started = performance.now();
  const graph = entityGraph(factColumns(adjacency).columns);
  const communities = leiden(graph);
  const grouped = performance.now();
  pageRankCentrality(graph);
  return {
    'communities s': (grouped - started) / 1000,
    modularity: communities.modularity,
    'ranking s': (performance.now() - grouped) / 1000,
  };
}

/** Ids of entities, by the same law as texts speak of them: mostly common ones. */
function picker(adjacency: Adjacency, shape: Shape, random: Random): () => string {
  return () => {
    for (;;) {
      const id = entityId(WS, entityName(zipf(entityCount(shape), random)));
      if (adjacency.find('entity', id) >= 0) return id;
    }
  };
}

interface Spent<T> {
  readonly value: T;
  readonly ms: number;
  readonly cpuMs: number;
}

async function timed<T>(work: () => T | Promise<T>): Promise<Spent<T>> {
  const before = process.cpuUsage();
  const started = performance.now();
  const value = await work();
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  return { value, ms, cpuMs: (user + system) / 1000 };
}

async function percentiles(
  name: string,
  times: number,
  work: () => unknown,
): Promise<Record<string, number>> {
  // The first calls meet code that is not compiled yet.
  for (let i = 0; i < Math.min(times - 1, 20); i++) await work();
  const clock: number[] = [];
  const cpu: number[] = [];
  for (let i = 0; i < times; i++) {
    const { ms, cpuMs } = await timed(work);
    clock.push(ms);
    cpu.push(cpuMs);
  }
  const at = (list: number[], share: number): number =>
    list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(share * list.length))]!;
  return {
    [`${name} p50 ms`]: at(clock, 0.5),
    [`${name} p95 ms`]: at(clock, 0.95),
    [`${name} p50 cpu ms`]: at(cpu, 0.5),
  };
}

/** Hands documents on and notes how long making them took. */
class Timed implements Iterable<SaidByDocument> {
  ms = 0;
  readonly #documents: Iterator<SaidByDocument>;

  constructor(documents: Iterator<SaidByDocument>) {
    this.#documents = documents;
  }

  *[Symbol.iterator](): Generator<SaidByDocument> {
    for (;;) {
      const started = performance.now();
      const next = this.#documents.next();
      this.ms += performance.now() - started;
      if (next.done) return;
      yield next.value;
    }
  }
}

function short(row: Record<string, number>): Record<string, number> {
  const rounded = (value: number): number => Number(value.toPrecision(value >= 1000 ? 5 : 3));
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, rounded(value)]));
}

/** How each figure grows from size to size: exponent of the power law between the two. */
function printGrowth(all: readonly Record<string, number>[]): void {
  for (const [i, row] of all.entries()) {
    const before = all[i - 1];
    if (!before) continue;
    const times = row['triples']! / before['triples']!;
    const growth = Object.keys(row)
      .filter((name) => / (s|ms|MB)$/.test(name))
      .map((name) => [name, Math.log(row[name]! / before[name]!) / Math.log(times)] as const);
    console.log(`growth from ${before['triples']} to ${row['triples']} (1: as the graph grows)`);
    console.log(short(Object.fromEntries(growth)));
  }
}

await run();
