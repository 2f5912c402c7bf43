/** What a prompt is made of, position by position, before anything is computed. */

export interface PlannedChunk {
  readonly id: string;
  readonly key: string;
  readonly ids: Int32Array;
  readonly focus: Float32Array;
  /** Key of KV that was computed behind a chunk in front of this one, where it is stored; better than the plain one. */
  readonly behind?: string;
  /** Position of its first token. */
  readonly start: number;
}

/** A run of tokens at its place. */
interface PlacedTokens {
  readonly start: number;
  readonly ids: Int32Array;
}

/** An earlier question with its answer, up to the passages of the next turn. */
interface SpokenTokens extends PlacedTokens {
  /** How many of the tokens are the question's, and how many of those behind them the answer's. */
  readonly asked: number;
  readonly answered: number;
}

export interface PromptPlan {
  readonly prefixIds: Int32Array;
  /** Of earlier turns too. */
  readonly chunks: readonly PlannedChunk[];
  readonly spoken: readonly SpokenTokens[];
  readonly suffixIds: Int32Array;
  /** Position behind all earlier turns, where this one begins. */
  readonly turnStart: number;
  /** Position of the first suffix token. */
  readonly suffixStart: number;
  /** Tokens of the whole prompt. */
  readonly length: number;
  /** Leading positions whose rows are at hand from an earlier prompt, the prefix at least. */
  readonly kept: number;
}

/** Chunks in order, without their place. */
type Chunks = readonly Omit<PlannedChunk, 'start'>[];

/** An earlier turn: its passages, then its question and answer as one run of tokens. */
export interface EarlierTurn {
  readonly chunks: Chunks;
  readonly spokenIds: Int32Array;
  /** How many of them are the question's, and how many of those behind them the answer's. */
  readonly asked: number;
  readonly answered: number;
}

export function planPrompt(
  prefixIds: Int32Array,
  chunks: Chunks,
  suffixIds: Int32Array,
  earlier: readonly EarlierTurn[] = [],
): PromptPlan {
  let position = prefixIds.length;
  const place = <T extends { readonly ids: Int32Array }>(run: T): T & { start: number } => {
    const start = position;
    position += run.ids.length;
    return { ...run, start };
  };
  const planned: PlannedChunk[] = [];
  const spoken: SpokenTokens[] = [];
  for (const turn of earlier) {
    planned.push(...turn.chunks.map(place));
    const { spokenIds: ids, asked, answered } = turn;
    spoken.push(place({ ids, asked, answered }));
  }
  const turnStart = position;
  planned.push(...chunks.map(place));
  return {
    prefixIds,
    chunks: planned,
    spoken,
    suffixIds,
    turnStart,
    suffixStart: position,
    length: position + suffixIds.length,
    kept: prefixIds.length,
  };
}

/** The positions of runs, one after the other. */
export function positionsOf(runs: readonly { start: number; count: number }[]): Int32Array {
  const positions = new Int32Array(runs.reduce((sum, run) => sum + run.count, 0));
  let row = 0;
  for (const { start, count } of runs) {
    for (let offset = 0; offset < count; offset++) positions[row++] = start + offset;
  }
  return positions;
}

/** The token at each position of the prompt. */
export function promptTokens(plan: PromptPlan): Int32Array {
  const tokens = new Int32Array(plan.length);
  tokens.set(plan.prefixIds, 0);
  for (const { ids, start } of [...plan.chunks, ...plan.spoken]) tokens.set(ids, start);
  tokens.set(plan.suffixIds, plan.suffixStart);
  return tokens;
}

/** The part of a run that has to be looked for or computed: what lies behind the rows that were kept. */
export function behindKept(
  { kept }: PromptPlan,
  { start, ids }: PlacedTokens,
): { start: number; count: number } {
  const from = Math.min(start + ids.length, Math.max(start, kept));
  return { start: from, count: start + ids.length - from };
}

export type RowKind = 'prefix' | 'kept' | 'cached' | 'recomputed' | 'fresh' | 'question' | 'answer';

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
  const parts = [
    ...plan.chunks.map((chunk, i) => ({ ...chunk, isCached: cachedChunks.has(i) })),
    ...plan.spoken.map((run) => ({ ...run, id: null, isCached: false })),
  ].toSorted((a, b) => a.start - b.start);
  for (const part of parts) {
    const { start, count } = behindKept(plan, part);
    add('kept', part.ids.length - count, part.id);
    if (part.id === null) add('question', count, null);
    else if (!part.isCached) add('fresh', count, part.id);
    else
      for (let at = start; at < start + count; at++) {
        add(again.has(at) ? 'recomputed' : 'cached', 1, part.id);
      }
  }
  add('question', plan.suffixIds.length, null);
  return runs;
}
