/**
 * How many candidates an hnsw graph has to look at is decided by its own vectors: made-up questions are answered exactly
 * and by the graph, and the smallest number that finds enough is kept. Encoders differ much in that: clustered vectors
 * need a tenth of what vectors without clusters do.
 */
import { dot, topK, unitVector } from './top-k.ts';

const QUESTIONS = 40;
const NEAREST = 10;
/** Wanted of the made-up questions, which are a little easier than those farthest from every passage. */
const RECALL = 0.98;
const CANDIDATES = [100, 150, 200, 300, 400, 600, 800];
/** Share of a random direction in a question: a real one lies about so far from the passages that answer it. */
const DISTANCE = 0.7;

export interface Tunable {
  /** Labels of all vectors. */
  readonly labels: readonly number[];
  vectorsAt(labels: readonly number[]): Promise<Float32Array[]>;
  /** Visits every stored vector once. */
  eachVector(visit: (row: { label: number; vector: Float32Array }) => void): Promise<void>;
  /** Through the graph. */
  search(query: Float32Array, limit: number, ef: number): Promise<readonly { label: number }[]>;
}

/**
 * Reads all vectors once.
 * @param random gives numbers in [0, 1)
 * @returns candidates to look at per search; the most there are if none finds enough
 */
export async function tuneEf(index: Tunable, random: () => number): Promise<number> {
  const tried = (await questions(index, random)).map((query) => ({ query, best: topK(NEAREST) }));
  await index.eachVector(({ label, vector }) => {
    for (const { query, best } of tried) best.offer(label, dot(query, vector, 0));
  });
  const exact = tried.map(({ query, best }): Answered => ({
    query,
    nearest: new Set(best.best().map(({ label }) => label)),
  }));
  for (const ef of CANDIDATES) {
    if ((await recall(index, exact, ef)) >= RECALL) return ef;
  }
  return CANDIDATES.at(-1)!;
}

interface Answered {
  readonly query: Float32Array;
  readonly nearest: ReadonlySet<number>;
}

/** Stored vectors, each moved along the difference of two others: as far from the rest as questions are. */
async function questions(index: Tunable, random: () => number): Promise<Float32Array[]> {
  const { labels } = index;
  const some = (): Promise<Float32Array[]> =>
    index.vectorsAt(
      Array.from({ length: QUESTIONS }, () => labels[Math.floor(random() * labels.length)]!),
    );
  const [near, from, to] = [await some(), await some(), await some()];
  const count = Math.min(near.length, from.length, to.length);
  return near
    .slice(0, count)
    .map((vector, i) =>
      unitVector(vector.map((value, d) => value + DISTANCE * (to[i]![d]! - from[i]![d]!))),
    );
}

async function recall(index: Tunable, exact: readonly Answered[], ef: number): Promise<number> {
  let hits = 0;
  let all = 0;
  for (const { query, nearest } of exact) {
    all += nearest.size;
    for (const { label } of await index.search(query, NEAREST, ef)) if (nearest.has(label)) hits++;
  }
  return all === 0 ? 1 : hits / all;
}
