/**
 * Blended prefill: cached chunks are put in place, the rows a policy chooses and all rows that have no cache
 * are computed through all layers, each attending to everything before its position, and the question's
 * rows with them. Recomputing every row is a full prefill.
 */
import type { DecoderRunner, SequenceKv, SequenceRows } from '../engine/index.ts';
import { placeEncoded, placeRaw, type RawKv } from './chunk-encoder.ts';
import type { EncodedKv } from './chunk-kv.ts';
import type { KvCodec } from './codec.ts';
import { blendPolicy, type CachedRun, type PolicyName } from './policies/index.ts';
import { promptTokens, type PlannedChunk, type PromptPlan } from './prompt-plan.ts';
import { questionAttention } from './question-attention.ts';

export type BlendPart = 'queue' | 'kv_load' | 'selection' | 'recompute' | 'sample';

export interface BlendBudget {
  readonly policy: PolicyName;
  /** Share of the cached rows that may be computed again, 0..1. */
  readonly share: number;
}

export interface BlendSource {
  /** The stored KV of a chunk; undefined for a miss. */
  load(chunk: PlannedChunk): EncodedKv | undefined;
}

export interface BlendOptions {
  readonly runner: DecoderRunner;
  readonly codec: KvCodec;
  readonly prefix: RawKv;
  readonly plan: PromptPlan;
  readonly budget: BlendBudget;
  readonly source: BlendSource;
  /** Runs a slice of work in its turn. */
  readonly turn: <T>(slice: () => T) => Promise<T>;
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

/** Fills `sequence` with the whole prompt. */
export async function blend(sequence: SequenceKv, options: BlendOptions): Promise<Blended> {
  const { plan, lap, turn } = options;
  const cachedChunks = await turn(() => {
    lap('queue');
    return place(sequence, options);
  });
  lap('kv_load');
  const recomputed = await turn(() => choose(sequence, cachedChunks, options));
  lap('selection');
  const rows = rowsToCompute(plan, cachedChunks, recomputed);
  const logits = await computeRows(sequence, rows, options);
  lap('recompute');
  return { logits, cachedChunks, recomputed };
}

function place(sequence: SequenceKv, options: BlendOptions): Set<number> {
  const { runner, prefix, plan, budget, source, codec } = options;
  placeRaw(runner, sequence, 0, prefix);
  const cached = new Set<number>();
  // An exact answer must not depend on what happens to be cached.
  if (budget.policy === 'full') return cached;
  plan.chunks.forEach((chunk, i) => {
    const kv = source.load(chunk);
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
    // The first chunk was computed exactly where it stands now: there is nothing to mend.
    .filter((_, i) => i > 0 && cachedChunks.has(i))
    .map((chunk) => ({ start: chunk.start, count: chunk.ids.length, focus: chunk.focus }));
  const rows = runs.reduce((sum, run) => sum + run.count, 0);
  return blendPolicy(budget.policy).select({
    runs,
    budgetRows: Math.ceil(rows * budget.share),
    attention: () => attentionOf(sequence, options),
    deviation: () => deviationOf(sequence, runs, options),
  });
}

function attentionOf(sequence: SequenceKv, options: BlendOptions): Float32Array {
  const { runner, plan, isCancelled } = options;
  const layer = Math.floor(runner.config.layers / 2);
  let mass = new Float32Array(plan.length);
  runner.step([suffixRows(sequence, plan)], {
    stopAfterLayer: layer + 1,
    isCancelled,
    onLayer: (rows) => {
      if (rows.layer !== layer) return;
      mass = new Float32Array(plan.length);
      mass.set(questionAttention(runner.config, sequence, layer, rows.q, plan.suffixStart));
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
  const positions = Int32Array.from(runs.flatMap((run) => range(run.start, run.count)));
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
  const fresh = plan.chunks.flatMap((chunk, i) =>
    cachedChunks.has(i) ? [] : range(chunk.start, chunk.ids.length),
  );
  const question = range(plan.suffixStart, plan.suffixIds.length);
  return Int32Array.from([...recomputed, ...fresh, ...question]).toSorted();
}

async function computeRows(
  sequence: SequenceKv,
  positions: Int32Array,
  options: BlendOptions,
): Promise<Float32Array> {
  const { runner, plan, turn, isCancelled } = options;
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
    const result = await turn(() => runner.step([rows], { isCancelled }));
    if (last) logits = result.logits[0]!;
  }
  return logits;
}

function suffixRows(sequence: SequenceKv, plan: PromptPlan): SequenceRows {
  return {
    sequence,
    tokens: plan.suffixIds,
    positions: Int32Array.from(range(plan.suffixStart, plan.suffixIds.length)),
    logits: 'none',
  };
}

function range(start: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => start + i);
}
