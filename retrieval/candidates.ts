/**
 * Round 1: chunks that the question itself finds. BM25 and dense scores, each min-max scaled over the pool,
 * are mixed; a document whose title stands in the question gets a bonus.
 */
import { normalizeName, type Chunk, type ScoredChunk, type SearchFilter } from '../graph/index.ts';
import type { Candidate, RetrievalParts } from './types.ts';
import { nGrams } from './words.ts';

/** Chunks taken from each index. */
const POOL = 100;
const TITLE_BONUS = 0.3;

export interface FirstRoundOptions {
  /** Share of the dense score in the mix, 0..1. */
  readonly denseShare: number;
  readonly filter: SearchFilter | undefined;
}

export async function firstRound(
  parts: RetrievalParts,
  workspaceId: string,
  question: string,
  vector: Float32Array,
  options: FirstRoundOptions,
): Promise<Candidate[]> {
  const { filter } = options;
  const [lexical, dense] = await Promise.all([
    parts.lexical.search(workspaceId, question, { limit: POOL, filter }),
    parts.vectors.search(workspaceId, vector, { limit: POOL, filter }),
  ]);
  const ids = [...new Set([...lexical, ...dense].map((hit) => hit.chunkId))];
  const chunks = parts.corpus.chunks(workspaceId, ids);
  const lexicalScores = scores(lexical);
  const denseScores = withMissing(scores(dense), parts, workspaceId, ids, vector);
  const scaledLexical = minMax(lexicalScores, ids);
  const scaledDense = minMax(denseScores, ids);
  const bonus = titleBonus(chunks, question);
  // A chunk whose vector is not made yet is judged by its words alone.
  const mix = (byWords: number, byVector: number | undefined): number =>
    byVector === undefined
      ? byWords
      : options.denseShare * byVector + (1 - options.denseShare) * byWords;
  return chunks
    .map((chunk): Candidate => ({
      chunk,
      score:
        mix(
          scaledLexical(chunk.id),
          denseScores.has(chunk.id) ? scaledDense(chunk.id) : undefined,
        ) + bonus(chunk),
      lexical: lexicalScores.get(chunk.id),
      dense: denseScores.get(chunk.id),
      link: undefined,
      round: 1,
      via: undefined,
    }))
    .toSorted(byScore);
}

/** Best first; equal scores in the order of ids, so that results are the same every time. */
export function byScore(a: Candidate, b: Candidate): number {
  return b.score - a.score || (a.chunk.id < b.chunk.id ? -1 : 1);
}

function scores(hits: readonly ScoredChunk[]): Map<string, number> {
  return new Map(hits.map((hit) => [hit.chunkId, hit.score]));
}

/** Dense scores of the chunks that only the lexical index found. */
function withMissing(
  known: Map<string, number>,
  parts: RetrievalParts,
  workspaceId: string,
  ids: readonly string[],
  vector: Float32Array,
): Map<string, number> {
  const missing = ids.filter((id) => !known.has(id));
  const vectors = parts.corpus.chunkVectors(workspaceId, missing);
  const all = new Map(known);
  for (const [id, other] of vectors)
    if (other.length === vector.length) all.set(id, dot(vector, other));
  return all;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Scaled to 0..1 over the pool; what has no score gets 0. */
function minMax(
  known: ReadonlyMap<string, number>,
  ids: readonly string[],
): (id: string) => number {
  const values = ids.map((id) => known.get(id)).filter((value) => value !== undefined);
  // A chunk without any match is the natural zero of a lexical score.
  const low = values.length < ids.length ? 0 : Math.min(...values);
  const high = Math.max(...values);
  const width = high - low;
  return (id) => {
    const value = known.get(id);
    if (value === undefined) return 0;
    return width > 0 ? Math.max(0, (value - low) / width) : 1;
  };
}

function titleBonus(chunks: readonly Chunk[], question: string): (chunk: Chunk) => number {
  const grams = new Set(nGrams(question, 8).map(normalizeName));
  const titles = new Map(chunks.map((chunk) => [chunk.id, titleName(chunk)]));
  const sharing = new Map<string, number>();
  for (const title of titles.values()) sharing.set(title, (sharing.get(title) ?? 0) + 1);
  return (chunk) => {
    const title = titles.get(chunk.id)!;
    return grams.has(title) ? TITLE_BONUS / Math.sqrt(sharing.get(title)!) : 0;
  };
}

/** The document's title without a bracketed suffix: "Fram (ship)" is named "Fram". */
export function titleName(chunk: Chunk): string {
  return normalizeName((chunk.headingPath[0] ?? '').replace(/\s*\([^)]*\)\s*$/u, ''));
}
