/** The policies by name. */
import { topPositions } from './top.ts';
import type { BlendContext, BlendPolicy } from './types.ts';

export type { BlendContext, BlendPolicy, CachedRun } from './types.ts';

export const POLICY_NAMES = ['none', 'first-k', 'deviation', 'query', 'graph', 'full'] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

/** How much of the graph policy's score is the graph's; the rest is the question's attention. */
const GRAPH_SHARE = 0.5;
/**
 * Share of the graph policy's budget that goes to the first tokens of each chunk. Each took itself for the
 * beginning of the text, which disturbs a small reader more than anything the graph knows of (measured in
 * docs/benchmarks.md).
 */
const START_SHARE = 0.5;

const policies: Readonly<Record<PolicyName, (context: BlendContext) => Int32Array>> = {
  none: () => new Int32Array(0),

  /** EPIC / LegoLink (Hu et al. 2024): the first tokens of each chunk, where the false attention sink sits. */
  'first-k': ({ runs, budgetRows }) => topPositions(runs, budgetRows, (_, __, offset) => -offset),

  /** CacheBlend (Yao et al. 2024): the tokens whose layer-1 keys and values deviate most. */
  deviation: (context) => {
    const distance = context.deviation();
    return topPositions(context.runs, context.budgetRows, (position) => distance[position]!);
  },

  /** As ProphetKV and InfoFlow KV (2026): the tokens the question looks at. */
  query: (context) => {
    const mass = context.attention();
    return topPositions(context.runs, context.budgetRows, (position) => mass[position]!);
  },

  /**
   * Ours: half the budget for the beginnings of the chunks, the rest for spans of the entities and facts that
   * tie the chosen chunks together, weighted by the question.
   */
  graph: (context) => {
    const { runs, budgetRows } = context;
    const rows = runs.reduce((sum, run) => sum + run.count, 0);
    const starts = Math.ceil((Math.min(budgetRows, rows) * START_SHARE) / Math.max(1, runs.length));
    const mass = context.attention();
    const largest = runs.reduce(
      (max, run) =>
        mass.subarray(run.start, run.start + run.count).reduce((a, b) => Math.max(a, b), max),
      Number.MIN_VALUE,
    );
    return topPositions(runs, budgetRows, (position, run, offset) =>
      offset < starts
        ? 2 - offset / starts
        : (1 - GRAPH_SHARE) * Math.sqrt(mass[position]! / largest) +
          GRAPH_SHARE * run.focus[offset]!,
    );
  },

  full: ({ runs }) => topPositions(runs, Number.POSITIVE_INFINITY, () => 0),
};

export function blendPolicy(name: PolicyName): BlendPolicy {
  return { name, select: policies[name] };
}
