/**
 * Neo4j as the graph store: load by `replaceDocuments`, walks of two steps, and the server's memory. Starts a server of
 * its own with the jars of `npm run servers`, so that it begins empty and leaves nothing; with NEO4J_URL (and NEO4J_USER,
 * NEO4J_PASSWORD) it takes that one, and removes what it wrote.
 *
 *   npm run bench -- graph/neo4j [--triples 100000,1000000] [--seed 1] [--json FILE]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { connectNeo4j, entityId, neo4jGraphStore } from '../../graph/index.ts';
import type { GraphStore, SaidByDocument } from '../../graph/index.ts';
import { mortalNeo4j } from '../crash/neo4j-server.ts';
import { reportOrigin } from '../report.ts';
import { neo4jServer } from './neo4j-server.ts';
import { entityCount, entityName, randomFrom, syntheticDocuments, zipf } from './synthetic.ts';
import type { Shape } from './synthetic.ts';

const { values } = parseArgs({
  options: {
    triples: { type: 'string', default: '10000,100000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
/** A million triples are 2 GB of pages: with less than that the server reads them again and again. */
const MEMORY_GB = 3;
const seed = Number(values.seed);
const found = neo4jServer();
const own = found.folder === undefined ? undefined : await mortalNeo4j(found.folder, MEMORY_GB);
// It would outlive this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void own?.remove().finally(() => process.exit(1)));
}
const server = own?.options ?? found;
const store = neo4jGraphStore(connectNeo4j({ ...server, namespace: 'bench' }));

interface Row {
  readonly triples: number;
  readonly loadSeconds: number;
  readonly triplesPerSecond: number;
  /** Of the second half alone: plans are compiled and pages are in memory. */
  readonly warmTriplesPerSecond: number;
  readonly repeatedPerSecond: number;
  readonly twoHopP50Ms: number;
  readonly twoHopP95Ms: number;
  readonly serverMiB: number | undefined;
}

try {
  await warmUp();
  const rows: Row[] = [];
  for (const triples of values.triples.split(',').map(Number)) {
    rows.push(await measure({ triples, seed }));
    console.table(rows);
  }
  if (values.json) {
    writeFileSync(
      values.json,
      `${JSON.stringify({ ...reportOrigin(seed), rows }, undefined, 2)}\n`,
    );
  }
} finally {
  await store.close();
  await own?.remove();
}

/** The first seconds of a fresh Java machine say nothing about it. */
async function warmUp(): Promise<void> {
  for (const ws of ['ws_warm_1', 'ws_warm_2']) {
    await load(ws, syntheticDocuments({ triples: 20_000, seed: 99 }), { label: 'warm-up' });
    await store.removeWorkspace(ws);
  }
}

async function measure(shape: Shape): Promise<Row> {
  const ws = `ws_${shape.triples}`;
  if (!own) await store.removeWorkspace(ws);
  const label = `${shape.triples} triples`;
  // Documents are made while they are loaded: a million triples would not leave room for much else.
  const documents = syntheticDocuments(shape);
  const first = await load(ws, documents, { label, most: shape.triples / 2 });
  const second = await load(ws, documents, { label, before: first.triples });
  const again = await load(ws, syntheticDocuments(shape), {
    label: 'once more',
    most: Math.min(shape.triples / 2, 20_000),
  });
  const walks = await twoHops(store, ws, shape);
  const seconds = first.seconds + second.seconds;
  const row: Row = {
    triples: shape.triples,
    loadSeconds: rounded(seconds, 1),
    triplesPerSecond: Math.round((first.triples + second.triples) / seconds),
    warmTriplesPerSecond: Math.round(second.triples / second.seconds),
    repeatedPerSecond: Math.round(again.triples / again.seconds),
    twoHopP50Ms: rounded(quantile(walks, 0.5), 2),
    twoHopP95Ms: rounded(quantile(walks, 0.95), 2),
    serverMiB: residentMiB(own?.folder),
  };
  if (!own) await store.removeWorkspace(ws);
  return row;
}

interface Load {
  readonly label: string;
  /** Triples to load; default: all that there are. */
  readonly most?: number;
  /** Triples loaded before, for the progress that is shown. */
  readonly before?: number;
}

async function load(
  ws: string,
  documents: Iterator<SaidByDocument>,
  { label, most = Number.POSITIVE_INFINITY, before = 0 }: Load,
): Promise<{ triples: number; seconds: number }> {
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  let triples = 0;
  let shown = 0;
  function* counted(): Generator<SaidByDocument> {
    while (triples < most) {
      const { value, done } = documents.next();
      if (done) return;
      triples += value.extractions.reduce((sum, { triples: said }) => sum + said.length, 0);
      if (elapsed() - shown > 5) {
        shown = elapsed();
        console.error(`${label}: ${before + triples}, ${Math.round(triples / shown)} a second`);
      }
      yield value;
    }
  }
  await store.replaceDocuments!(ws, counted());
  return { triples, seconds: elapsed() };
}

/** Milliseconds of 100 walks of two steps, at most 100 entities and facts, from entities as texts name them. */
async function twoHops(graph: GraphStore, ws: string, shape: Shape): Promise<number[]> {
  const random = randomFrom(7);
  const times: number[] = [];
  for (let i = 0; i < 110; i++) {
    const id = entityId(ws, entityName(zipf(entityCount(shape), random)));
    const started = performance.now();
    await graph.neighbourhood(ws, [id], { depth: 2, limit: 100 });
    if (i >= 10) times.push(performance.now() - started);
  }
  return times;
}

function quantile(list: readonly number[], share: number): number {
  return list.toSorted((a, b) => a - b)[Math.floor(share * (list.length - 1))]!;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Resident memory of the bench's own server; undefined for another. */
function residentMiB(folder: string | undefined): number | undefined {
  const pidFile = folder && join(folder, 'pid');
  if (!pidFile || !existsSync(pidFile)) return undefined;
  const status = `/proc/${readFileSync(pidFile, 'utf8').trim()}/status`;
  if (!existsSync(status)) return undefined;
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1];
  return kib === undefined ? undefined : Math.round(Number(kib) / 1024);
}
