/**
 * Recall and latency of the hnsw graph against exact search, for several numbers of candidates (ef) and for the number
 * that the index finds out by itself (graph/vectors/tune-ef.ts).
 *
 *   npm run bench -- retrieval/vectors [--vectors 100000] [--queries 100] [--ef 50,100,200,400]
 *                                      [--kind clustered|even] [--json FILE]
 *
 * Vectors are those of the made-up encyclopedia: 2,000 clusters of unequal size around a common direction. The
 * nearest of a question are counted exactly while the graph is built.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { newHnswGraph } from '../../graph/vectors/hnsw-graph.ts';
import { dot, topK } from '../../graph/vectors/top-k.ts';
import { tuneEf } from '../../graph/vectors/tune-ef.ts';
import { reportOrigin } from '../report.ts';
import { syntheticVectors } from './synthetic.ts';

const SEED = 1;
const DIMENSIONS = 384;
const NEAREST = 10;

const { values } = parseArgs({
  options: {
    vectors: { type: 'string', default: '100000' },
    queries: { type: 'string', default: '100' },
    ef: { type: 'string', default: '50,100,200,400' },
    kind: { type: 'string', default: 'clustered' },
    json: { type: 'string' },
  },
});

await run(Number(values.vectors), Number(values.queries), values.ef.split(',').map(Number));

async function run(count: number, queryCount: number, efs: readonly number[]): Promise<void> {
  const kind = values.kind === 'even' ? 'even' : 'clustered';
  const vectors = syntheticVectors(DIMENSIONS, SEED, kind);
  const queries = Array.from({ length: queryCount }, (_, i) =>
    vectors.question(Math.floor((i * count) / queryCount), SEED + i),
  );
  const graph = newHnswGraph(DIMENSIONS);
  const exact = queries.map(() => topK(NEAREST));
  let buildMs = 0;
  let exactMs = 0;
  for (let label = 1; label <= count; label++) {
    const vector = vectors.passage(label - 1);
    const started = performance.now();
    graph.add(label, vector);
    const added = performance.now();
    queries.forEach((query, q) => exact[q]!.offer(label, dot(query, vector, 0)));
    buildMs += added - started;
    exactMs += performance.now() - added;
    if (label % 10_000 === 0) console.error(`${label} added, ${Math.round(buildMs / 1000)} s`);
  }
  const truth = exact.map((best) => new Set(best.best().map(({ label }) => label)));
  const tuning = performance.now();
  const tuned = await tunedFor(graph, count, vectors);
  const tuneMs = performance.now() - tuning;
  const results = [...new Set([...efs, tuned])].map((ef) => ({
    ef,
    'found out': ef === tuned,
    ...measure(queries, truth, (query) => graph.search(query, NEAREST, undefined, ef)),
  }));
  const summary = {
    vectors: count,
    kind,
    'build s': Math.round(buildMs / 1000),
    'ms a vector': Number((buildMs / count).toPrecision(3)),
    'tuned ef': tuned,
    'tuning s': Number((tuneMs / 1000).toPrecision(3)),
    'exact search ms': Number((exactMs / queryCount).toPrecision(3)),
    'memory MB': Math.round(process.memoryUsage().rss / 2 ** 20),
  };
  console.table([summary]);
  console.table(results);
  if (values.json) {
    writeFileSync(
      values.json,
      `${JSON.stringify({ ...reportOrigin(SEED), ...summary, results }, undefined, 2)}\n`,
    );
  }
}

/** As an index does it, of the same vectors made again. */
function tunedFor(
  graph: ReturnType<typeof newHnswGraph>,
  count: number,
  vectors: ReturnType<typeof syntheticVectors>,
): Promise<number> {
  let state = SEED;
  return tuneEf(
    {
      labels: Array.from({ length: count }, (_, i) => i + 1),
      vectorsAt: async (labels) => labels.map((label) => vectors.passage(label - 1)),
      eachVector: async (visit) => {
        for (let label = 1; label <= count; label++)
          visit({ label, vector: vectors.passage(label - 1) });
      },
      search: async (query, limit, ef) => graph.search(query, limit, undefined, ef),
    },
    () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647,
  );
}

function measure(
  queries: readonly Float32Array[],
  truth: readonly ReadonlySet<number>[],
  search: (query: Float32Array) => readonly { label: number }[],
) {
  let hits = 0;
  const times: number[] = [];
  for (const [q, query] of queries.entries()) {
    const started = performance.now();
    const found = search(query);
    times.push(performance.now() - started);
    hits += found.filter(({ label }) => truth[q]!.has(label)).length;
  }
  times.sort((a, b) => a - b);
  return {
    'recall@10': Number((hits / (queries.length * NEAREST)).toFixed(4)),
    'p50 ms': Number(times[times.length >> 1]!.toPrecision(3)),
    'p99 ms': Number(times[Math.floor(times.length * 0.99)]!.toPrecision(3)),
  };
}
