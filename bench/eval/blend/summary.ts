/** Means over compared answers, and the table of them. */
import type { Compared } from './measure.ts';

export interface Summary {
  readonly n: number;
  readonly fullF1: number;
  readonly blendedF1: number;
  /** blendedF1 / fullF1. */
  readonly keptF1: number;
  readonly fullEm: number;
  readonly blendedEm: number;
  /** Shares of answers in which a gold answer stands. */
  readonly fullHolds: number;
  readonly blendedHolds: number;
  readonly sameAnswer: number;
  readonly agreement: number;
  readonly recomputed: number;
  readonly promptTokens: number;
  /** Medians, milliseconds. */
  readonly fullTtftMs: number;
  readonly blendedTtftMs: number;
  readonly sooner: number;
}

export function summarise(compared: readonly Compared[]): Summary {
  const mean = (value: (each: Compared) => number): number =>
    compared.reduce((sum, each) => sum + value(each), 0) / Math.max(1, compared.length);
  const fullF1 = mean(({ full }) => full.f1);
  const blendedF1 = mean(({ blended }) => blended.f1);
  const fullTtftMs = median(compared.map(({ full }) => full.ttftMs));
  const blendedTtftMs = median(compared.map(({ blended }) => blended.ttftMs));
  return {
    n: compared.length,
    fullF1,
    blendedF1,
    keptF1: fullF1 === 0 ? 0 : blendedF1 / fullF1,
    fullEm: mean(({ full }) => full.em),
    blendedEm: mean(({ blended }) => blended.em),
    fullHolds: mean(({ full }) => full.holds),
    blendedHolds: mean(({ blended }) => blended.holds),
    sameAnswer: mean(({ full, blended }) => Number(full.text === blended.text)),
    agreement: mean(({ agreement }) => agreement),
    recomputed: mean(({ recomputedShare }) => recomputedShare),
    promptTokens: mean(({ promptTokens }) => promptTokens),
    fullTtftMs,
    blendedTtftMs,
    sooner: fullTtftMs / blendedTtftMs,
  };
}

/** With figures rounded for reading. */
export function shown(summary: Summary): Record<string, number | string> {
  const percent = (value: number): string => `${(value * 100).toFixed(1)}%`;
  return {
    questions: summary.n,
    'F1 full': percent(summary.fullF1),
    'F1 blended': percent(summary.blendedF1),
    'EM full': percent(summary.fullEm),
    'EM blended': percent(summary.blendedEm),
    'holds the answer, full': percent(summary.fullHolds),
    'holds the answer, blended': percent(summary.blendedHolds),
    'same answer': percent(summary.sameAnswer),
    'token agreement': percent(summary.agreement),
    recomputed: percent(summary.recomputed),
    'prompt tokens': Math.round(summary.promptTokens),
    'first token full': `${summary.fullTtftMs.toFixed(0)} ms`,
    'first token blended': `${summary.blendedTtftMs.toFixed(0)} ms`,
    sooner: `${summary.sooner.toFixed(2)}x`,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
