/** Recall of the embedder over a passage collection: alone, and summed with BM25. No graph, no chunks. */
import { readPassages, readQuestions } from '../retrieval/question-set.ts';
import { bm25 } from './bm25.ts';

export interface RecallRow {
  readonly method: string;
  readonly questions: number;
  readonly recallAt5: number;
}

const DEPTH = 5;
const BATCH = 64;
type Embed = (texts: readonly string[], kind: 'query' | 'passage') => Promise<Float32Array[]>;

export async function measureRecall(
  { corpus, questions }: { readonly corpus: string; readonly questions: string },
  embed: Embed,
  onProgress: (done: number, of: number) => void,
): Promise<RecallRow[]> {
  const passages = readPassages(corpus);
  const asked = readQuestions(questions).filter(({ supporting }) => supporting?.length);
  const texts = passages.map(({ title, text }) => `${title}\n${text}`);
  const vectors: Float32Array[] = [];
  for (let i = 0; i < texts.length; i += BATCH) {
    vectors.push(...(await embed(texts.slice(i, i + BATCH), 'passage')));
    onProgress(vectors.length, texts.length);
  }
  const lexical = bm25(texts);
  const queries = await embed(
    asked.map(({ question }) => question),
    'query',
  );
  const recall = (scoresOf: (i: number) => Float64Array): number => {
    const each = asked.map(({ supporting }, i) => {
      const found = new Set(best(scoresOf(i), DEPTH).map((at) => passages[at]!.id));
      return supporting!.filter((id) => found.has(id)).length / supporting!.length;
    });
    return each.reduce((a, b) => a + b, 0) / each.length;
  };
  const dense = (i: number): Float64Array => Float64Array.from(vectors, (v) => dot(v, queries[i]!));
  const sparse = (i: number): Float64Array => lexical.scores(asked[i]!.question);
  const mixed = (share: number) => (i: number) => {
    const [a, b] = [scaled(dense(i)), scaled(sparse(i))];
    return a.map((value, at) => share * value + (1 - share) * b[at]!);
  };
  const methods = {
    BM25: sparse,
    embedder: dense,
    'embedder + BM25, equal weights': mixed(0.5),
    'embedder + BM25, .7 / .3': mixed(0.7),
  };
  return Object.entries(methods).map(([method, scoresOf]) => ({
    method,
    questions: asked.length,
    recallAt5: recall(scoresOf),
  }));
}

/** To 0..1 by smallest and largest. */
function scaled(values: Float64Array): Float64Array {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return values.map((value) => (high > low ? (value - low) / (high - low) : 0));
}

function best(scores: Float64Array, n: number): number[] {
  return Array.from(scores.keys())
    .toSorted((a, b) => scores[b]! - scores[a]!)
    .slice(0, n);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
