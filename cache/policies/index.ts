/** The policies by name. */
import { topPositions } from './top.ts';
import type { BlendContext, BlendPolicy } from './types.ts';

export type { BlendContext, BlendPolicy, CachedRun } from './types.ts';

export const POLICY_NAMES = ['none', 'first-k', 'deviation', 'query', 'graph', 'full'] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

/**
 * What a weight of 1 from the graph counts against the attention of the question, whose largest is 1. Chosen on halves of
 * the questions and checked on the others: docs/benchmarks.md.
 */
const FOCUS_WEIGHT = 1;

const policies: Readonly<Record<PolicyName, (context: BlendContext) => Promise<Int32Array>>> = {
  none: async () => new Int32Array(0),

  /** EPIC / LegoLink (Hu et al. 2024): the first tokens of each chunk, where the false attention sink sits. */
  'first-k': async ({ runs, budgetRows }) =>
    topPositions(runs, budgetRows, (_, __, offset) => -offset),

  /** CacheBlend (Yao et al. 2024): the tokens whose layer-1 keys and values deviate most. */
  deviation: async (context) => {
    const distance = await context.deviation();
    return topPositions(context.runs, context.budgetRows, (position) => distance[position]!);
  },

  /** As ProphetKV and InfoFlow KV (2026): the tokens the question looks at. */
  query: async (context) => {
    const mass = await context.attention();
    return topPositions(context.runs, context.budgetRows, (position) => mass[position]!);
  },

  /**
   * Ours: words that hang on other chunks (sentences about what another one names, shared entities, their facts) and words
   * that the question looks at; most of all those that are both.
   */
  graph: async (context) => {
    const { runs, budgetRows } = context;
    const mass = await context.attention();
    const largest = runs.reduce(
      (max, run) =>
        mass.subarray(run.start, run.start + run.count).reduce((a, b) => Math.max(a, b), max),
      Number.MIN_VALUE,
    );
    return topPositions(
      runs,
      budgetRows,
      (position, run, offset) =>
        Math.sqrt(mass[position]! / largest) + FOCUS_WEIGHT * run.focus[offset]!,
    );
  },

  full: async ({ runs }) => topPositions(runs, Number.POSITIVE_INFINITY, () => 0),
};

export function blendPolicy(name: PolicyName): BlendPolicy {
  return { name, select: policies[name] };
}
