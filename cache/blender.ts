/**
 * Blended prefill: cached chunks are put in place, the rows a policy chooses and all rows that have no cache
 * are computed through all layers, each attending to everything before its position, and the question's
 * rows with them. Recomputing every row is a full prefill.
 */
import type { DecoderRunner, SequenceKv, SequenceRows, Stepper } from '../engine/index.ts';
import { kvLayout, placeRaw, type RawKv } from './chunk-encoder.ts';
import type { KvLayout, LayeredKv } from './chunk-kv.ts';
import type { KvCodec } from './codecs/index.ts';
import { LayerPlacing } from './layer-placing.ts';
import type { PolicyName } from './policies/index.ts';
import { blankRows } from './prefix/kept-rows.ts';
import { behindKept, positionsOf, promptTokens, type PromptPlan } from './prompt-plan.ts';
import { selectRows } from './selection.ts';

export type BlendPart = 'queue' | 'kv_load' | 'selection' | 'recompute' | 'sample';

export interface BlendBudget {
  readonly policy: PolicyName;
  /** Share of the cached rows that may be computed again, 0..1. */
  readonly share: number;
}

export interface BlendSource {
  /** The stored KV under a key; undefined for a miss, which KV of another layout is, too. */
  open(key: string, layout: KvLayout): LayeredKv | undefined;
}

export interface BlendOptions {
  readonly runner: DecoderRunner;
  readonly codec: KvCodec;
  readonly prefix: RawKv;
  readonly plan: PromptPlan;
  readonly budget: BlendBudget;
  readonly source: BlendSource;
  /** Puts the rows of positions [prefix, `plan.kept`) in place; needed where more than the prefix is kept. */
  readonly placeKept?: (sequence: SequenceKv) => void;
  /** Runs rows in their turn. Throws CancelledError. */
  readonly step: Stepper;
  /** Runs a slice of other work in its turn; throws CancelledError if the caller gave up before. */
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
/**
 * Full reads are cut at every so many rows behind the prefix, wherever they begin: sums come out the same to the last
 * bit only where the same rows are computed together. What is kept of a full read for others ends at such a cut.
 */
export const EXACT_BLOCK = 256;

/** Fills `sequence` with the whole prompt. Throws CancelledError, and DamagedChunkError if a layer comes damaged. */
export async function blend(sequence: SequenceKv, options: BlendOptions): Promise<Blended> {
  const { plan, budget, turn, lap } = options;
  const { placing, cachedChunks } = await turn(() => {
    lap('queue');
    const begun = place(sequence, options);
    lap('kv_load');
    return begun;
  });
  try {
    const recomputed = await selectRows(sequence, cachedChunks, { ...options, ...budget, placing });
    lap('selection');
    placing.check();
    const rows = rowsToCompute(plan, cachedChunks, recomputed);
    const logits = await computeRows(sequence, rows, placing, options);
    placing.check();
    return { logits, cachedChunks, recomputed };
  } finally {
    placing.close();
  }
}

/** Everything but cached chunks, whose layers are put in place one by one. */
function place(
  sequence: SequenceKv,
  { runner, prefix, plan, budget, source, codec, placeKept }: BlendOptions,
): { placing: LayerPlacing; cachedChunks: Set<number> } {
  placeRaw(runner, sequence, 0, prefix);
  placeKept?.(sequence);
  const found = new Map<number, LayeredKv>();
  plan.chunks.forEach(({ key, ids, start }, i) => {
    // An exact answer must not depend on what happens to be cached.
    if (start < plan.kept || budget.policy === 'full') return;
    const kv = source.open(key, kvLayout(runner, ids.length, codec));
    if (kv) found.set(i, kv);
  });
  const cachedChunks = new Set(found.keys());
  for (const { start, count } of missingRuns(plan, cachedChunks)) {
    blankRows(sequence, start, count, runner.config);
  }
  const incoming = [...found].map(([i, kv]) => ({ start: plan.chunks[i]!.start, kv }));
  return { placing: new LayerPlacing(runner, sequence, codec, incoming), cachedChunks };
}

/** What has no rows yet, the question aside. */
function missingRuns(
  plan: PromptPlan,
  cachedChunks: ReadonlySet<number>,
): { start: number; count: number }[] {
  const runs = [...plan.chunks.filter((_, i) => !cachedChunks.has(i)), ...plan.spoken];
  return runs.map((run) => behindKept(plan, run));
}

function rowsToCompute(
  plan: PromptPlan,
  cachedChunks: ReadonlySet<number>,
  recomputed: Int32Array,
): Int32Array {
  const fresh = missingRuns(plan, cachedChunks);
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
  placing: LayerPlacing,
  options: BlendOptions,
): Promise<Float32Array> {
  const { plan, step, lap } = options;
  const tokens = promptTokens(plan);
  let logits: Float32Array = new Float32Array(0);
  for (let i = 0, end = 0; i < positions.length; i = end) {
    end = i + rowsOfStep(positions[i]!, options);
    const slice = positions.subarray(i, end);
    const last = end >= positions.length;
    const rows: SequenceRows = {
      sequence,
      tokens: slice.map((p) => tokens[p]!),
      positions: slice,
      logits: last ? 'last' : 'none',
    };
    const beforeLayer = (layer: number): Promise<void> | undefined => {
      if (layer === 0) lap('queue');
      return placing.upTo(layer);
    };
    logits = (await step([rows], { beforeLayer })).logits[0]!;
    lap('recompute');
  }
  return logits;
}

function rowsOfStep(position: number, { plan, budget }: BlendOptions): number {
  if (budget.policy !== 'full') return ROWS_PER_STEP;
  return EXACT_BLOCK - ((position - plan.prefixIds.length) % EXACT_BLOCK);
}
