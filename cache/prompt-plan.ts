/** What a prompt is made of, position by position, before anything is computed. */

export interface PlannedChunk {
  readonly id: string;
  readonly key: string;
  readonly ids: Int32Array;
  readonly focus: Float32Array;
  /** Position of its first token. */
  readonly start: number;
}

export interface PromptPlan {
  readonly prefixIds: Int32Array;
  readonly chunks: readonly PlannedChunk[];
  readonly suffixIds: Int32Array;
  /** Position of the first suffix token. */
  readonly suffixStart: number;
  /** Tokens of the whole prompt. */
  readonly length: number;
}

export function planPrompt(
  prefixIds: Int32Array,
  chunks: readonly Omit<PlannedChunk, 'start'>[],
  suffixIds: Int32Array,
): PromptPlan {
  let position = prefixIds.length;
  const planned = chunks.map((chunk) => {
    const start = position;
    position += chunk.ids.length;
    return { ...chunk, start };
  });
  return {
    prefixIds,
    chunks: planned,
    suffixIds,
    suffixStart: position,
    length: position + suffixIds.length,
  };
}

/** The token at each position of the prompt. */
export function promptTokens(plan: PromptPlan): Int32Array {
  const tokens = new Int32Array(plan.length);
  tokens.set(plan.prefixIds, 0);
  for (const chunk of plan.chunks) tokens.set(chunk.ids, chunk.start);
  tokens.set(plan.suffixIds, plan.suffixStart);
  return tokens;
}

export type RowKind = 'prefix' | 'cached' | 'recomputed' | 'fresh' | 'question' | 'answer';

export interface RibbonRun {
  readonly kind: RowKind;
  readonly tokens: number;
  readonly chunkId: string | null;
}

/** Runs of equal kind along the prompt: what the token ribbon shows. */
export function ribbon(
  plan: PromptPlan,
  cachedChunks: ReadonlySet<number>,
  recomputed: Int32Array,
): RibbonRun[] {
  const again = new Set(recomputed);
  const runs: { kind: RowKind; tokens: number; chunkId: string | null }[] = [];
  const add = (kind: RowKind, tokens: number, chunkId: string | null): void => {
    const last = runs.at(-1);
    if (last && last.kind === kind && last.chunkId === chunkId) last.tokens += tokens;
    else if (tokens > 0) runs.push({ kind, tokens, chunkId });
  };
  add('prefix', plan.prefixIds.length, null);
  plan.chunks.forEach((chunk, i) => {
    if (!cachedChunks.has(i)) return add('fresh', chunk.ids.length, chunk.id);
    for (let t = 0; t < chunk.ids.length; t++) {
      add(again.has(chunk.start + t) ? 'recomputed' : 'cached', 1, chunk.id);
    }
  });
  add('question', plan.suffixIds.length, null);
  return runs;
}
