/**
 * Blended prefill: cached chunks are put in place, the rows a policy chooses and all rows that have no cache
 * are computed through all layers, each attending to everything before its position, and the question's
 * rows with them. Recomputing every row is a full prefill.
 */
import type { DecoderRunner, SequenceKv, SequenceRows } from '../engine/index.ts';
import { kvLayout, placeEncoded, placeRaw, type RawKv } from './chunk-encoder.ts';
import type { EncodedKv, KvLayout } from './chunk-kv.ts';
import type { KvCodec } from './codecs/index.ts';
import { blendPolicy, type CachedRun, type PolicyName } from './policies/index.ts';
import { promptTokens, type PromptPlan } from './prompt-plan.ts';
import { addQuestionAttention } from './question-attention.ts';

export type BlendPart = 'queue' | 'kv_load' | 'selection' | 'recompute' | 'sample';

export interface BlendBudget {
  readonly policy: PolicyName;
  /** Share of the cached rows that may be computed again, 0..1. */
  readonly share: number;
}

export interface BlendSource {
  /** The stored KV under a key; undefined for a miss, which KV of another layout is, too. */
  get(key: string, layout: KvLayout): EncodedKv | undefined;
}

export interface BlendOptions {
  readonly runner: DecoderRunner;
  readonly codec: KvCodec;
  readonly prefix: RawKv;
  readonly plan: PromptPlan;
  readonly budget: BlendBudget;
  readonly source: BlendSource;
  /** Runs a slice of work in its turn; throws CancelledError if the caller gave up before. */
  readonly turn: <T>(slice: () => T) => Promise<T>;
  /** Books the time since the last call on a part. */
  readonly lap: (part: BlendPart) => void;
  readonly isCancelled: () => boolean;
}

export interface Blended {
  /** Logits behind the last prompt token, [vocabSize]. */
  readonly logits: Float32Array;
  /** Indices of the chunks whose KV came from the cache. */
  readonly cachedChunks: ReadonlySet<number>;
  /** Positions of cached rows that were computed again, ascending. */
  readonly recomputed: Int32Array;
}

/** Rows of one step: what a cancel or a more urgent request has to wait for at most. */
const ROWS_PER_STEP = 512;

/** Fills `sequence` with the whole prompt. Throws CancelledError. */
export async function blend(sequence: SequenceKv, options: BlendOptions): Promise<Blended> {
  const cachedChunks = await inTurn('kv_load', () => place(sequence, options), options);
  const recomputed = await inTurn(
    'selection',
    () => choose(sequence, cachedChunks, options),
    options,
  );
  const rows = rowsToCompute(options.plan, cachedChunks, recomputed);
  const logits = await computeRows(sequence, rows, options);
  return { logits, cachedChunks, recomputed };
}

/** Time spent waiting is the queue's, wherever in the prompt it is spent. */
function inTurn<T>(part: BlendPart, slice: () => T, { turn, lap }: BlendOptions): Promise<T> {
  return turn(() => {
    lap('queue');
    const result = slice();
    lap(part);
    return result;
  });
}

function place(sequence: SequenceKv, options: BlendOptions): Set<number> {
  const { runner, prefix, plan, budget, source, codec } = options;
  placeRaw(runner, sequence, 0, prefix);
  const cached = new Set<number>();
  // An exact answer must not depend on what happens to be cached.
  if (budget.policy === 'full') return cached;
  plan.chunks.forEach((chunk, i) => {
    const kv = source.get(chunk.key, kvLayout(runner, chunk.ids.length, codec));
    if (!kv) return;
    placeEncoded(runner, sequence, chunk.start, kv, codec);
    cached.add(i);
  });
  return cached;
}

function choose(
  sequence: SequenceKv,
  cachedChunks: ReadonlySet<number>,
  options: BlendOptions,
): Int32Array {
  const { plan, budget } = options;
  const runs: CachedRun[] = plan.chunks
    // A chunk right behind the prefix was computed exactly where it stands now: there is nothing to mend.
    .filter((chunk, i) => chunk.start > plan.prefixIds.length && cachedChunks.has(i))
    .map((chunk) => ({ start: chunk.start, count: chunk.ids.length, focus: chunk.focus }));
  const rows = runs.reduce((sum, run) => sum + run.count, 0);
  const budgetRows = Math.min(rows, Math.ceil(rows * budget.share));
  if (budgetRows === 0 || budget.policy === 'none') return new Int32Array(0);
  if (budgetRows === rows) return positionsOf(runs); // nothing to choose
  return blendPolicy(budget.policy).select({
    runs,
    budgetRows,
    attention: () => attentionOf(sequence, options),
    deviation: () => deviationOf(sequence, runs, options),
  });
}

function attentionOf(sequence: SequenceKv, options: BlendOptions): Float32Array {
  const { runner, plan, isCancelled } = options;
  const { config } = runner;
  const layer = Math.floor(config.layers / 2);
  const mass = new Float32Array(plan.length);
  runner.step([suffixRows(sequence, plan)], {
    stopAfterLayer: layer + 1,
    isCancelled,
    onLayer: (rows) => {
      if (rows.layer !== layer) return;
      addQuestionAttention(config, sequence, layer, rows.q, mass, plan.suffixStart);
    },
  });
  return mass;
}

/** CacheBlend's check: rows are run to layer 1, where computed keys and values are compared with cached ones. */
function deviationOf(
  sequence: SequenceKv,
  runs: readonly CachedRun[],
  options: BlendOptions,
): Float32Array {
  const { runner, plan, isCancelled } = options;
  const { kvHeads, headDim, layers } = runner.config;
  const layer = Math.min(1, layers - 1);
  // Rows are shown before they are written: what is in the sequence then is still what was cached.
  const cached = sequence.values[layer]!;
  const tokens = promptTokens(plan);
  const positions = positionsOf(runs);
  const distance = new Float32Array(plan.length);
  runner.step([{ sequence, tokens: positions.map((p) => tokens[p]!), positions, logits: 'none' }], {
    stopAfterLayer: layer + 1,
    isCancelled,
    onLayer: (rows) => {
      if (rows.layer !== layer) return;
      positions.forEach((position, row) => {
        distance[position] = squaredDistance(
          rows.v,
          row,
          cached,
          position,
          sequence.capacity,
          kvHeads,
          headDim,
        );
      });
    },
  });
  return distance;
}

/** Between row `row` of [rows][kvHeads * headDim] and position `position` of [kvHeads][capacity][headDim]. */
function squaredDistance(
  computed: Float32Array,
  row: number,
  cached: Float32Array,
  position: number,
  capacity: number,
  kvHeads: number,
  headDim: number,
): number {
  let sum = 0;
  for (let head = 0; head < kvHeads; head++) {
    const a = (row * kvHeads + head) * headDim;
    const b = (head * capacity + position) * headDim;
    for (let d = 0; d < headDim; d++) sum += (computed[a + d]! - cached[b + d]!) ** 2;
  }
  return sum;
}

function rowsToCompute(
  plan: PromptPlan,
  cachedChunks: ReadonlySet<number>,
  recomputed: Int32Array,
): Int32Array {
  const fresh = plan.chunks
    .filter((_, i) => !cachedChunks.has(i))
    .map((chunk) => ({ start: chunk.start, count: chunk.ids.length }));
  const question = { start: plan.suffixStart, count: plan.suffixIds.length };
  const computed = positionsOf([...fresh, question]);
  const rows = new Int32Array(recomputed.length + computed.length);
  rows.set(recomputed);
  rows.set(computed, recomputed.length);
  return rows.sort();
}

/** Logits behind the last of `positions`, which are computed in slices. */
async function computeRows(
  sequence: SequenceKv,
  positions: Int32Array,
  options: BlendOptions,
): Promise<Float32Array> {
  const { runner, plan, isCancelled } = options;
  const tokens = promptTokens(plan);
  let logits: Float32Array = new Float32Array(0);
  for (let i = 0; i < positions.length; i += ROWS_PER_STEP) {
    const slice = positions.subarray(i, i + ROWS_PER_STEP);
    const last = i + ROWS_PER_STEP >= positions.length;
    const rows: SequenceRows = {
      sequence,
      tokens: slice.map((p) => tokens[p]!),
      positions: slice,
      logits: last ? 'last' : 'none',
    };
    const step = (): Float32Array => runner.step([rows], { isCancelled }).logits[0]!;
    logits = await inTurn('recompute', step, options);
  }
  return logits;
}

function suffixRows(sequence: SequenceKv, plan: PromptPlan): SequenceRows {
  const positions = positionsOf([{ start: plan.suffixStart, count: plan.suffixIds.length }]);
  return { sequence, tokens: plan.suffixIds, positions, logits: 'none' };
}

/** The positions of runs, one after the other. */
function positionsOf(runs: readonly { start: number; count: number }[]): Int32Array {
  const positions = new Int32Array(runs.reduce((sum, run) => sum + run.count, 0));
  let row = 0;
  for (const { start, count } of runs) {
    for (let offset = 0; offset < count; offset++) positions[row++] = start + offset;
  }
  return positions;
}
