/**
 * Search and ingest as a workspace grows: latency of the whole of `search` but the embedding of the question,
 * statements and rows it takes, filtered searches, the cost of one more document, memory.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chunkPromptText, openStores, type SearchFilter, type Stores } from '../../graph/index.ts';
import { search, TermCache, type RetrievalParts } from '../../retrieval/index.ts';
import { countStatements } from './statements.ts';
import { openEmbedder } from '../eval/retrieval/run.ts';
import { cpuMsSince, publishPassages, publishRead, SYNTHETIC_EMBEDDER } from './synthetic-store.ts';
import { syntheticCorpus, type SyntheticCorpus } from './synthetic.ts';

const SEED = 1;
/** Documents inserted one by one to time it. */
const INSERTS = 70;
/** The first of them, while the code is compiled, are not timed. */
const WARM_UP = 20;

const FILTERS: Readonly<Record<string, SearchFilter | undefined>> = {
  none: undefined,
  'tag of 1%': { tags: ['one in a hundred'] },
  'type of all': { mediaTypes: ['text/*'] },
};

/** One row for each size and filter. Workspaces are made in a folder of their own, which is removed. */
export async function measureGrowth(
  sizes: readonly number[],
  questions: number,
): Promise<Record<string, number | string>[]> {
  const statements = countStatements();
  const home = mkdtempSync(join(tmpdir(), 'graphblend-scale-'));
  const stores = openStores({ home, embedder: SYNTHETIC_EMBEDDER });
  const corpus = syntheticCorpus({ passages: Math.max(...sizes), seed: SEED });
  const results: Record<string, number | string>[] = [];
  try {
    const workspaceId = stores.corpus.createWorkspace({ name: 'scale' }).id;
    let published = 0;
    let first: { document: number; storage: number } | undefined;
    for (const chunks of sizes.toSorted((a, b) => a - b)) {
      const started = performance.now();
      await publishPassages(stores, workspaceId, corpus, published, chunks - INSERTS, showProgress);
      const rest = chunks - INSERTS - published;
      const publishMs = (performance.now() - started) / rest;
      const inserts = await insertOneByOne(stores, workspaceId, corpus, chunks - INSERTS);
      const cpu = {
        document: percentile(inserts.document, 0.5),
        storage: percentile(inserts.storage, 0.5),
      };
      first ??= cpu;
      published = chunks;
      const settling = performance.now();
      const index = await stores.vectors.settle(workspaceId);
      const size = {
        chunks,
        facts: (await stores.graph.stats(workspaceId)).facts,
        'bulk ms/doc': round(publishMs),
        'insert p50 ms': round(percentile(inserts.wall, 0.5)),
        'insert p99 ms': round(percentile(inserts.wall, 0.99)),
        'document CPU ms': round(cpu.document),
        'against the first': round(cpu.document / first.document),
        'storage CPU ms': round(cpu.storage),
        'storage against the first': round(cpu.storage / first.storage),
        index,
        'index s': round((performance.now() - settling) / 1000),
        'database MB': Math.round(statSync(join(home, 'graphblend.db')).size / 2 ** 20),
        'memory MB': Math.round(process.memoryUsage().rss / 2 ** 20),
      };
      console.table([size]);
      for (const [filter, value] of Object.entries(FILTERS)) {
        const measured = await measure(stores, workspaceId, corpus, questions, value, statements);
        results.push({ ...size, filter, ...measured });
        console.table([{ chunks, filter, ...measured }]);
      }
    }
  } finally {
    await stores.close();
    rmSync(home, { recursive: true, force: true });
  }
  return results;
}

interface InsertTimes {
  /** Milliseconds by the clock, the syncs to disk included, beyond embedding. */
  readonly wall: number[];
  /** Milliseconds of processor time for all of it: bundled embedder, chunks, extraction, and storage. */
  readonly document: number[];
  /** Of these: publication, graph and indices alone. */
  readonly storage: number[];
}

/** Each document from its text to all indices, as an ingest job does it. */
async function insertOneByOne(
  stores: Stores,
  workspaceId: string,
  corpus: SyntheticCorpus,
  first: number,
): Promise<InsertTimes> {
  const passages = Array.from({ length: INSERTS }, (_, i) => corpus.passage(first + i));
  await stores.vectors.settle(workspaceId);
  const embedder = openEmbedder('bundled')!;
  const times: InsertTimes = { wall: [], document: [], storage: [] };
  const level = (vector: Float32Array): Promise<unknown> =>
    stores.vectors.search(workspaceId, vector, { limit: 1 });
  for (const [i, passage] of passages.entries()) {
    const { title, text } = passage.parsed;
    // Its vectors are not stored: those of the corpus are what the index is made of.
    const embed = await timed(async () =>
      embedder.embed([chunkPromptText({ headingPath: [title], text })], 'passage'),
    );
    let readCpuMs = 0;
    const insert = await timed(async () => {
      const published = publishRead(stores, workspaceId, first + i, passage);
      const { documentId, extractions } = published;
      await stores.graph.replaceDocument(workspaceId, documentId, extractions);
      stores.corpus.markGraphSynced(documentId, 1);
      await level(passage.vector);
      readCpuMs = published.readCpuMs;
    });
    // The index takes new vectors in when it is next searched: the search itself is no part of the insert.
    const again = await timed(() => level(passage.vector));
    if (i < WARM_UP) continue;
    times.wall.push(insert.wall - again.wall);
    times.document.push(embed.cpu + insert.cpu - again.cpu);
    times.storage.push(insert.cpu - again.cpu - readCpuMs);
  }
  embedder.close();
  return times;
}

async function timed(work: () => Promise<unknown>): Promise<{ wall: number; cpu: number }> {
  const before = process.cpuUsage();
  const started = performance.now();
  await work();
  const wall = performance.now() - started;
  return { wall, cpu: cpuMsSince(before) };
}

async function measure(
  stores: Stores,
  workspaceId: string,
  corpus: SyntheticCorpus,
  questions: number,
  filter: SearchFilter | undefined,
  statements: ReturnType<typeof countStatements>,
): Promise<Record<string, number>> {
  // Retrieval is given its vectors: the engine is not asked.
  const parts: RetrievalParts = { ...stores, terms: new TermCache(), engine: undefined as never };
  const ask = async (number: number): Promise<number> => {
    const { text, vector } = corpus.question(number);
    const started = performance.now();
    await search(parts, { workspaceId, question: text, limit: 20, filter }, vector);
    return performance.now() - started;
  };
  const cold = await ask(1_000_000);
  // After a bulk load hardly a page of the database is in memory: "first ms" and the warm-up stand for that.
  for (let i = 0; i < 200; i++) await ask(2_000_000 + i);
  const before = statements.counted();
  const times: number[] = [];
  for (let i = 0; i < questions; i++) times.push(await ask(i));
  const after = statements.counted();
  return {
    'first ms': round(cold),
    'p50 ms': round(percentile(times, 0.5)),
    'p99 ms': round(percentile(times, 0.99)),
    'statements a question': round((after.statements - before.statements) / questions),
    'rows a question': Math.round((after.rows - before.rows) / questions),
  };
}

function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

function showProgress(done: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} documents `);
}
