/** What a ranking is worth: recall, reciprocal rank, and whether all evidence is there. */
import type { PassageId } from './question-set.ts';

export const RECALL_DEPTHS = [1, 2, 5, 10, 20] as const;
export const EVIDENCE_DEPTHS = [2, 5, 10] as const;

export interface Judgement {
  /** Share of the supporting passages among the first k, for each of `RECALL_DEPTHS`. */
  readonly recall: readonly number[];
  /** 1 if all supporting passages are among the first k, for each of `EVIDENCE_DEPTHS`. */
  readonly allEvidence: readonly number[];
  /** 1 / rank of the first supporting passage; 0 if there is none. */
  readonly reciprocalRank: number;
}

export function judgeRanking(
  ranked: readonly PassageId[],
  supporting: readonly PassageId[],
): Judgement {
  const wanted = new Set(supporting);
  const held = (depth: number): number =>
    ranked.slice(0, depth).filter((id) => wanted.has(id)).length / wanted.size;
  const first = ranked.findIndex((id) => wanted.has(id));
  return {
    recall: RECALL_DEPTHS.map(held),
    allEvidence: EVIDENCE_DEPTHS.map((depth) => (held(depth) === 1 ? 1 : 0)),
    reciprocalRank: first < 0 ? 0 : 1 / (first + 1),
  };
}

/** Means over questions, by the names of the columns of a report. */
export function meanFigures(judged: readonly Judgement[]): Record<string, number> {
  const mean = (value: (each: Judgement) => number): number =>
    judged.reduce((sum, each) => sum + value(each), 0) / Math.max(1, judged.length);
  return Object.fromEntries([
    ...RECALL_DEPTHS.map((k, i) => [`R@${k}`, mean((each) => each.recall[i]!)] as const),
    ...EVIDENCE_DEPTHS.map((k, i) => [`all@${k}`, mean((each) => each.allEvidence[i]!)] as const),
    ['MRR', mean((each) => each.reciprocalRank)] as const,
  ]);
}

/** Nearest rank; `values` in any order, not empty. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!;
}
