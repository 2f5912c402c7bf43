/**
 * Runs a compiled Llama-family decoder. A step is a list of rows at their true positions; linear parts
 * run over all rows together in slices, attention runs per sequence in tiles with an exact causal
 * mask. See onnx/decoder-graphs.ts for the pieces.
 */
import { join } from 'node:path';
import { Attention } from './attention.ts';
import {
  type Batch,
  type BatchPart,
  checkFits,
  checkSequence,
  closeUp,
  keepParts,
  layOut,
} from './batch.ts';
import {
  type EmbeddingTable,
  type EmbeddingTableNote,
  openEmbeddingTable,
} from './embedding-table.ts';
import { CachedRows } from './cached-rows.ts';
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
import { Scratch } from './scratch.ts';
import { stepRun } from './step-run.ts';
import { cutTiles, type Tile } from './tiles.ts';
import type {
  DecoderConfig,
  DecoderRunner,
  HalfRows,
  SequenceKv,
  SequenceRows,
  StepOptions,
  StepResult,
  StepRun,
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
  /** Of each RoPE of the model. */
  readonly turns: readonly RowTurns[];
}

/** RoPE of each row, [rows, half]. */
interface RowTurns {
  readonly half: number;
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

type PlacedRows = Pick<HalfRows, 'position' | 'count'> & {
  readonly keys: ArrayLike<number>;
  readonly values: ArrayLike<number>;
};

export class LlamaRunner implements DecoderRunner {
  readonly config: DecoderConfig;
  readonly fingerprint: string;
  readonly #first: Session;
  readonly #mids: readonly Session[];
  readonly #last: Session;
  readonly #head: Session;
  readonly #attention: Attention;
  readonly #cachedRows: CachedRows;
  readonly #embeddings: EmbeddingTable;
  readonly #ropes: readonly RopeTable[];
  readonly #sequences: BufferPool = bufferPool(maxIdlePoolBytes);
  /** Buffers of activations, one set for each step that may be under way. */
  readonly #idleScratch: Scratch[] = [];
  readonly #rowIndex = BigInt64Array.from({ length: sliceRows }, (_, i) => BigInt(i));

  constructor(
    config: DecoderConfig,
    fingerprint: string,
    compiled: CompiledModel,
    settings: SessionSettings,
    onOpen: (done: number, total: number) => void = () => undefined,
  ) {
    this.config = config;
    this.fingerprint = fingerprint;
    let opened = 0;
    const open = (name: string) => {
      const session = openSession(join(compiled.path, `${name}.onnx`), settings);
      onOpen((opened += 1), config.layers + 3);
      return session;
    };
    this.#first = open(pieceNames.first);
    this.#mids = Array.from({ length: config.layers - 1 }, (_, layer) =>
      open(pieceNames.mid(layer)),
    );
    this.#last = open(pieceNames.last);
    this.#head = open(pieceNames.head);
    this.#attention = new Attention(config, open(pieceNames.attention), settings);
    this.#cachedRows = new CachedRows(config, settings);
    const note = compiled.notes['embedding'] as EmbeddingTableNote;
    this.#embeddings = openEmbeddingTable(
      join(compiled.path, weightFileName),
      note,
      config.hiddenSize,
    );
    this.#ropes = config.ropes.map(ropeTable);
  }

  newSequence(capacity: number): SequenceKv {
    return new PooledSequence(this.#sequences, this.config, capacity);
  }

  step(list: readonly SequenceRows[], options: StepOptions = {}): StepResult {
    const run = this.begin(list, options);
    while (!run.advance());
    return run.result;
  }

  begin(list: readonly SequenceRows[], options: StepOptions = {}): StepRun {
    const batch = layOut(list, this.config);
    const { stopAfterLayer: stop = this.config.layers } = options;
    if (!Number.isInteger(stop) || stop < 1 || stop > this.config.layers) {
      throw new InvalidStepError(
        `stopAfterLayer is ${stop}, but the model has ${this.config.layers} layers`,
      );
    }
    const dropped = new Set<number>();
    return stepRun(this.#layers(batch, dropped, options), dropped);
  }

  /** The whole step; pauses at every layer border, where `dropped` may have grown. */
  *#layers(
    batch: Batch,
    dropped: ReadonlySet<number>,
    options: StepOptions,
  ): Generator<undefined, StepResult> {
    const logits = Array.from({ length: batch.parts.length }, () => new Float32Array(0));
    const scratch = this.#idleScratch.pop() ?? new Scratch();
    try {
      let rows = batch;
      const state = this.#prepare(rows, scratch);
      if (options.stopAfterLayer === undefined) showWritten(rows);
      let tiles = tilesOf(rows);
      this.#runFirst(rows, state);
      for (let layer = 0; ; layer++) {
        yield;
        if (options.isCancelled?.()) throw new CancelledError();
        if (rows.parts.some(({ index }) => dropped.has(index))) {
          rows = this.#without(rows, dropped, state);
          tiles = tilesOf(rows);
        }
        if (rows.parts.length === 0) return { logits };
        this.#reportRows(rows, state, layer, options);
        this.#writeKv(rows, state, layer);
        if (layer === (options.stopAfterLayer ?? this.config.layers) - 1) break;
        const seen = tiles(this.config.attention[layer]!.window);
        rows.parts.forEach((part, i) => this.#attention.attend(part, seen[i]!, state, layer));
        this.#runMid(rows, state, layer);
      }
      if (options.stopAfterLayer === undefined) this.#finish(rows, state, logits, options);
      return { logits };
    } finally {
      this.#idleScratch.push(scratch);
    }
  }

  /** Closes up the rows of the sequences that stay. */
  #without(batch: Batch, dropped: ReadonlySet<number>, state: Activations): Batch {
    const { hiddenSize, heads, kvHeads, headDim } = this.config;
    const kept = batch.parts.filter(({ index }) => !dropped.has(index));
    closeUp(state.x, hiddenSize, kept);
    closeUp(state.q, heads * headDim, kept);
    for (const data of [state.k, state.v]) closeUp(data, kvHeads * headDim, kept);
    for (const { half, cos, sin } of state.turns) {
      for (const data of [cos, sin]) closeUp(data, half, kept);
    }
    return keepParts(batch, kept);
  }

  placeKv(
    sequence: SequenceKv,
    layer: number,
    position: number,
    count: number,
    keys: Float32Array,
    values: Float32Array,
  ): void {
    const { kvHeads, headDim } = this.config;
    this.#checkPlaced(sequence, layer, { position, count, keys, values });
    if (count === 0) return;
    const rope = this.#ropeOf(layer);
    rope?.ensure(position + count);
    const targetKeys = sequence.keys[layer]!;
    for (let head = 0; head < kvHeads; head++) {
      const from = head * count * headDim;
      const to = (head * sequence.capacity + position) * headDim;
      for (let i = 0; i < count; i++) {
        const step = i * headDim;
        rotate(rope, position + i, keys, from + step, targetKeys, to + step, headDim);
      }
      sequence.values[layer]!.set(values.subarray(from, from + count * headDim), to);
    }
  }

  placeHalves(sequence: SequenceKv, layer: number, rows: HalfRows): void {
    this.#checkPlaced(sequence, layer, rows);
    if (rows.count === 0) return;
    const rope = this.#ropeOf(layer);
    rope?.ensure(rows.position + rows.count);
    this.#cachedRows.place(sequence, layer, rope, rows);
  }

  attentionMass(sequence: SequenceKv, layer: number, q: Float32Array, span: number): Float32Array {
    checkSequence(sequence, this.config);
    return this.#cachedRows.attentionMass(sequence, layer, q, span);
  }

  #checkPlaced(
    sequence: SequenceKv,
    layer: number,
    { position, count, keys, values }: PlacedRows,
  ): void {
    const { kvHeads, headDim, layers } = this.config;
    checkSequence(sequence, this.config);
    if (!(layer >= 0 && layer < layers)) throw new InvalidStepError(`there is no layer ${layer}`);
    const numbers = kvHeads * count * headDim;
    if (keys.length !== numbers || values.length !== numbers) {
      throw new InvalidStepError(`${count} cached rows should have ${numbers} numbers`);
    }
    if (count === 0) return;
    if (!(position >= 0)) throw new InvalidStepError(`position is ${position}`);
    checkFits(sequence, position + count - 1, this.config);
  }

  close(): void {
    for (const session of [this.#first, ...this.#mids, this.#last, this.#head]) session.close();
    this.#attention.close();
    this.#cachedRows.close();
    this.#embeddings.close();
    this.#idleScratch.length = 0;
  }

  /** Looks up embeddings and RoPE rows, and takes buffers for the activations. */
  #prepare({ tokens, positions }: Batch, scratch: Scratch): Activations {
    const { hiddenSize, heads, kvHeads, headDim } = this.config;
    const rows = tokens.length;
    const state: Activations = {
      x: scratch.take('x', rows * hiddenSize),
      y: scratch.take('y', rows * hiddenSize),
      q: scratch.take('q', rows * heads * headDim),
      k: scratch.take('k', rows * kvHeads * headDim),
      v: scratch.take('v', rows * kvHeads * headDim),
      attended: scratch.take('attended', rows * heads * headDim),
      turns: this.#ropes.map((rope, i) => turnsOf(rope, positions, `turns ${i}`, scratch)),
    };
    this.#embeddings.lookup(tokens, state.x);
    scaleBy(this.config.embeddingScale, state.x);
    return state;
  }

  /** How the queries and keys of a layer turn; undefined if they do not. */
  #ropeOf(layer: number): RopeTable | undefined {
    const { rope } = this.config.attention[layer]!;
    return rope === undefined ? undefined : this.#ropes[rope];
  }

  #runFirst(batch: Batch, state: Activations): void {
    const { hiddenSize } = this.config;
    forSlices(batch.tokens.length, sliceRows, (start, rows) => {
      const x = rowsOf(state.x, start, rows, hiddenSize);
      this.#first.run(
        { x, ...this.#ropeInputs(state, 0, start, rows) },
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
        { attended, x, ...this.#ropeInputs(state, layer + 1, start, rows) },
        { y, ...this.#qkvOutputs(state, start, rows) },
      );
    });
    [state.x, state.y] = [state.y, state.x];
  }

  /** What turns the queries of `layer`. */
  #ropeInputs(
    { turns }: Activations,
    layer: number,
    start: number,
    rows: number,
  ): Record<string, TensorView> {
    const { rope } = this.config.attention[layer]!;
    if (rope === undefined) return {};
    const { half, cos, sin } = turns[rope]!;
    return {
      cos: rowsOf(cos, start, rows, half),
      sin: rowsOf(sin, start, rows, half),
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
    parts.forEach(({ index, start, end }) => {
      const rows = (data: Float32Array, width: number) => data.subarray(start * width, end * width);
      onLayer({
        layer,
        sequenceIndex: index,
        firstRow: 0,
        q: rows(q, heads * headDim),
        k: rows(k, kvHeads * headDim),
        v: rows(v, kvHeads * headDim),
      });
    });
  }

  /** Scatters fresh rows [rows, kvHeads * d] to their positions in [kvHeads][capacity][d]. */
  #writeKv({ parts, positions }: Batch, { k, v }: Activations, layer: number): void {
    const { kvHeads, headDim } = this.config;
    const rope = this.#ropeOf(layer);
    for (const { sequence, start, end } of parts) {
      const keys = sequence.keys[layer]!;
      const values = sequence.values[layer]!;
      for (let row = start; row < end; row++) {
        const position = positions[row]!;
        for (let head = 0; head < kvHeads; head++) {
          const from = (row * kvHeads + head) * headDim;
          const to = (head * sequence.capacity + position) * headDim;
          rotate(rope, position, k, from, keys, to, headDim);
          for (let i = 0; i < headDim; i++) values[to + i] = v[from + i]!;
        }
      }
    }
  }

  /** The last layer and the head, only for the rows whose logits are wanted; fills `logits` by index, in memory of one piece. */
  #finish(
    batch: Batch,
    state: Activations,
    logits: Float32Array<ArrayBuffer>[],
    options: StepOptions,
  ): void {
    const { hiddenSize, heads, headDim, vocabSize } = this.config;
    const wanted = batch.parts.filter(({ wantedStart, end }) => wantedStart < end);
    if (wanted.length === 0) return;
    for (const part of wanted) {
      const tiles = cutTiles(
        batch.positions,
        part.wantedStart,
        part.end,
        part.sequence.hidden,
        this.config.attention.at(-1)!.window,
      );
      this.#attention.attend(part, tiles, state, this.config.layers - 1);
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
    const all = new Float32Array(rows * vocabSize);
    forSlices(rows, headRows, (start, count) => {
      this.#head.run(
        { x: rowsOf(y, start, count, hiddenSize) },
        { logits: rowsOf(all, start, count, vocabSize) },
      );
    });
    let at = 0;
    for (const { index, wantedStart, end } of wanted) {
      const length = (end - wantedStart) * vocabSize;
      logits[index] = all.subarray(at, at + length);
      at += length;
    }
  }
}

/** The tiles of all parts, cut once for all layers that have the same window. */
function tilesOf({ parts, positions }: Batch): (window: number | undefined) => Tile[][] {
  const known = new Map<number | undefined, Tile[][]>();
  return (window) => {
    const found = known.get(window);
    if (found) return found;
    const tiles = parts.map(({ sequence, start, end }) =>
      cutTiles(positions, start, end, sequence.hidden, window),
    );
    known.set(window, tiles);
    return tiles;
  };
}

/** Cosines and sines of the rows at `positions`. */
function turnsOf(rope: RopeTable, positions: Int32Array, name: string, scratch: Scratch): RowTurns {
  const { half } = rope;
  rope.ensure(positions.reduce((most, position) => Math.max(most, position), 0) + 1);
  const cos = scratch.take(`${name} cos`, positions.length * half);
  const sin = scratch.take(`${name} sin`, positions.length * half);
  positions.forEach((position, i) => {
    cos.set(rope.cos.subarray(position * half, (position + 1) * half), i * half);
    sin.set(rope.sin.subarray(position * half, (position + 1) * half), i * half);
  });
  return { half, cos, sin };
}

function scaleBy(factor: number, data: Float32Array): void {
  if (factor === 1) return;
  for (let i = 0; i < data.length; i++) data[i]! *= factor;
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
