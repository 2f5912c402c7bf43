/** The order in which chunks are worth reading: each by its score and by what of the question it adds. */
import type { Candidate } from './types.ts';
import type { TermCache } from './term-weights.ts';

/** Default of `depth`. */
const DEPTH = 20;
/** Chunks that are in play for those places. */
const POOL = 40;

export interface CoverageOptions {
  readonly terms: readonly string[];
  weight(term: string): number;
  readonly cache: TermCache;
  /** What holding all of the question's words is worth, on the scale of scores. */
  readonly gain: number;
  /** Places that are chosen in this way; further chunks keep their order by score. */
  readonly depth?: number;
}

export interface OrderedCandidate {
  readonly candidate: Candidate;
  /** Its score and what it added when it was chosen; falls from place to place. */
  readonly worth: number;
}

/**
 * Greedy: the next chunk is the one with the best score plus the weight of the question's words that no chunk
 * before it holds. Chunks that say the same again fall behind one that says the rest.
 * @param candidates best first
 */
export function orderByCoverage(
  candidates: readonly Candidate[],
  options: CoverageOptions,
): OrderedCandidate[] {
  const { gain, cache, depth = DEPTH } = options;
  const weights = new Map(options.terms.map((term) => [term, options.weight(term)]));
  const all = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const plain = candidates.map((candidate) => ({ candidate, worth: candidate.score }));
  if (gain <= 0 || all <= 0) return plain;
  const left = candidates.slice(0, POOL).map((candidate) => {
    const held = cache.of(candidate.chunk);
    return { candidate, terms: [...weights.keys()].filter((term) => held.has(term)) };
  });
  const chosen: OrderedCandidate[] = [];
  const worth = ({ candidate, terms }: { candidate: Candidate; terms: string[] }): number => {
    let added = 0;
    for (const term of terms) added += weights.get(term) ?? 0;
    return candidate.score + (gain * added) / all;
  };
  while (left.length > 0 && chosen.length < depth) {
    const values = left.map(worth);
    const best = values.indexOf(Math.max(...values));
    const [{ candidate, terms }] = left.splice(best, 1) as [(typeof left)[number]];
    chosen.push({ candidate, worth: values[best]! });
    for (const term of terms) weights.delete(term);
  }
  const taken = new Set(chosen.map(({ candidate }) => candidate));
  return [...chosen, ...plain.filter(({ candidate }) => !taken.has(candidate))];
}
