/** A reranker's say in the order of the best chunks. */
import { chunkPromptText } from '../graph/index.ts';
import type { Candidate, RetrievalParts } from './types.ts';

/** Chunks that are read by the model. */
const DEPTH = 20;
/**
 * Share of the model's score; the rest is the walk's. A model that reads one passage at a time cannot know that it is
 * the second of a chain, so it never decides alone.
 */
const SHARE = 0.5;

/** @param candidates best first; those behind the first places stay behind them */
export async function reranked(
  { reranker }: Pick<RetrievalParts, 'reranker'>,
  question: string,
  candidates: readonly Candidate[],
  signal?: AbortSignal,
): Promise<readonly Candidate[]> {
  if (!reranker || candidates.length < 2) return candidates;
  const texts = candidates.slice(0, DEPTH).map(({ chunk }) => chunkPromptText(chunk));
  const scores = await reranker.rerank(question, texts, signal);
  const best = candidates.slice(0, scores.length);
  if (best.length < 2) return candidates;
  const read = scaled(scores);
  const walked = scaled(best.map(({ score }) => score));
  const top = best[0]!.score;
  const lowest = candidates[best.length]?.score ?? best.at(-1)!.score;
  return [
    ...best
      .map((each, i) => ({ each, by: SHARE * read[i]! + (1 - SHARE) * walked[i]! }))
      .toSorted((a, b) => b.by - a.by)
      .map(({ each, by }) => ({ ...each, score: lowest + by * (top - lowest) })),
    ...candidates.slice(best.length),
  ];
}

/** To 0..1; all 1 if they are equal. */
function scaled(values: readonly number[]): number[] {
  const low = Math.min(...values);
  const width = Math.max(...values) - low;
  return values.map((value) => (width > 0 ? (value - low) / width : 1));
}
