/** `graphblend eval retrieval`: takes a corpus in, asks every question, writes the rankings and a table. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../api/index.ts';
import { loadEmbedder, type EmbedderRunner } from '../../../engine/index.ts';
import { readNames, search, TermCache } from '../../../retrieval/index.ts';
import type { Stores } from '../../../graph/index.ts';
import { judgeRanking, meanFigures, percentile, type Judgement } from './metrics.ts';
import { openPassageStore, type PassageStore } from './passage-store.ts';
import {
  readPassages,
  readQuestions,
  readTriples,
  requireSupport,
  type PassageId,
  type SetQuestion,
} from './question-set.ts';

export interface RetrievalEvalOptions {
  readonly corpus: string;
  readonly questions: string;
  readonly triples?: string;
  /** `none`, `bundled`, or the folder of a checkpoint. */
  readonly embedder: string;
  /** False: documents get no titles. */
  readonly titles: boolean;
  /** Sentences are embedded too. */
  readonly sentences?: boolean;
  /** What of the graph is embedded too. */
  readonly graphTexts?: 'none' | 'names' | 'all';
  /** Passages of each ranking. */
  readonly k: number;
  readonly out?: string;
  readonly keep?: string;
}

export async function evalRetrieval(options: RetrievalEvalOptions): Promise<void> {
  const passages = readPassages(options.corpus);
  const questions = readQuestions(options.questions);
  requireSupport(questions, passages, options.questions);
  const embedder = openEmbedder(options.embedder);
  const progress = process.stderr.isTTY;
  const store = await openPassageStore({
    passages,
    embedder,
    triples: options.triples ? readTriples(options.triples) : undefined,
    withoutTitles: !options.titles,
    sentences: options.sentences,
    graphTexts: options.graphTexts,
    keep: options.keep,
    onProgress: (done) => {
      if (progress) process.stderr.write(`\r${done}/${passages.length} passages`);
    },
  });
  if (progress) process.stderr.write('\n');
  try {
    const { ranked, encodeMs, searchMs } = await rankAll(store, questions, embedder, options.k);
    if (options.out) writeFileSync(options.out, `${JSON.stringify(ranked)}\n`);
    report(questions, ranked, store, encodeMs, searchMs);
  } finally {
    await store.close();
    embedder?.close();
  }
}

/** `none` gives undefined. */
export function openEmbedder(name: string): EmbedderRunner | undefined {
  if (name === 'none') return undefined;
  return loadEmbedder({
    folder: name === 'bundled' ? join(packageRoot(), 'models', 'embedder') : name,
    cacheDir: join(tmpdir(), 'graphblend-eval-models'),
    threads: 2,
  });
}

/** Rankings by the index of the question: what is written as ranked.json. */
type Ranked = Record<string, PassageId[]>;

async function rankAll(
  { stores, workspaceId, passageOf }: PassageStore,
  questions: readonly SetQuestion[],
  embedder: EmbedderRunner | undefined,
  k: number,
): Promise<{ ranked: Ranked; encodeMs: number[]; searchMs: number[] }> {
  // Retrieval is given its vectors: the engine is not asked.
  const parts = { ...stores, terms: new TermCache(), engine: undefined as never };
  const ranked: Ranked = {};
  const encodeMs: number[] = [];
  const searchMs: number[] = [];
  for (const [i, { question }] of questions.entries()) {
    const started = performance.now();
    const asked = await asKnown(stores, workspaceId, question, embedder);
    const vector = embedder?.embed([asked], 'query')[0];
    const encoded = performance.now();
    // A long passage is several chunks: more are asked for, so that k passages remain.
    const found = await search(parts, { workspaceId, question: asked, limit: 4 * k }, vector);
    encodeMs.push(encoded - started);
    searchMs.push(performance.now() - encoded);
    const ids = found.candidates.map(({ chunk }) => passageOf.get(chunk.id)!);
    ranked[i] = [...new Set(ids)].slice(0, k);
  }
  return { ranked, encodeMs, searchMs };
}

/** The question with its names as the passages write them, where names are embedded: as `embedQuestion` does. */
export async function asKnown(
  { lexical, graphTexts, graphTextIndex }: Stores,
  workspaceId: string,
  question: string,
  embedder: EmbedderRunner | undefined,
): Promise<string> {
  if (!embedder || !graphTexts.hasVectors(workspaceId, embedder.fingerprint)) return question;
  const embed = async (texts: readonly string[]) => embedder.embed(texts, 'query');
  const reader = { lexical, names: graphTextIndex, embed };
  return (await readNames(reader, workspaceId, question)).question;
}

function report(
  questions: readonly SetQuestion[],
  ranked: Ranked,
  { seconds }: PassageStore,
  encodeMs: readonly number[],
  searchMs: readonly number[],
): void {
  const judged = questions.flatMap(({ supporting }, i): Judgement[] =>
    supporting?.length ? [judgeRanking(ranked[i]!, supporting)] : [],
  );
  const rounded = (figures: Record<string, number>): Record<string, string> =>
    Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, value.toFixed(3)]));
  if (judged.length > 0) console.table([rounded(meanFigures(judged))]);
  else console.log('No question names its supporting passages: nothing to measure.');
  if (questions.length === 0) return;
  const latency = (name: string, values: readonly number[]): object => ({
    milliseconds: name,
    p50: percentile(values, 0.5).toFixed(1),
    p95: percentile(values, 0.95).toFixed(1),
    p99: percentile(values, 0.99).toFixed(1),
  });
  console.table([latency('encode question', encodeMs), latency('retrieve', searchMs)]);
  console.log(`${questions.length} questions, ${judged.length} judged; ingest seconds`, seconds);
}
