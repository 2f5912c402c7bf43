/** What one answer took from the cache and what it computed. */
import type { BlendBudget, Blended } from './blender.ts';
import type { PromptPlan } from './prompt-plan.ts';
import type { Reuse } from './service-types.ts';

export function countReuse(plan: PromptPlan, blended: Blended, budget: BlendBudget): Reuse {
  const { cachedChunks, recomputed } = blended;
  const inCache = plan.chunks.reduce(
    (sum, chunk, i) => sum + (cachedChunks.has(i) ? chunk.ids.length : 0),
    0,
  );
  // The prefix is computed once a process and is as good as cached.
  const reused = plan.prefixIds.length + inCache;
  return {
    promptTokens: plan.length,
    cachedTokens: reused - recomputed.length,
    recomputedTokens: recomputed.length,
    freshTokens: plan.length - reused,
    policy: budget.policy,
    cacheHits: cachedChunks.size,
    cacheMisses: missedChunkIds(plan, blended, budget).length,
  };
}

/** Chunks that were looked for and not found; a full read looks for none. */
export function missedChunkIds(
  plan: PromptPlan,
  { cachedChunks }: Blended,
  budget: BlendBudget,
): string[] {
  if (budget.policy === 'full') return [];
  return plan.chunks.filter((_, i) => !cachedChunks.has(i)).map((chunk) => chunk.id);
}
