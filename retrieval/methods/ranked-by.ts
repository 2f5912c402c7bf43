import type { Candidate } from '../types.ts';
import type { RetrievalRun } from './types.ts';

/** Candidates in the order of scores by chunk id; chunks the question did not find are read, others keep their order behind. */
export function rankedBy(
  { parts, workspaceId, allowed }: RetrievalRun,
  first: readonly Candidate[],
  scores: ReadonlyMap<string, number>,
): Candidate[] {
  const known = new Map(first.map((each) => [each.chunk.id, each]));
  const further = parts.corpus
    .chunks(
      workspaceId,
      [...scores.keys()].filter((id) => !known.has(id)),
    )
    .filter((chunk) => allowed(chunk.documentId))
    .map((chunk): Candidate => ({
      chunk,
      score: 0,
      lexical: undefined,
      dense: undefined,
      link: undefined,
      round: 2,
      via: undefined,
    }));
  const largest = Math.max(...scores.values(), Number.MIN_VALUE);
  const score = ({ chunk }: Candidate): number => (scores.get(chunk.id) ?? 0) / largest;
  return [...first, ...further]
    .map((each) => ({ each, by: score(each) }))
    .toSorted((a, b) => b.by - a.by || b.each.score - a.each.score)
    .map(({ each, by }) => ({ ...each, score: by, link: by }));
}
