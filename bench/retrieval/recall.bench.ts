/**
 * Recall of retrieval on a question set: the walk, its alternatives and the usual baselines in one run, what each part
 * of the walk gives, titles removed, a graph that has lost a share of what was extracted, embedded facts and names, and
 * questions whose names are misspelt.
 *
 *   npm run bench -- retrieval/recall [--data FOLDER] [--embedder none|bundled|FOLDER] [--growth 10000,100000]
 *                                     [--quick] [--keep FOLDER] [--json FILE]
 *
 * Then the same search in workspaces of made-up text of the sizes of --growth. --quick takes every fifth question, the
 * passages that these need and every fifth of the others, and grows to 1,000 and 3,000 chunks.
 * The folder holds corpus.json, questions.json and, if there is one, triples.json of another extraction
 * (bench/eval/retrieval/question-set.ts).
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { EmbedderRunner } from '../../engine/index.ts';
import {
  DEFAULT_SETTINGS,
  search,
  TermCache,
  type RetrievalParts,
  type RetrievalSettings,
} from '../../retrieval/index.ts';
import { judgeRanking, meanFigures, percentile } from '../eval/retrieval/metrics.ts';
import { openPassageStore, type PassageStore } from '../eval/retrieval/passage-store.ts';
import {
  readPassages,
  readQuestions,
  readTriples,
  type Passage,
  type PassageId,
  type SetQuestion,
} from '../eval/retrieval/question-set.ts';
import { asKnown, openEmbedder } from '../eval/retrieval/run.ts';
import { reportOrigin } from '../report.ts';
import { withLoss } from './graph-loss.ts';
import { measureGrowth } from './growth.ts';
import { HippoRag } from './hippo-rag.ts';
import { misspelt } from './misspelling.ts';

const SEED = 1;
const DEPTH = 20;
/** One of so many questions and passages, with --quick. */
const QUICK = 5;

const PLAIN = { method: 'none', titleBonus: 0, finalCoverage: 0 } as const;
const BM25 = { ...PLAIN, denseShare: 0 } as const;
const DENSE = { ...PLAIN, denseShare: 1 } as const;
/** Each takes one part of the walk away. */
const ABLATIONS: Readonly<Record<string, Partial<RetrievalSettings>>> = {
  'one link round': { linkRounds: 1 },
  'no link round': { linkRounds: 0 },
  'starts by score alone': { startCoverage: 0 },
  'order by score alone': { finalCoverage: 0 },
  'no title links': { titleLinks: false },
  'no titles in texts': { titleWords: false },
  'no links to openings': { openingLink: 0 },
  'no mention links': { mentionLink: 0, openingLink: 0 },
  'no name bonus': { titleBonus: 0 },
  'types not weighed': { otherType: 1 },
  'common nouns not weighed': { commonNoun: 1 },
  'no short names': { shortNames: false },
};
/** What the vectors of sentences give, in a store that has them. */
const SENTENCES: Readonly<Record<string, Partial<RetrievalSettings>>> = {
  'in round 1': { sentenceShare: 0.3, sentenceMeaning: 0 },
  'on the links': { sentenceShare: 0, sentenceMeaning: 0.5 },
  'in both': { sentenceShare: 0.3, sentenceMeaning: 0.5 },
};
/** What the embeddings of facts and names give, in a store that has them. */
const GRAPH_TEXTS: Readonly<Record<string, Partial<RetrievalSettings>>> = {
  'walk, facts in round 1 (.1)': { factShare: 0.1 },
  'walk, facts in round 1 (.3)': { factShare: 0.3 },
  'PageRank from facts by words': { method: 'page-rank', nearFacts: 0 },
  'PageRank from facts by embedding': { method: 'page-rank' },
  'fact paths from names alone': { method: 'fact-paths', nearFacts: 0 },
  'fact paths from facts by embedding too': { method: 'fact-paths' },
};
const LOSSES = [0.1, 0.3, 0.5, 1];

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data/musique-100' },
    embedder: { type: 'string', default: 'bundled' },
    keep: { type: 'string' },
    growth: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const file = (name: string): string => join(values.data, name);
if (!existsSync(file('corpus.json'))) {
  console.log(`skipped: no question set at ${values.data} (give one with --data)`);
} else {
  await run();
}

type Row = Record<string, string | number>;

async function run(): Promise<void> {
  const embedder = openEmbedder(values.embedder);
  const results: Row[] = [];
  const add = (rows: readonly Row[]): void => {
    console.table(rows);
    results.push(...rows);
  };
  await inStore(embedder, {}, async (store) => {
    add(await methods(store, embedder, 'own triples'));
    add(await ablations(store, embedder));
    add(await losses(store, embedder));
  });
  await inStore(embedder, { withoutTitles: true }, async (store) => {
    add([await measured('walk, titles removed', store, embedder, {})]);
    add([await measured('BM25 + dense, titles removed', store, embedder, PLAIN)]);
  });
  if (embedder) {
    await inStore(embedder, { graphTexts: 'all' }, async (store) =>
      add(await graphTexts(store, embedder)),
    );
  }
  if (embedder && !values.quick) {
    await inStore(embedder, { sentences: true }, async (store) => {
      for (const [name, settings] of Object.entries(SENTENCES))
        add([await measured(`walk, sentence vectors ${name}`, store, embedder, settings)]);
    });
  }
  if (existsSync(file('triples.json'))) {
    await inStore(embedder, { given: true }, async (store) =>
      add(await methods(store, embedder, 'own and given triples')),
    );
  }
  embedder?.close();
  results.push(...(await measureGrowth(growthSizes(), values.quick ? 30 : 200)));
  const memoryMb = Math.round(process.memoryUsage.rss() / 2 ** 20);
  console.log(`${memoryMb} MB`);
  if (values.json) {
    const report = { ...reportOrigin(SEED), ...values, memoryMb, results };
    writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
}

function growthSizes(): number[] {
  return (values.growth ?? (values.quick ? '1000,3000' : '10000,100000')).split(',').map(Number);
}

function questions(): SetQuestion[] {
  const judged = readQuestions(file('questions.json')).filter((each) => each.supporting?.length);
  return values.quick ? judged.filter((_, i) => i % QUICK === 0) : judged;
}

function passages(): Passage[] {
  const all = readPassages(file('corpus.json'));
  if (!values.quick) return all;
  const needed = new Set(questions().flatMap(({ supporting }) => supporting ?? []));
  return all.filter(({ id }, i) => needed.has(id) || i % QUICK === 0);
}

async function inStore(
  embedder: EmbedderRunner | undefined,
  {
    withoutTitles,
    given,
    sentences,
    graphTexts: texts,
  }: { withoutTitles?: boolean; given?: boolean; sentences?: boolean; graphTexts?: 'all' },
  work: (store: PassageStore) => Promise<void>,
): Promise<void> {
  const store = await openPassageStore({
    passages: passages(),
    triples: given ? readTriples(file('triples.json')) : undefined,
    embedder,
    withoutTitles,
    sentences,
    graphTexts: texts,
    keep: values.keep,
  });
  console.log('ingest seconds', store.seconds);
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

async function methods(
  store: PassageStore,
  embedder: EmbedderRunner | undefined,
  triples: string,
): Promise<Row[]> {
  const rows = [
    await measured('BM25', store, embedder, BM25),
    await measured('walk', store, embedder, {}),
    await measured('PageRank', store, embedder, { method: 'page-rank' }),
    await measured('spreading activation', store, embedder, { method: 'spreading-activation' }),
    await measured('fact paths', store, embedder, { method: 'fact-paths' }),
  ];
  if (embedder) {
    rows.push(
      await measured('dense', store, embedder, DENSE),
      await measured('BM25 + dense', store, embedder, PLAIN),
      await ranked(
        'rank fusion of BM25 and dense',
        (question, vector) => fused(store, question, vector!),
        embedder,
      ),
      await hippoRag(store, embedder),
    );
  }
  return rows.map((row) => ({ ...row, triples }));
}

async function ablations(
  store: PassageStore,
  embedder: EmbedderRunner | undefined,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, settings] of Object.entries(ABLATIONS))
    rows.push(await measured(`walk, ${name}`, store, embedder, settings));
  return rows;
}

/** Facts as candidates and as starts; names that are misspelt, read and not read. */
async function graphTexts(store: PassageStore, embedder: EmbedderRunner): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, settings] of Object.entries(GRAPH_TEXTS))
    rows.push(await measured(name, store, embedder, settings));
  const known = (question: string): Promise<string> =>
    asKnown(store.stores, store.workspaceId, question, embedder);
  const wrong = (question: string): string => misspelt(question, SEED);
  rows.push(
    await measured('walk, names read', store, embedder, {}, known),
    await measured('walk, names misspelt', store, embedder, {}, async (q) => wrong(q)),
    await measured('walk, names misspelt and read', store, embedder, {}, (q) => known(wrong(q))),
  );
  return rows;
}

async function losses(store: PassageStore, embedder: EmbedderRunner | undefined): Promise<Row[]> {
  const rows: Row[] = [];
  for (const share of LOSSES) {
    const graph = withLoss(store.stores.graph, share, SEED);
    const poorer = { ...store, stores: { ...store.stores, graph } };
    rows.push(await measured(`walk, ${100 * share}% of the graph lost`, poorer, embedder, {}));
  }
  // What none of them may fall below.
  rows.push(await measured('BM25 + dense', store, embedder, PLAIN));
  return rows;
}

async function hippoRag(store: PassageStore, embedder: EmbedderRunner): Promise<Row> {
  const method = new HippoRag(store, embedder);
  return ranked('HippoRAG 2 (our port)', async (_, vector) => method.rank(vector!), embedder);
}

function measured(
  name: string,
  store: PassageStore,
  embedder: EmbedderRunner | undefined,
  settings: Partial<RetrievalSettings>,
  asked?: (question: string) => Promise<string>,
): Promise<Row> {
  const terms = new TermCache();
  return ranked(
    name,
    (question, vector) => byWalk(store, terms, question, vector, settings),
    embedder,
    asked,
  );
}

async function byWalk(
  { stores, workspaceId, passageOf }: PassageStore,
  terms: TermCache,
  question: string,
  vector: Float32Array | undefined,
  settings: Partial<RetrievalSettings>,
): Promise<PassageId[]> {
  // Retrieval is given its vectors: the engine is not asked.
  const parts: RetrievalParts = { ...stores, terms, engine: undefined as never };
  const request = { workspaceId, question, limit: 4 * DEPTH };
  const found = await search(parts, request, vector, { ...DEFAULT_SETTINGS, ...settings });
  return found.candidates.map(({ chunk }) => passageOf.get(chunk.id)!);
}

/** Reciprocal-rank fusion with the usual constant of 60. */
async function fused(
  { stores, workspaceId, passageOf }: PassageStore,
  question: string,
  vector: Float32Array,
): Promise<PassageId[]> {
  const lists = await Promise.all([
    stores.lexical.search(workspaceId, question, { limit: 100 }),
    stores.vectors.search(workspaceId, vector, { limit: 100 }),
  ]);
  const scores = new Map<string, number>();
  for (const list of lists)
    list.forEach(({ chunkId }, i) =>
      scores.set(chunkId, (scores.get(chunkId) ?? 0) + 1 / (61 + i)),
    );
  return [...scores].toSorted((a, b) => b[1] - a[1]).map(([id]) => passageOf.get(id)!);
}

async function ranked(
  method: string,
  rank: (question: string, vector: Float32Array | undefined) => Promise<PassageId[]>,
  embedder: EmbedderRunner | undefined,
  /** What is searched for instead of the question; not timed. */
  asked: (question: string) => Promise<string> = async (question) => question,
): Promise<Row> {
  const times: number[] = [];
  const judged = [];
  for (const { question: written, supporting } of questions()) {
    const question = await asked(written);
    const vector = embedder?.embed([question], 'query')[0];
    const started = performance.now();
    const ids = [...new Set(await rank(question, vector))];
    times.push(performance.now() - started);
    judged.push(judgeRanking(ids.slice(0, DEPTH), supporting!));
  }
  const figures = Object.entries(meanFigures(judged)).map(([k, v]) => [k, v.toFixed(3)] as const);
  return {
    method,
    ...Object.fromEntries(figures),
    'p50 ms': percentile(times, 0.5).toFixed(1),
    'p99 ms': percentile(times, 0.99).toFixed(1),
  };
}
