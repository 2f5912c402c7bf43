/**
 * Neo4j as the graph store: load by `replaceDocuments`, walks of two steps, and the server's memory. Needs a
 * server: `npm run servers`, or NEO4J_URL with NEO4J_USER and NEO4J_PASSWORD.
 *
 *   npm run bench -- graph/neo4j [--triples 10000,100000] [--seed 1] [--json FILE]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { connectNeo4j, entityId, neo4jGraphStore } from '../../graph/index.ts';
import type { GraphStore, SaidByDocument } from '../../graph/index.ts';
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
const seed = Number(values.seed);
const server = neo4jServer();
const connection = connectNeo4j({ ...server, namespace: 'bench' });
const store = neo4jGraphStore(connection);

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
}

/** The first seconds of a fresh Java machine say nothing about it. */
async function warmUp(): Promise<void> {
  for (const ws of ['ws_warm_1', 'ws_warm_2']) {
    await load(ws, [...syntheticDocuments({ triples: 20_000, seed: 99 })]);
    await store.removeWorkspace(ws);
  }
}

async function measure(shape: Shape): Promise<Row> {
  const ws = `ws_${shape.triples}`;
  await store.removeWorkspace(ws);
  const documents = [...syntheticDocuments(shape)];
  const half = Math.floor(documents.length / 2);
  const first = await load(ws, documents.slice(0, half));
  const second = await load(ws, documents.slice(half));
  const again = await load(ws, documents.slice(0, Math.min(half, 200)));
  const walks = await twoHops(store, ws, shape);
  const row: Row = {
    triples: shape.triples,
    loadSeconds: rounded(first.seconds + second.seconds, 1),
    triplesPerSecond: Math.round(
      (first.triples + second.triples) / (first.seconds + second.seconds),
    ),
    warmTriplesPerSecond: Math.round(second.triples / second.seconds),
    repeatedPerSecond: Math.round(again.triples / again.seconds),
    twoHopP50Ms: rounded(quantile(walks, 0.5), 2),
    twoHopP95Ms: rounded(quantile(walks, 0.95), 2),
    serverMiB: residentMiB(server.folder),
  };
  await store.removeWorkspace(ws);
  return row;
}

async function load(
  ws: string,
  documents: readonly SaidByDocument[],
): Promise<{ triples: number; seconds: number }> {
  const started = performance.now();
  await store.replaceDocuments!(ws, documents);
  const triples = documents
    .flatMap(({ extractions }) => extractions)
    .reduce((sum, { triples: said }) => sum + said.length, 0);
  return { triples, seconds: (performance.now() - started) / 1000 };
}

/** Milliseconds of 200 walks of two steps, at most 100 entities and facts, from entities as texts name them. */
async function twoHops(graph: GraphStore, ws: string, shape: Shape): Promise<number[]> {
  const random = randomFrom(7);
  const times: number[] = [];
  for (let i = 0; i < 230; i++) {
    const id = entityId(ws, entityName(zipf(entityCount(shape), random)));
    const started = performance.now();
    await graph.neighbourhood(ws, [id], { depth: 2, limit: 100 });
    if (i >= 30) times.push(performance.now() - started);
  }
  return times;
}

function quantile(list: readonly number[], share: number): number {
  return list.toSorted((a, b) => a - b)[Math.floor(share * (list.length - 1))]!;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Resident memory of the server of `npm run servers`; undefined for another. */
function residentMiB(folder: string | undefined): number | undefined {
  const pidFile = folder && join(folder, 'pid');
  if (!pidFile || !existsSync(pidFile)) return undefined;
  const status = `/proc/${readFileSync(pidFile, 'utf8').trim()}/status`;
  if (!existsSync(status)) return undefined;
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1];
  return kib === undefined ? undefined : Math.round(Number(kib) / 1024);
}
