/** Which chunks go into the prompt, and in which order, under budgets of length and of work. */
import type { TermCache } from './term-weights.ts';
import type { Candidate } from './types.ts';

export interface ContextBudget {
  readonly tokens: number;
  readonly chunks: number;
  /** Tokens that may have to be computed; one whose KV is stored counts a part. Unbounded by default. */
  readonly computedTokens?: number;
}

export interface ContextKnowledge {
  /** Chunks whose KV is stored. */
  readonly stored?: ReadonlySet<string>;
  /** With it, chunks that only repeat a chosen one are left out. */
  readonly terms?: TermCache;
}

/** Part of a stored chunk's tokens that blending computes again. */
const RECOMPUTED_SHARE = 0.2;
/** A chunk with this share of its words in one that is chosen says nothing more. */
const REPEATED_SHARE = 0.95;

/**
 * Best first: the first chunk stands right behind the prefix, where its cache is exact. The chunk a link
 * started from is kept with the chunk it leads to, since the answer needs both: a chunk whose start does not fit
 * is still taken, for it may hold the answer alone.
 * @param candidates as `search` orders them: each adds to those before it
 */
export function selectContext(
  candidates: readonly Candidate[],
  budget: ContextBudget,
  { stored, terms }: ContextKnowledge = {},
): Candidate[] {
  const byId = new Map(candidates.map((each) => [each.chunk.id, each]));
  const chosen = new Map<string, Candidate>();
  let tokens = 0;
  let computed = 0;
  const cost = ({ chunk }: Candidate): number =>
    chunk.tokenCount * (stored?.has(chunk.id) ? RECOMPUTED_SHARE : 1);
  const fits = (candidate: Candidate): boolean =>
    chosen.size < budget.chunks &&
    tokens + candidate.chunk.tokenCount <= budget.tokens &&
    computed + cost(candidate) <= (budget.computedTokens ?? Infinity);
  const add = (candidate: Candidate | undefined): void => {
    if (!candidate || chosen.has(candidate.chunk.id) || !fits(candidate)) return;
    if (terms && repeats(candidate, chosen.values(), terms)) return;
    chosen.set(candidate.chunk.id, candidate);
    tokens += candidate.chunk.tokenCount;
    computed += cost(candidate);
  };
  for (const candidate of candidates) {
    if (candidate.via) add(byId.get(candidate.via.fromChunkId));
    add(candidate);
  }
  return [...chosen.values()].toSorted((a, b) => b.score - a.score);
}

function repeats(candidate: Candidate, chosen: Iterable<Candidate>, cache: TermCache): boolean {
  const own = cache.of(candidate.chunk);
  for (const other of chosen) {
    if (own.sharedWith(cache.of(other.chunk)) >= REPEATED_SHARE) return true;
  }
  return false;
}
