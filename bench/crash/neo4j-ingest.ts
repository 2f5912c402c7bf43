/**
 * Kills Neo4j (SIGKILL) while documents are handed in, replaced and deleted through the real ingest service,
 * queue and job handler; only the models are stand-ins. When all jobs have ended, the graph must be the one
 * that SQLite holds after a clean write of the documents that are left.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineClient } from '../../cache/index.ts';
import type { Tokenizer } from '../../engine/index.ts';
import { openStores, type GraphStore, type JobRecord, type Stores } from '../../graph/index.ts';
import { jobHandler } from '../../ingest/handle-job.ts';
import { BlobStore, IngestService, openQueue, syncGraphStore } from '../../ingest/index.ts';
import type { MortalNeo4j } from './neo4j-server.ts';
import type { Random } from './random.ts';

export interface Neo4jKillOptions {
  readonly kills: number;
  readonly random: Random;
  /** Jobs kept waiting, so that there is always something to interrupt; default 6. */
  readonly ahead?: number;
  /** Jobs that end before each kill; default 4. */
  readonly betweenKills?: number;
}

export interface Neo4jKillResult {
  readonly kills: number;
  /** Kills while a write to the graph was under way. */
  readonly duringWrite: number;
  readonly documents: number;
  readonly jobs: number;
  readonly failedJobs: readonly string[];
  /** Whether some job reported that it waits for the graph. */
  readonly sawWaiting: boolean;
  /** Lines that only one of the two dumps has; '-' lacks in Neo4j, '+' is too much there. */
  readonly differences: readonly string[];
  readonly dumpLines: number;
  readonly seconds: number;
}

const KEYS = 24;
const ENDED_TIMEOUT_MS = 120_000;
const DELETIONS = 0.15;

export async function neo4jKillRun(
  server: MortalNeo4j,
  { kills, random, ahead = 6, betweenKills = 4 }: Neo4jKillOptions,
): Promise<Neo4jKillResult> {
  const started = performance.now();
  const home = mkdtempSync(join(tmpdir(), 'graphblend-neo4j-kill-'));
  const bench = await openBench(home, server, { random, ahead, betweenKills });
  try {
    let duringWrite = 0;
    for (let n = 0; n < kills; n++) {
      await bench.progress();
      if (await bench.momentToKill(n % 2 === 0)) duringWrite++;
      await server.kill();
      await bench.feed();
      await sleep(random() * 1_500);
      await server.start();
    }
    await bench.feed();
    const jobs = await bench.ended();
    const { expected, found } = await bench.dumps();
    return {
      kills,
      duringWrite,
      documents: bench.documents(),
      jobs: jobs.length,
      failedJobs: jobs
        .filter(({ state }) => state !== 'succeeded' && state !== 'canceled')
        .map((job) => `${job.documentName}: ${job.state} ${job.error?.message ?? ''}`),
      sawWaiting: bench.sawWaiting(),
      differences: [
        ...expected.filter((line) => !found.includes(line)).map((line) => `- ${line}`),
        ...found.filter((line) => !expected.includes(line)).map((line) => `+ ${line}`),
      ],
      dumpLines: expected.length,
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    await bench.close();
    rmSync(home, { recursive: true, force: true });
  }
}

async function openBench(
  home: string,
  server: MortalNeo4j,
  { random, ahead, betweenKills }: Required<Omit<Neo4jKillOptions, 'kills'>>,
) {
  const stores = openStores({ home, embedder: EMBEDDER, neo4j: server.options });
  const blobs = new BlobStore(join(home, 'blobs'));
  const queue = openQueue({ home });
  const watched = watchWrites(stores.graph);
  const parts = { corpus: stores.corpus, graph: watched.graph, blobs, engine };
  const service = new IngestService({ ...parts, queue });
  const log = { warn: () => {} };
  const handler = jobHandler({ ...parts, tokenizer, limits: {} }, log);
  const workspaceId = stores.corpus.createWorkspace({ name: 'Kills' }).id;
  const stop = new AbortController();
  await syncGraphStore(parts, log, stop.signal);
  const worker = queue.work(handler, { concurrency: 2 });
  let version = 0;
  let waited = false;

  const open = (): readonly JobRecord[] => {
    const states = ['enqueued', 'processing'] as const;
    const jobs = stores.corpus.jobs({ workspaceId, states }, { limit: 200 }).data;
    if (jobs.some((job) => job.progress.stage === 'waiting_for_graph')) waited = true;
    return jobs;
  };
  const step = async (): Promise<void> => {
    const name = `log-${Math.floor(random() * KEYS)}.txt`;
    const known = stores.corpus.documentByKey(workspaceId, name);
    if (known && random() < DELETIONS) {
      await service.remove(workspaceId, known.id);
      return;
    }
    const bytes = Buffer.from(shipsLog(version++, random));
    const document = { workspaceId, externalKey: name, name, mediaType: 'text/plain' } as const;
    await service.submitBytes({ ...document, source: 'text', bytes: bytes.length }, bytes);
  };
  return {
    feed: async () => {
      while (open().length < ahead) await step();
    },
    /** Lets a few jobs end, and hands in others for them. */
    progress: async () => {
      const endedNow = () => allJobs(stores, workspaceId).length - open().length;
      const goal = endedNow() + betweenKills;
      for (const since = performance.now(); endedNow() < goal; await sleep(50)) {
        if (performance.now() - since > ENDED_TIMEOUT_MS) throw new Error('the jobs do not go on');
        while (open().length < ahead) await step();
      }
    },
    /** Waits a while, or for a write and a part of its length; true if a write was under way at the end. */
    momentToKill: async (inWrite: boolean) => {
      if (inWrite) await watched.nextWrite();
      await sleep(random() * (inWrite ? 60 : 1_500));
      open();
      return watched.isWriting();
    },
    ended: async () => {
      for (const since = performance.now(); open().length > 0; await sleep(100)) {
        if (performance.now() - since > ENDED_TIMEOUT_MS) {
          throw new Error(`jobs do not end: ${JSON.stringify(open())}`);
        }
      }
      return allJobs(stores, workspaceId);
    },
    sawWaiting: () => waited,
    documents: () => stores.corpus.counts(workspaceId).documents,
    dumps: () => dumps(stores, workspaceId),
    close: async () => {
      stop.abort();
      await worker.close();
      await queue.close();
      await stores.close();
    },
  };
}

function allJobs({ corpus }: Stores, workspaceId: string): JobRecord[] {
  const jobs: JobRecord[] = [];
  for (let after: string | undefined; ; after = jobs.at(-1)!.id) {
    const page = corpus.jobs({ workspaceId }, { limit: 200, after });
    jobs.push(...page.data);
    if (!page.hasMore) return jobs;
  }
}

/** What Neo4j holds, and what SQLite holds of the same documents written once, undisturbed. */
async function dumps(stores: Stores, workspaceId: string) {
  const home = mkdtempSync(join(tmpdir(), 'graphblend-neo4j-clean-'));
  const clean = openStores({ home });
  try {
    const { corpus } = stores;
    for (const { id } of corpus.documents(workspaceId, {}, { limit: 200 }).data) {
      await clean.graph.replaceDocument(workspaceId, id, corpus.extractionsOfDocument(id));
    }
    return {
      expected: await clean.graph.dump(workspaceId),
      found: await stores.graph.dump(workspaceId),
    };
  } finally {
    await clean.close();
    rmSync(home, { recursive: true, force: true });
  }
}

/** The same store, observed: how many writes are under way, and when the next one begins. */
function watchWrites(graph: GraphStore) {
  let writing = 0;
  const begun: (() => void)[] = [];
  const observe = async <T>(write: () => Promise<T>): Promise<T> => {
    writing++;
    for (const listener of begun.splice(0)) listener();
    try {
      return await write();
    } finally {
      writing--;
    }
  };
  return {
    graph: {
      ...graph,
      replaceDocument: (...args) => observe(() => graph.replaceDocument(...args)),
      removeDocument: (...args) => observe(() => graph.removeDocument(...args)),
    } satisfies GraphStore,
    isWriting: () => writing > 0,
    /** At the latest after five seconds. */
    nextWrite: () =>
      Promise.race([new Promise<void>((listen) => begun.push(listen)), sleep(5_000)]),
  };
}

const EMBEDDER = 'stand-in';

/** Vectors that depend on the text alone; no KV. */
const engine = {
  info: { embedder: { fingerprint: EMBEDDER } },
  embed: async (texts: readonly string[]) => texts.map(vectorOf),
  precompute: async () => ({ keys: new Map<string, string>() }),
  deleteKv: async () => {},
  kvKeys: async () => [],
} as unknown as EngineClient;

function vectorOf(text: string): Float32Array {
  const bytes = createHash('sha256').update(text).digest();
  const vector = Float32Array.from({ length: 8 }, (_, i) => bytes.readInt32LE(4 * i));
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

const tokenizer = {
  fingerprint: 'letters',
  count: (text: string) => Math.ceil(text.length / 4),
  encode: (text: string) => Array.from({ length: Math.ceil(text.length / 4) }, (_, i) => i),
} as unknown as Tokenizer;

const SHIPS = ['the Fram', 'the Endurance', 'the Belgica', 'the Aurora', 'the Terra Nova'];
const PEOPLE = ['Ada Holm', 'Jon Rask', 'Mary Quill', 'Otto Sverdrup', 'Ines Duarte', 'Tom Crean'];
const PLACES = ['Larvik', 'Hobart', 'Grytviken', 'Port Stanley', 'Madeira', 'Lyttelton', 'Bergen'];

/** Sentences over few names, so that documents share entities and facts. */
function shipsLog(version: number, random: Random): string {
  const one = (names: readonly string[]): string => names[Math.floor(random() * names.length)]!;
  const lines = Array.from(
    { length: 12 },
    () =>
      `${one(PEOPLE)} was born in ${one(PLACES)}. ${one(PEOPLE)} commanded ${one(SHIPS)}. ` +
      `${one(PEOPLE)} met ${one(PEOPLE)} in ${one(PLACES)}.`,
  );
  return `Log number ${version}\n\n${lines.join('\n\n')}\n`;
}
