/**
 * Runs a compiled Llama-family decoder. A step is a list of rows at their true positions; linear parts
 * run over all rows together in slices, attention runs per sequence in tiles with an exact causal
 * mask. See onnx/decoder-graphs.ts for the pieces.
 */
import { join } from 'node:path';
import { type Batch, type BatchPart, checkFits, checkSequence, layOut } from './batch.ts';
import {
  type EmbeddingTable,
  type EmbeddingTableNote,
  openEmbeddingTable,
} from './embedding-table.ts';
import { CancelledError, InvalidStepError } from './errors.ts';
import type { CompiledModel } from './model-cache.ts';
import { pieceNames } from './onnx/decoder-graphs.ts';
import { weightFileName } from './onnx/weight-file.ts';
import { type RopeTable, ropeTable, rotate } from './rope.ts';
import { type BufferPool, bufferPool, PooledSequence } from './sequence.ts';
import {
  float32,
  int64,
  openSession,
  type Session,
  type SessionSettings,
  type TensorView,
} from './session.ts';
import { cutTiles, type Tile } from './tiles.ts';
import type {
  DecoderConfig,
  DecoderRunner,
  SequenceKv,
  SequenceRows,
  StepOptions,
  StepResult,
} from './types.ts';

/** Rows per run of a linear piece: enough for full speed, few enough to keep activations in cache. */
const sliceRows = 256;
/** Rows per run of the head: each makes a row of the size of the vocabulary. */
const headRows = 32;
/** Released sequence memory that is kept for the next sequence. */
const maxIdlePoolBytes = 512 << 20;

/** Activations between two pieces, for all rows of the step. */
interface Activations {
  /** Residual stream entering the layer's output projection, [rows, hidden]. */
  x: Float32Array;
  /** Buffer for the next residual stream. */
  y: Float32Array;
  readonly q: Float32Array;
  readonly k: Float32Array;
  readonly v: Float32Array;
  readonly attended: Float32Array;
  /** RoPE of each row, [rows, d/2]. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

export class LlamaRunner implements DecoderRunner {
  readonly config: DecoderConfig;
  readonly fingerprint: string;
  readonly #first: Session;
  readonly #mids: readonly Session[];
  readonly #last: Session;
  readonly #head: Session;
  readonly #attention: Session;
  readonly #embeddings: EmbeddingTable;
  readonly #rope: RopeTable;
  readonly #sequences: BufferPool = bufferPool(maxIdlePoolBytes);
  readonly #scratch = new Map<string, Float32Array>();
  readonly #rowIndex = BigInt64Array.from({ length: sliceRows }, (_, i) => BigInt(i));

  constructor(
    config: DecoderConfig,
    fingerprint: string,
    compiled: CompiledModel,
    settings: SessionSettings,
  ) {
    this.config = config;
    this.fingerprint = fingerprint;
    const open = (name: string) => openSession(join(compiled.path, `${name}.onnx`), settings);
    this.#first = open(pieceNames.first);
    this.#mids = Array.from({ length: config.layers - 1 }, (_, layer) =>
      open(pieceNames.mid(layer)),
    );
    this.#last = open(pieceNames.last);
    this.#head = open(pieceNames.head);
    this.#attention = open(pieceNames.attention);
    const note = compiled.notes['embedding'] as EmbeddingTableNote;
    this.#embeddings = openEmbeddingTable(
      join(compiled.path, weightFileName),
      note,
      config.hiddenSize,
    );
    this.#rope = ropeTable(config.headDim, config.ropeTheta);
  }

  newSequence(capacity: number): SequenceKv {
    return new PooledSequence(this.#sequences, this.config, capacity);
  }

  step(list: readonly SequenceRows[], options: StepOptions = {}): StepResult {
    const batch = layOut(list, this.config);
    const stop = options.stopAfterLayer ?? this.config.layers;
    if (!Number.isInteger(stop) || stop < 1 || stop > this.config.layers) {
      throw new InvalidStepError(
        `stopAfterLayer is ${stop}, but the model has ${this.config.layers} layers`,
      );
    }
    const state = this.#prepare(batch);
    if (options.stopAfterLayer === undefined) showWritten(batch);
    const tiles = batch.parts.map(({ sequence, start, end }) =>
      cutTiles(batch.positions, start, end, sequence.hidden),
    );
    this.#runFirst(batch, state);
    for (let layer = 0; ; layer++) {
      if (options.isCancelled?.()) throw new CancelledError();
      this.#reportRows(batch, state, layer, options);
      this.#writeKv(batch, state, layer);
      if (layer === stop - 1) break;
      batch.parts.forEach((part, i) => this.#attend(part, tiles[i]!, state, layer));
      this.#runMid(batch, state, layer);
    }
    if (options.stopAfterLayer !== undefined)
      return { logits: batch.parts.map(() => new Float32Array(0)) };
    return { logits: this.#finish(batch, state, options) };
  }

  placeKv(
    sequence: SequenceKv,
    layer: number,
    position: number,
    count: number,
    keys: Float32Array,
    values: Float32Array,
  ): void {
    const { kvHeads, headDim, layers } = this.config;
    checkSequence(sequence, this.config);
    if (!(layer >= 0 && layer < layers)) throw new InvalidStepError(`there is no layer ${layer}`);
    if (keys.length !== kvHeads * count * headDim || values.length !== keys.length) {
      throw new InvalidStepError(
        `${count} cached rows should have ${kvHeads * count * headDim} numbers`,
      );
    }
    if (count === 0) return;
    if (!(position >= 0)) throw new InvalidStepError(`position is ${position}`);
    checkFits(sequence, position + count - 1, this.config);
    this.#rope.ensure(position + count);
    const targetKeys = sequence.keys[layer]!;
    for (let head = 0; head < kvHeads; head++) {
      const from = head * count * headDim;
      const to = (head * sequence.capacity + position) * headDim;
      for (let i = 0; i < count; i++) {
        const step = i * headDim;
        rotate(this.#rope, position + i, keys, from + step, targetKeys, to + step, headDim);
      }
      sequence.values[layer]!.set(values.subarray(from, from + count * headDim), to);
    }
  }

  close(): void {
    for (const session of [this.#first, ...this.#mids, this.#last, this.#head, this.#attention])
      session.close();
    this.#embeddings.close();
    this.#scratch.clear();
  }

  /** Looks up embeddings and RoPE rows, and takes buffers for the activations. */
  #prepare({ tokens, positions }: Batch): Activations {
    const { hiddenSize, heads, kvHeads, headDim } = this.config;
    const rows = tokens.length;
    const half = headDim / 2;
    const state: Activations = {
      x: this.#take('x', rows * hiddenSize),
      y: this.#take('y', rows * hiddenSize),
      q: this.#take('q', rows * heads * headDim),
      k: this.#take('k', rows * kvHeads * headDim),
      v: this.#take('v', rows * kvHeads * headDim),
      attended: this.#take('attended', rows * heads * headDim),
      cos: this.#take('cos', rows * half),
      sin: this.#take('sin', rows * half),
    };
    this.#embeddings.lookup(tokens, state.x);
    this.#rope.ensure(positions.reduce((most, position) => Math.max(most, position), 0) + 1);
    positions.forEach((position, i) => {
      state.cos.set(this.#rope.cos.subarray(position * half, (position + 1) * half), i * half);
      state.sin.set(this.#rope.sin.subarray(position * half, (position + 1) * half), i * half);
    });
    return state;
  }

  #runFirst(batch: Batch, state: Activations): void {
    const { hiddenSize } = this.config;
    forSlices(batch.tokens.length, sliceRows, (start, rows) => {
      const x = rowsOf(state.x, start, rows, hiddenSize);
      this.#first.run(
        { x, ...this.#ropeInputs(state, start, rows) },
        this.#qkvOutputs(state, start, rows),
      );
    });
  }

  /** Finishes `layer` and starts the next one: new residual stream, q, k and v of all rows. */
  #runMid(batch: Batch, state: Activations, layer: number): void {
    const { hiddenSize, heads, headDim } = this.config;
    forSlices(batch.tokens.length, sliceRows, (start, rows) => {
      const attended = rowsOf(state.attended, start, rows, heads * headDim);
      const x = rowsOf(state.x, start, rows, hiddenSize);
      const y = rowsOf(state.y, start, rows, hiddenSize);
      this.#mids[layer]!.run(
        { attended, x, ...this.#ropeInputs(state, start, rows) },
        { y, ...this.#qkvOutputs(state, start, rows) },
      );
    });
    [state.x, state.y] = [state.y, state.x];
  }

  #ropeInputs(state: Activations, start: number, rows: number): Record<string, TensorView> {
    const half = this.config.headDim / 2;
    return {
      cos: rowsOf(state.cos, start, rows, half),
      sin: rowsOf(state.sin, start, rows, half),
      row_index: int64(this.#rowIndex.subarray(0, rows), [1, rows]),
    };
  }

  #qkvOutputs(state: Activations, start: number, rows: number): Record<string, TensorView> {
    const { heads, kvHeads, headDim } = this.config;
    return {
      q: rowsOf(state.q, start, rows, heads * headDim),
      k: rowsOf(state.k, start, rows, kvHeads * headDim),
      v: rowsOf(state.v, start, rows, kvHeads * headDim),
    };
  }

  /** The rows are shown before they are written, so a caller can compare them with what was cached. */
  #reportRows(
    { parts }: Batch,
    { q, k, v }: Activations,
    layer: number,
    { onLayer }: StepOptions,
  ): void {
    if (!onLayer) return;
    const { heads, kvHeads, headDim } = this.config;
    parts.forEach(({ start, end }, sequenceIndex) => {
      const rows = (data: Float32Array, width: number) => data.subarray(start * width, end * width);
      onLayer({
        layer,
        sequenceIndex,
        q: rows(q, heads * headDim),
        k: rows(k, kvHeads * headDim),
        v: rows(v, kvHeads * headDim),
      });
    });
  }

  /** Scatters fresh rows [rows, kvHeads * d] to their positions in [kvHeads][capacity][d]. */
  #writeKv({ parts, positions }: Batch, { k, v }: Activations, layer: number): void {
    const { kvHeads, headDim } = this.config;
    for (const { sequence, start, end } of parts) {
      const keys = sequence.keys[layer]!;
      const values = sequence.values[layer]!;
      for (let row = start; row < end; row++) {
        const position = positions[row]!;
        for (let head = 0; head < kvHeads; head++) {
          const from = (row * kvHeads + head) * headDim;
          const to = (head * sequence.capacity + position) * headDim;
          rotate(this.#rope, position, k, from, keys, to, headDim);
          for (let i = 0; i < headDim; i++) values[to + i] = v[from + i]!;
        }
      }
    }
  }

  /** Attention of the tiles' rows over their own sequence; results go to the same rows of `attended`. */
  #attend(
    { sequence }: BatchPart,
    tiles: readonly Tile[],
    { q, attended }: Activations,
    layer: number,
  ): void {
    const { heads, kvHeads, headDim } = this.config;
    const stride = sequence.capacity * headDim;
    const keys = sequence.keys[layer]!;
    const values = sequence.values[layer]!;
    for (const { start, rows, length, mask } of tiles) {
      const inputs: Record<string, TensorView> = {
        q: rowsOf(q, start, rows, heads * headDim),
        mask: float32(mask, [rows, length]),
      };
      for (let head = 0; head < kvHeads; head++) {
        const from = head * stride;
        const to = from + length * headDim;
        inputs[`k${head}`] = float32(keys.subarray(from, to), [length, headDim]);
        inputs[`v${head}`] = float32(values.subarray(from, to), [length, headDim]);
      }
      this.#attention.run(inputs, { attended: rowsOf(attended, start, rows, heads * headDim) });
    }
  }

  /** The last layer and the head, only for the rows whose logits are wanted. */
  #finish(batch: Batch, state: Activations, options: StepOptions): Float32Array[] {
    const { hiddenSize, heads, headDim, vocabSize } = this.config;
    const logits = batch.parts.map(
      ({ wantedStart, end }) => new Float32Array((end - wantedStart) * vocabSize),
    );
    const wanted = batch.parts.filter(({ wantedStart, end }) => wantedStart < end);
    if (wanted.length === 0) return logits;
    for (const part of wanted) {
      this.#attend(
        part,
        cutTiles(batch.positions, part.wantedStart, part.end, part.sequence.hidden),
        state,
        this.config.layers - 1,
      );
    }
    const attended = gather(wanted, state.attended, heads * headDim);
    const x = gather(wanted, state.x, hiddenSize);
    const rows = x.length / hiddenSize;
    const y = new Float32Array(rows * hiddenSize);
    forSlices(rows, sliceRows, (start, count) => {
      this.#last.run(
        {
          attended: rowsOf(attended, start, count, heads * headDim),
          x: rowsOf(x, start, count, hiddenSize),
        },
        { y: rowsOf(y, start, count, hiddenSize) },
      );
    });
    if (options.isCancelled?.()) throw new CancelledError();
    this.#runHead(y, logits);
    return logits;
  }

  /** y [wanted rows, hidden] -> the arrays of `logits`, filled one after the other. */
  #runHead(y: Float32Array, logits: readonly Float32Array[]): void {
    const { hiddenSize, vocabSize } = this.config;
    const targets = logits.flatMap((target) =>
      Array.from({ length: target.length / vocabSize }, (_, i) =>
        target.subarray(i * vocabSize, (i + 1) * vocabSize),
      ),
    );
    forSlices(targets.length, headRows, (start, rows) => {
      const out = this.#take('logits', rows * vocabSize);
      this.#head.run(
        { x: rowsOf(y, start, rows, hiddenSize) },
        { logits: rowsOf(out, 0, rows, vocabSize) },
      );
      for (let i = 0; i < rows; i++)
        targets[start + i]!.set(out.subarray(i * vocabSize, (i + 1) * vocabSize));
    });
  }

  /** A buffer that lives until the next step takes it. */
  #take(name: string, length: number): Float32Array {
    let buffer = this.#scratch.get(name);
    if (!buffer || buffer.length < length) {
      buffer = new Float32Array(length);
      this.#scratch.set(name, buffer);
    }
    return buffer.subarray(0, length);
  }
}

function showWritten({ parts, positions }: Batch): void {
  for (const { sequence, start, end } of parts) sequence.show(positions.subarray(start, end));
}

function rowsOf(data: Float32Array, start: number, rows: number, width: number): TensorView {
  return float32(data.subarray(start * width, (start + rows) * width), [rows, width]);
}

/** Cuts `rows` into equal slices of at most `most` rows. */
function forSlices(rows: number, most: number, run: (start: number, rows: number) => void): void {
  const slices = Math.ceil(rows / most);
  for (let i = 0; i < slices; i++) {
    const start = Math.floor((i * rows) / slices);
    run(start, Math.floor(((i + 1) * rows) / slices) - start);
  }
}

/** The wanted rows of all parts, one after the other. */
function gather(parts: readonly BatchPart[], data: Float32Array, width: number): Float32Array {
  const rows = parts.reduce((sum, { wantedStart, end }) => sum + end - wantedStart, 0);
  const out = new Float32Array(rows * width);
  let at = 0;
  for (const { wantedStart, end } of parts) {
    out.set(data.subarray(wantedStart * width, end * width), at);
    at += (end - wantedStart) * width;
  }
  return out;
}
