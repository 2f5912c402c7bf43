/** What one answer took from the cache and what it computed. */
import type { BlendBudget } from './blender.ts';
import type { PromptPlan } from './prompt-plan.ts';
import type { Reuse } from './service-types.ts';

export interface UsedKv {
  /** Indices of the chunks whose KV the cache had. */
  readonly hits: ReadonlySet<number>;
  /** Positions of their rows that were computed again, ascending. */
  readonly recomputed: Int32Array;
}

/** Of all positions that were mended, those of chunks that the cache had; the others were fresh anyway. */
export function recomputedOf(
  plan: PromptPlan,
  hits: ReadonlySet<number>,
  mended: Int32Array,
): Int32Array {
  return mended.filter((position) =>
    plan.chunks.some(
      ({ start, ids }, i) => hits.has(i) && position >= start && position < start + ids.length,
    ),
  );
}

export function countReuse(plan: PromptPlan, used: UsedKv, budget: BlendBudget): Reuse {
  const { hits, recomputed } = used;
  const inCache = plan.chunks.reduce(
    (sum, chunk, i) => sum + (hits.has(i) ? chunk.ids.length : 0),
    0,
  );
  // The prefix is computed once a process and is as good as cached.
  const reused = plan.kept + inCache;
  return {
    promptTokens: plan.length,
    cachedTokens: reused - recomputed.length,
    keptTokens: plan.kept - plan.prefixIds.length,
    recomputedTokens: recomputed.length,
    freshTokens: plan.length - reused,
    policy: budget.policy,
    cacheHits: hits.size,
    cacheMisses: missedChunkIds(plan, used, budget).length,
  };
}

/** Chunks that were looked for and not found; a full read looks for none. */
export function missedChunkIds(plan: PromptPlan, { hits }: UsedKv, budget: BlendBudget): string[] {
  if (budget.policy === 'full') return [];
  return plan.chunks
    .filter(({ start }, i) => start >= plan.kept && !hits.has(i))
    .map((chunk) => chunk.id);
}
