/**
 * Attention of one layer at the shape of Qwen2.5-0.5B, the form in use against those that were tried: the runtime's fused operator, and scores by
 * int8 products with a scale a row. Time of the last rows of a prompt, and the largest difference from the form in use, of outputs between -1 and 1.
 *
 *   npm run bench -- engine/attention [--threads 2] [--contexts 1024,4096] [--rows 256] [--repeats 20] [--json FILE]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Attention } from '../../engine/attention.ts';
import type { DecoderConfig, SequenceKv } from '../../engine/index.ts';
import { attentionGraph } from '../../engine/onnx/decoder-graphs.ts';
import { float32, openSessionFromBytes, type TensorView } from '../../engine/session.ts';
import { cutTiles, type Tile } from '../../engine/tiles.ts';
import { reportOrigin } from '../report.ts';
import { fusedGraph, int8ScoresGraph, quantiseKeysGraph } from './attention-forms.ts';
import { qwen05b } from './random-checkpoint.ts';

const { heads, kvHeads, headDim } = qwen05b;
const width = heads * headDim;
const seed = 1;

interface Line {
  readonly context: number;
  readonly form: string;
  readonly ms: number;
  /** Times as long as the form in use. */
  readonly ratio: number;
  readonly difference: number;
}

interface Scene {
  readonly context: number;
  readonly rows: number;
  readonly q: Float32Array;
  /** [kvHeads][context][headDim] */
  readonly keys: Float32Array;
  readonly values: Float32Array;
  readonly tiles: readonly Tile[];
  readonly threads: number;
  readonly repeats: number;
}

type Form = (scene: Scene) => { readonly run: (attended: Float32Array) => void };

const forms: Readonly<Record<string, Form>> = {
  'masked tiles (in use)': tiles,
  GroupQueryAttention: fused,
  'int8 scores, keys quantised before': (scene) => int8Scores(scene, false),
  'int8 scores, keys quantised at each step': (scene) => int8Scores(scene, true),
};

function main(): void {
  const { values } = parseArgs({
    options: {
      threads: { type: 'string', default: '2' },
      contexts: { type: 'string', default: '1024,4096' },
      rows: { type: 'string', default: '256' },
      repeats: { type: 'string', default: '20' },
      json: { type: 'string' },
    },
  });
  const lines = values.contexts.split(',').flatMap((context) =>
    measure(
      makeScene({
        context: Number(context),
        rows: Number(values.rows),
        threads: Number(values.threads),
        repeats: Number(values.repeats),
      }),
    ),
  );
  console.table(lines);
  const report = { ...reportOrigin(seed), options: values, lines };
  if (values.json) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
}

function makeScene(given: Pick<Scene, 'context' | 'rows' | 'threads' | 'repeats'>): Scene {
  const random = normals(seed);
  const fill = (length: number): Float32Array => Float32Array.from({ length }, random);
  const { context, rows } = given;
  const positions = Int32Array.from({ length: rows }, (_, i) => context - rows + i);
  return {
    ...given,
    // Scores of spread 2: some keys weigh much, as in a trained model.
    q: fill(rows * width).map((value) => 2 * value),
    keys: fill(kvHeads * context * headDim),
    values: fill(kvHeads * context * headDim).map((value) => Math.tanh(value)),
    tiles: cutTiles(positions, 0, rows, new Int32Array(0)),
  };
}

/** The forms take turns; the median of each. */
function measure(scene: Scene): Line[] {
  const runs = Object.entries(forms).map(([form, open]) => ({
    form,
    run: open(scene).run,
    attended: new Float32Array(scene.rows * width),
    times: [] as number[],
  }));
  for (let i = 0; i < scene.repeats; i++) {
    for (const { run, attended, times } of runs) {
      const start = performance.now();
      run(attended);
      times.push(performance.now() - start);
    }
  }
  const inUse = runs[0]!;
  const usual = median(inUse.times);
  return runs.map(({ form, attended, times }) => ({
    context: scene.context,
    form,
    ms: rounded(median(times), 10),
    ratio: rounded(median(times) / usual, 100),
    difference: attended.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - inUse.attended[i]!)),
      0,
    ),
  }));
}

function settings({ threads }: Scene): { threads: number; preciseInt8: boolean } {
  return { threads, preciseInt8: false };
}

function tiles(scene: Scene): ReturnType<Form> {
  const config = { heads, kvHeads, headDim, attentionScale: headDim ** -0.5 } as DecoderConfig;
  const masked = openSessionFromBytes(attentionGraph(config).encode('masked'), settings(scene));
  const attention = new Attention(config, masked, settings(scene));
  const sequence = { capacity: scene.context, keys: [scene.keys], values: [scene.values] };
  const part = {
    index: 0,
    sequence: sequence as unknown as SequenceKv,
    start: 0,
    end: scene.rows,
    wantedStart: scene.rows,
  };
  return { run: (attended) => attention.attend(part, scene.tiles, { q: scene.q, attended }, 0) };
}

function fused(scene: Scene): ReturnType<Form> {
  const { context, rows, q, keys, values } = scene;
  const session = openSessionFromBytes(fusedGraph(qwen05b).encode('fused'), settings(scene));
  const cache = (data: Float32Array): TensorView => float32(data, [1, kvHeads, context, headDim]);
  const fresh = (data: Float32Array): TensorView => float32(lastRows(data, scene), [1, rows, kvHeads * headDim]); // prettier-ignore
  const one = (value: number): TensorView =>
    ({ type: 'int32', data: Int32Array.of(value), dims: [1], location: 'cpu' }) as unknown as TensorView; // prettier-ignore
  const memory = { keys: cache(keys), values: cache(values) };
  const inputs = {
    q: float32(q, [1, rows, width]),
    k: fresh(keys),
    v: fresh(values),
    ...memory,
    last: one(context - 1),
    length: one(context),
  };
  return {
    run(attended) {
      const outputs = { new_keys: memory.keys, new_values: memory.values };
      session.run(inputs, { attended: float32(attended, [1, rows, width]), ...outputs });
    },
  };
}

/** [kvHeads][context][d] -> the last rows, [rows][kvHeads * d]. */
function lastRows(data: Float32Array, { context, rows }: Scene): Float32Array {
  const out = new Float32Array(rows * kvHeads * headDim);
  for (let row = 0; row < rows; row++) {
    for (let head = 0; head < kvHeads; head++) {
      const from = (head * context + context - rows + row) * headDim;
      out.set(data.subarray(from, from + headDim), (row * kvHeads + head) * headDim);
    }
  }
  return out;
}

/** Keys are cut at the end of the tiles' rows: each tile has the same length here, which favours this form a little. */
function int8Scores(scene: Scene, isQuantisedNow: boolean): ReturnType<Form> {
  const { context, q, keys, values } = scene;
  const session = openSessionFromBytes(int8ScoresGraph(qwen05b).encode('int8'), settings(scene));
  const quantise = openSessionFromBytes(
    quantiseKeysGraph(qwen05b).encode('quantise'),
    settings(scene),
  );
  const quantised: Record<string, TensorView> = {};
  const refresh = (): void => {
    for (let head = 0; head < kvHeads; head++) {
      const part = keys.subarray(head * context * headDim, (head + 1) * context * headDim);
      const turned = quantised[`k${head}`] ?? int8(new Int8Array(part.length), [headDim, context]);
      const scales = quantised[`ks${head}`] ?? float32(new Float32Array(context), [context]);
      quantise.run({ k: float32(part, [context, headDim]) }, { turned, scales });
      quantised[`k${head}`] = turned;
      quantised[`ks${head}`] = scales;
    }
  };
  refresh();
  const heldValues = Object.fromEntries(
    Array.from({ length: kvHeads }, (_, head) => {
      const part = values.subarray(head * context * headDim, (head + 1) * context * headDim);
      return [`v${head}`, float32(part, [context, headDim])];
    }),
  );
  return {
    run(attended) {
      if (isQuantisedNow) refresh();
      for (const tile of scene.tiles) {
        const rows = (data: Float32Array): TensorView =>
          float32(data.subarray(tile.start * width, (tile.start + tile.rows) * width), [
            tile.rows,
            width,
          ]);
        const mask = float32(wideMask(tile, context), [tile.rows, context]);
        session.run(
          { q: rows(q), mask, ...quantised, ...heldValues },
          { attended: rows(attended) },
        );
      }
    },
  };
}

/** The tile's mask over all keys: those behind the tile are hidden. */
function wideMask({ rows, length, mask }: Tile, context: number): Float32Array {
  if (length === context) return mask;
  const wide = new Float32Array(rows * context).fill(-1e9);
  for (let row = 0; row < rows; row++)
    wide.set(mask.subarray(row * length, (row + 1) * length), row * context);
  return wide;
}

function int8(data: Int8Array, dims: readonly number[]): TensorView {
  return { type: 'int8', data, dims, location: 'cpu' } as unknown as TensorView;
}

/** Normally distributed numbers (Box and Muller 1958). */
function normals(start: number): () => number {
  let state = start;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / (2 ** 32 + 1);
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function rounded(value: number, by: number): number {
  return Math.round(value * by) / by;
}

main();
