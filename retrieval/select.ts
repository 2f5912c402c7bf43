/** Which chunks go into the prompt, and in which order, under a token budget. */
import type { Candidate } from './types.ts';

export interface ContextBudget {
  readonly tokens: number;
  readonly chunks: number;
}

/**
 * Best first: the first chunk stands right behind the prefix, where its cache is exact. The chunk a link
 * started from is kept with the chunk it leads to, since the answer needs both.
 */
export function selectContext(
  candidates: readonly Candidate[],
  budget: ContextBudget,
): Candidate[] {
  const byId = new Map(candidates.map((each) => [each.chunk.id, each]));
  const chosen = new Map<string, Candidate>();
  let tokens = 0;
  const add = (candidate: Candidate | undefined): void => {
    if (!candidate || chosen.has(candidate.chunk.id) || chosen.size >= budget.chunks) return;
    if (tokens + candidate.chunk.tokenCount > budget.tokens) return;
    chosen.set(candidate.chunk.id, candidate);
    tokens += candidate.chunk.tokenCount;
  };
  for (const candidate of candidates) {
    if (candidate.via) add(byId.get(candidate.via.fromChunkId));
    add(candidate);
  }
  return [...chosen.values()].toSorted((a, b) => b.score - a.score);
}
