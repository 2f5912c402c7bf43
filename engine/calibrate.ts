/**
 * Finds the linear layers of a decoder that must not have one scale a row. A few input channels a hundred times as
 * large as the others (outlier features: Dettmers et al., arXiv:2208.07339) leave the others almost no bits in
 * `int8-row`; blocks keep the harm inside the outlier's own block. Inputs of down projections are often like that.
 *
 * A sample runs through the model piece by piece in fp32. Each linear layer is also built alone in both int8 forms and
 * given the same inputs, so that its error is its own. Only one piece lies on disk and in memory at a time.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DecoderCheckpointConfig } from './checkpoint/decoder-config.ts';
import { decoderTensorNames, type LinearPart } from './checkpoint/decoder-tensors.ts';
import type { CheckpointTensors } from './checkpoint/tensors.ts';
import type { CalibrationFile, LayerErrors } from './calibration-file.ts';
import { labelOf } from './onnx/block-weights.ts';
import { decoderPieces, type DecoderPiece, pieceNames } from './onnx/decoder-graphs.ts';
import { Graph } from './onnx/graph.ts';
import { type Activation, activation, linear } from './onnx/linear.ts';
import { WeightFileWriter } from './onnx/weight-file.ts';
import { type RopeTable, ropeTable, rotate } from './rope.ts';
import { float32, int64, openSession, type SessionSettings, type TensorView } from './session.ts';
import { cutTiles } from './tiles.ts';

/** An int8 scale for well-behaved rows makes errors of about 1%: below twice that there is nothing to mend. */
const harmless = 0.02;
/** Blocks cost speed: they have to be better by this factor. */
const worthwhile = 1.6;

export function needsBlocks({ row, block }: LayerErrors): boolean {
  return row > harmless && row > worthwhile * block;
}

export interface CalibrationOptions {
  readonly config: DecoderCheckpointConfig;
  readonly tensors: CheckpointTensors;
  /** Token ids of a sample text. */
  readonly sample: Int32Array;
  /** A folder that may be made and is deleted again. */
  readonly workFolder: string;
  readonly settings: SessionSettings;
  /** What a run before this one had found when it ended; the file is written after every piece. */
  readonly found?: CalibrationFile;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Blocks the thread. The errors of every linear layer, in order. */
export function calibrate(options: CalibrationOptions): readonly LayerErrors[] {
  const { config, sample, found } = options;
  const pieces = new Map(decoderPieces(config).map((piece) => [piece.name, piece]));
  const walk = new Walk(options, pieces.get(pieceNames.attention)!);
  const errors: LayerErrors[] = [];
  let done = 0;
  const run = (name: string, inputs: Inputs, outputs: Outputs) => {
    const layers = runPiece(options, pieces.get(name)!, inputs, outputs);
    const known = found?.of(name);
    const compared = known ?? layers.map((layer) => compareForms(options, layer));
    if (!known) found?.add(name, compared);
    errors.push(...compared);
    options.onProgress?.((done += 1), config.layers + 2);
  };
  try {
    run(pieceNames.first, { x: walk.x, ...walk.turns(0) }, walk.qkv);
    for (let layer = 0; layer < config.layers; layer++) {
      walk.attend(layer);
      const inputs = { attended: walk.attended, x: walk.x };
      if (layer === config.layers - 1) run(pieceNames.last, inputs, { y: walk.y });
      else
        run(
          pieceNames.mid(layer),
          { ...inputs, ...walk.turns(layer + 1) },
          { y: walk.y, ...walk.qkv },
        );
      walk.x.data.set(walk.y.data);
    }
    const logits = rows(sample.length, config.vocabSize);
    run(pieceNames.head, { x: walk.x }, { logits });
    return errors;
  } finally {
    walk.close();
  }
}

type FloatView = TensorView & { readonly data: Float32Array };
type Inputs = Readonly<Record<string, TensorView>>;
type Outputs = Readonly<Record<string, FloatView>>;

function rows(count: number, width: number): FloatView {
  return float32(new Float32Array(count * width), [count, width]) as FloatView;
}

/** A linear layer and what it was given. */
interface TappedLayer {
  readonly parts: readonly LinearPart[];
  readonly x: FloatView;
}

/** Fills `outputs` in fp32. Returns the piece's linear layers with their inputs. */
function runPiece(
  options: CalibrationOptions,
  piece: DecoderPiece,
  inputs: Inputs,
  outputs: Outputs,
): TappedLayer[] {
  const tapped: { name: string; size: number; parts: readonly LinearPart[] }[] = [];
  const tap = ({ name, size }: Activation, parts: readonly LinearPart[]) =>
    tapped.push({ name, size, parts });
  const shown = new Map<string, FloatView>();
  runGraph(
    options,
    (file) => {
      const graph = piece.build({ tensors: options.tensors, file, kind: 'fp32', tap });
      for (const { name, size } of tapped) {
        if (shown.has(name) || name in inputs) continue;
        graph.output(name, 'float32', ['rows', size]);
        shown.set(name, rows(inputs['x']!.dims[0]!, size));
      }
      return graph;
    },
    inputs,
    () => ({ ...outputs, ...Object.fromEntries(shown) }),
  );
  return tapped.map(({ name, parts }) => ({
    parts,
    x: shown.get(name) ?? (inputs[name] as FloatView),
  }));
}

function compareForms(options: CalibrationOptions, { parts, x }: TappedLayer): LayerErrors {
  const [count, size] = x.dims as [number, number];
  const outSize = parts.reduce((sum, part) => sum + part.outSize, 0);
  const [exact, row, block] = (['fp32', 'int8-row', 'int8-block'] as const).map((kind) => {
    const y = rows(count, outSize);
    const build = (file: WeightFileWriter): Graph => {
      const graph = new Graph();
      const input = activation(graph, graph.input('x', 'float32', ['rows', size]), size);
      const result = linear(graph, { tensors: options.tensors, file, kind }, input, parts);
      graph.node('Identity', [result], { outputs: ['y'] });
      graph.output('y', 'float32', ['rows', outSize]);
      return graph;
    };
    runGraph(options, build, { x }, () => ({ y }));
    return y.data;
  }) as [Float32Array, Float32Array, Float32Array];
  return {
    layer: labelOf(parts),
    row: relativeError(row, exact),
    block: relativeError(block, exact),
  };
}

function relativeError(got: Float32Array, exact: Float32Array): number {
  let [error, power] = [0, 0];
  for (let i = 0; i < exact.length; i++) {
    error += (got[i]! - exact[i]!) ** 2;
    power += exact[i]! ** 2;
  }
  return Math.sqrt(error / Math.max(power, 1e-30));
}

function runGraph(
  { workFolder, settings }: CalibrationOptions,
  build: (file: WeightFileWriter) => Graph,
  inputs: Inputs,
  outputs: () => Outputs,
): void {
  mkdirSync(workFolder, { recursive: true });
  try {
    const file = new WeightFileWriter(workFolder);
    try {
      writeFileSync(join(workFolder, 'graph.onnx'), build(file).encode('calibration'));
    } finally {
      file.abandon();
    }
    const session = openSession(join(workFolder, 'graph.onnx'), settings);
    session.run(inputs, outputs());
    session.close();
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
  }
}

/** The state of one sequence between the pieces. */
class Walk {
  readonly x: FloatView;
  readonly y: FloatView;
  readonly attended: FloatView;
  readonly qkv: { readonly q: FloatView; readonly k: FloatView; readonly v: FloatView };
  readonly #config: DecoderCheckpointConfig;
  readonly #positions: Int32Array;
  readonly #ropes: readonly RopeTable[];
  readonly #options: CalibrationOptions;
  readonly #attention: DecoderPiece;

  constructor(options: CalibrationOptions, attention: DecoderPiece) {
    const { config, tensors, sample } = options;
    const { hiddenSize, heads, kvHeads, headDim } = config;
    const count = sample.length;
    this.#config = config;
    this.#options = options;
    this.#attention = attention;
    this.#positions = Int32Array.from(sample.keys());
    this.#ropes = config.ropes.map(ropeTable);
    for (const table of this.#ropes) table.ensure(count);
    this.x = rows(count, hiddenSize);
    this.y = rows(count, hiddenSize);
    this.attended = rows(count, heads * headDim);
    this.qkv = {
      q: rows(count, heads * headDim),
      k: rows(count, kvHeads * headDim),
      v: rows(count, kvHeads * headDim),
    };
    const table = `${decoderTensorNames(config).embedding}.weight`;
    sample.forEach((id, row) => {
      const embedding = tensors.readRows(table, id, 1);
      this.x.data.set(
        embedding.map((value) => value * config.embeddingScale),
        row * hiddenSize,
      );
    });
  }

  /** What turns the queries of `layer`. */
  turns(layer: number): Inputs {
    const { rope } = this.#config.attention[layer]!;
    if (rope === undefined) return {};
    const { half, cos, sin } = this.#ropes[rope]!;
    const count = this.#positions.length;
    const part = (data: Float32Array) => float32(data.subarray(0, count * half), [count, half]);
    const index = BigInt64Array.from({ length: count }, (_, i) => BigInt(i));
    return { cos: part(cos), sin: part(sin), row_index: int64(index, [1, count]) };
  }

  /** q, k, v -> attended. */
  attend(layer: number): void {
    const { rope, window } = this.#config.attention[layer]!;
    const { q, k, v } = this.qkv;
    const { kvHeads, headDim, heads } = this.#config;
    const count = this.#positions.length;
    const table = rope === undefined ? undefined : this.#ropes[rope];
    const [keys, values] = [k, v].map(() => new Float32Array(k.data.length)) as [
      Float32Array,
      Float32Array,
    ]; // [kvHeads, count, d]
    for (let row = 0; row < count; row++) {
      for (let head = 0; head < kvHeads; head++) {
        const from = (row * kvHeads + head) * headDim;
        const to = (head * count + row) * headDim;
        rotate(table, row, k.data, from, keys, to, headDim);
        values.set(v.data.subarray(from, from + headDim), to);
      }
    }
    const width = heads * headDim;
    for (const tile of cutTiles(this.#positions, 0, count, new Int32Array(0), window)) {
      const part = ({ data }: FloatView) =>
        float32(data.subarray(tile.start * width, (tile.start + tile.rows) * width), [
          tile.rows,
          width,
        ]) as FloatView;
      const inputs: Record<string, TensorView> = {
        q: part(q),
        mask: float32(tile.mask, [tile.rows, tile.length]),
      };
      for (let head = 0; head < kvHeads; head++) {
        const of = (data: Float32Array) => {
          const at = (head * count + tile.first) * headDim;
          return float32(data.subarray(at, at + tile.length * headDim), [tile.length, headDim]);
        };
        inputs[`k${head}`] = of(keys);
        inputs[`v${head}`] = of(values);
      }
      runPiece(this.#options, this.#attention, inputs, { attended: part(this.attended) });
    }
  }

  close(): void {
    rmSync(this.#options.workFolder, { recursive: true, force: true });
  }
}
