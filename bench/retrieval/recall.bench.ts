/**
 * Recall of retrieval on a question set, against plain BM25 and plain dense search in the same run.
 *
 *   npm run bench -- retrieval --data ../shared/data/musique-100 [--embedder models/embedder] [--json FILE]
 *
 * The folder holds corpus.json `[{id, title, text}]` and questions.json `[{question, supporting}]`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadEmbedder, type EmbedderRunner } from '../../engine/index.ts';
import { search, TermCache, type RetrievalParts } from '../../retrieval/index.ts';
import { reportOrigin } from '../report.ts';
import { ingestPassages, type Passage, type PassageCorpus } from './corpus.ts';

interface SetQuestion {
  readonly question: string;
  readonly supporting: readonly number[];
}

const DEPTHS = [1, 2, 5, 10, 20] as const;

const METHODS = {
  'BM25 alone': { denseShare: 0, linkRounds: 0 },
  'dense alone': { denseShare: 1, linkRounds: 0 },
  'BM25 + dense': { denseShare: 0.5, linkRounds: 0 },
  'walk, no embedder': { denseShare: 0, linkRounds: 2 },
  'walk (default)': { denseShare: 0.5, linkRounds: 2 },
} as const;

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data/musique-100' },
    embedder: { type: 'string', default: 'models/embedder' },
    json: { type: 'string' },
  },
});
if (!existsSync(join(values.data, 'corpus.json'))) {
  console.log(`skipped: no question set at ${values.data} (give one with --data)`);
} else {
  await run();
}

async function run(): Promise<void> {
  const read = <T>(name: string): T =>
    JSON.parse(readFileSync(join(values.data, name), 'utf8')) as T;
  const passages = read<Passage[]>('corpus.json');
  const questions = read<SetQuestion[]>('questions.json');
  const embedder = loadEmbedder({
    folder: values.embedder,
    cacheDir: join(tmpdir(), 'graphblend-bench-models'),
    threads: 2,
  });
  const corpus = await ingestPassages(passages, embedder, (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done}/${passages.length} passages`);
  });
  try {
    const results: object[] = [];
    for (const [method, options] of Object.entries(METHODS)) {
      results.push({ method, ...(await measure(corpus, embedder, questions, options)) });
    }
    console.table(results);
    console.log('seconds', corpus.seconds, await corpus.stores.graph.stats(corpus.workspaceId));
    if (values.json) {
      const report = { ...reportOrigin(0), data: values.data, embedder: values.embedder, results };
      writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
    }
  } finally {
    await corpus.close();
  }
}

async function measure(
  { stores, workspaceId, passageOf }: PassageCorpus,
  embedder: EmbedderRunner,
  questions: readonly SetQuestion[],
  options: { denseShare: number; linkRounds: number },
): Promise<Record<string, string>> {
  // Retrieval is given its vectors: the engine is not asked.
  const parts: RetrievalParts = { ...stores, terms: new TermCache(), engine: undefined as never };
  const recall = new Map<number, number>(DEPTHS.map((depth) => [depth, 0]));
  let complete = 0;
  const times: number[] = [];
  for (const { question, supporting } of questions) {
    const [vector] = embedder.embed([question], 'query');
    const started = performance.now();
    const found = await search(parts, { workspaceId, question, limit: 50 }, vector!, options);
    times.push(performance.now() - started);
    const ranked = [...new Set(found.candidates.map(({ chunk }) => passageOf.get(chunk.id)!))];
    const held = (depth: number): number =>
      supporting.filter((id) => ranked.slice(0, depth).includes(id)).length / supporting.length;
    for (const depth of DEPTHS) recall.set(depth, recall.get(depth)! + held(depth));
    if (held(5) === 1) complete++;
  }
  const n = questions.length;
  const percentile = (share: number): string =>
    `${times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(share * times.length))]!.toFixed(1)} ms`;
  return {
    ...Object.fromEntries(
      DEPTHS.map((depth) => [`R@${depth}`, (recall.get(depth)! / n).toFixed(3)]),
    ),
    'all@5': (complete / n).toFixed(2),
    p50: percentile(0.5),
    p99: percentile(0.99),
  };
}
