/** Chooses the cached rows that are computed again, by what the policy asks for. */
import type { DecoderRunner, SequenceKv, SequenceRows, Stepper } from '../engine/index.ts';
import type { LayerPlacing } from './layer-placing.ts';
import { blendPolicy, type CachedRun, type PolicyName } from './policies/index.ts';
import { positionsOf, promptTokens, type PromptPlan } from './prompt-plan.ts';

/**
 * The layer whose attention of the question tells what it needs. What enters layer 1 is exact whatever is cached (layer
 * 0 sees nothing but tokens), and one layer of the question's rows is all it costs. Measured in docs/benchmarks.md: the
 * middle layers tell less, only the very last more.
 */
const ATTENTION_LAYER = 1;

export interface SelectionOptions {
  readonly runner: DecoderRunner;
  readonly plan: PromptPlan;
  readonly policy: PolicyName;
  /** 0..1 */
  readonly share: number;
  readonly placing: LayerPlacing;
  readonly step: Stepper;
}

/** Positions, ascending. Throws CancelledError. */
export async function selectRows(
  sequence: SequenceKv,
  cachedChunks: ReadonlySet<number>,
  options: SelectionOptions,
): Promise<Int32Array> {
  const { plan, policy, share } = options;
  const runs: CachedRun[] = plan.chunks
    // A chunk right behind the prefix was computed exactly where it stands now: there is nothing to mend.
    .filter((chunk, i) => chunk.start > plan.prefixIds.length && cachedChunks.has(i))
    .map((chunk) => ({ start: chunk.start, count: chunk.ids.length, focus: chunk.focus }));
  const rows = runs.reduce((sum, run) => sum + run.count, 0);
  const budgetRows = Math.min(rows, Math.ceil(rows * share));
  if (budgetRows === 0 || policy === 'none') return new Int32Array(0);
  if (budgetRows === rows) return positionsOf(runs); // nothing to choose
  return blendPolicy(policy).select({
    runs,
    budgetRows,
    attention: () => attentionOf(sequence, options),
    deviation: () => deviationOf(sequence, runs, options),
  });
}

async function attentionOf(
  sequence: SequenceKv,
  { runner, plan, placing, step }: SelectionOptions,
): Promise<Float32Array> {
  const layer = Math.min(ATTENTION_LAYER, runner.config.layers - 1);
  const mass = new Float32Array(plan.suffixStart);
  await step([suffixRows(sequence, plan)], {
    stopAfterLayer: layer + 1,
    beforeLayer: (each) => placing.upTo(each),
    onLayer: ({ layer: each, q }) => {
      if (each !== layer) return;
      const paid = runner.attentionMass(sequence, layer, q, mass.length);
      for (let i = 0; i < mass.length; i++) mass[i]! += paid[i]!;
    },
  });
  return mass;
}

/** CacheBlend's check: rows are run to layer 1, where computed keys and values are compared with cached ones. */
async function deviationOf(
  sequence: SequenceKv,
  runs: readonly CachedRun[],
  { runner, plan, placing, step }: SelectionOptions,
): Promise<Float32Array> {
  const { kvHeads, headDim, layers } = runner.config;
  const layer = Math.min(1, layers - 1);
  // Rows are shown before they are written: what is in the sequence then is still what was cached.
  const cached = sequence.values[layer]!;
  const tokens = promptTokens(plan);
  const positions = positionsOf(runs);
  const distance = new Float32Array(plan.length);
  const rows: SequenceRows = {
    sequence,
    tokens: positions.map((p) => tokens[p]!),
    positions,
    logits: 'none',
  };
  await step([rows], {
    stopAfterLayer: layer + 1,
    beforeLayer: (each) => placing.upTo(each),
    onLayer: ({ layer: each, firstRow, v }) => {
      if (each !== layer) return;
      for (let row = 0; row < v.length / (kvHeads * headDim); row++) {
        const position = positions[firstRow + row]!;
        const head = { kvHeads, headDim, capacity: sequence.capacity };
        distance[position] = squaredDistance(v, row, cached, position, head);
      }
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
  { kvHeads, headDim, capacity }: { kvHeads: number; headDim: number; capacity: number },
): number {
  let sum = 0;
  for (let head = 0; head < kvHeads; head++) {
    const a = (row * kvHeads + head) * headDim;
    const b = (head * capacity + position) * headDim;
    for (let d = 0; d < headDim; d++) sum += (computed[a + d]! - cached[b + d]!) ** 2;
  }
  return sum;
}

function suffixRows(sequence: SequenceKv, plan: PromptPlan): SequenceRows {
  const positions = positionsOf([{ start: plan.suffixStart, count: plan.suffixIds.length }]);
  return { sequence, tokens: plan.suffixIds, positions, logits: 'none' };
}
