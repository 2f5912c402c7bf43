/** Attention of a sequence's rows over its own keys and values, tile by tile. */
import type { BatchPart } from './batch.ts';
import { denseAttentionGraph } from './onnx/dense-attention-graph.ts';
import type { Scratch } from './scratch.ts';
import {
  float32,
  int32,
  openSessionFromBytes,
  type Session,
  type SessionSettings,
  type TensorView,
} from './session.ts';
import type { Tile } from './tiles.ts';
import type { DecoderConfig, SequenceKv } from './types.ts';

/** Of all rows of a step. */
interface AttentionRows {
  /** Queries after RoPE, [rows, heads * d]. */
  readonly q: Float32Array;
  /** [rows, kvHeads * d] */
  readonly v: Float32Array;
  /** The result, [rows, heads * d]. */
  readonly attended: Float32Array;
}

export class Attention {
  readonly #config: DecoderConfig;
  readonly #masked: Session;
  readonly #dense: Session;

  /** Whether it takes tiles without a mask: the runtime's operator wants heads of whole vectors. */
  readonly isDense: boolean;

  /** @param masked the graph of tiles with a mask; it is closed with this object */
  constructor(config: DecoderConfig, masked: Session, settings: SessionSettings) {
    this.#config = config;
    this.#masked = masked;
    this.isDense = config.headDim % 8 === 0;
    this.#dense = openSessionFromBytes(
      denseAttentionGraph(config).encode('dense attention'),
      settings,
    );
  }

  /** Reads the keys and values of `layer`, which hold the rows themselves, too. */
  attend(
    { sequence }: BatchPart,
    tiles: readonly Tile[],
    rows: AttentionRows,
    layer: number,
    scratch: Scratch,
  ): void {
    for (const tile of tiles) {
      if (tile.mask) this.#attendMasked(sequence, tile, tile.mask, rows, layer);
      else this.#attendDense(sequence, tile, rows, layer, scratch);
    }
  }

  close(): void {
    this.#masked.close();
    this.#dense.close();
  }

  #attendMasked(
    sequence: SequenceKv,
    { start, rows, first, length }: Tile,
    mask: Float32Array,
    { q, attended }: AttentionRows,
    layer: number,
  ): void {
    const { heads, kvHeads, headDim } = this.#config;
    const width = heads * headDim;
    const part = (data: Float32Array): TensorView =>
      float32(data.subarray(start * width, (start + rows) * width), [rows, width]);
    const inputs: Record<string, TensorView> = { q: part(q), mask: float32(mask, [rows, length]) };
    for (let head = 0; head < kvHeads; head++) {
      const from = (head * sequence.capacity + first) * headDim;
      const to = from + length * headDim;
      const dims = [length, headDim];
      inputs[`k${head}`] = float32(sequence.keys[layer]!.subarray(from, to), dims);
      inputs[`v${head}`] = float32(sequence.values[layer]!.subarray(from, to), dims);
    }
    this.#masked.run(inputs, { attended: part(attended) });
  }

  #attendDense(
    sequence: SequenceKv,
    { start, rows, length }: Tile,
    { q, v, attended }: AttentionRows,
    layer: number,
    scratch: Scratch,
  ): void {
    const { heads, kvHeads, headDim } = this.#config;
    const part = (data: Float32Array, width: number): TensorView =>
      float32(data.subarray(start * width, (start + rows) * width), [1, rows, width]);
    const turned = scratch.take('turned keys', rows * kvHeads * headDim);
    copyRows(sequence, layer, length - rows, this.#config, turned);
    const memory = (data: Float32Array): TensorView =>
      float32(data, [1, kvHeads, sequence.capacity, headDim]);
    const keys = memory(sequence.keys[layer]!);
    const values = memory(sequence.values[layer]!);
    this.#dense.run(
      {
        q: part(q, heads * headDim),
        k: float32(turned, [1, rows, kvHeads * headDim]),
        v: part(v, kvHeads * headDim),
        keys,
        values,
        last: int32(Int32Array.of(length - 1), [1]),
        length: int32(Int32Array.of(length), []),
      },
      { attended: part(attended, heads * headDim), keys_out: keys, values_out: values },
    );
  }
}

/** Keys of the sequence from `position` on -> [rows, kvHeads * d], as many as `into` holds. */
function copyRows(
  { keys, capacity }: SequenceKv,
  layer: number,
  position: number,
  { kvHeads, headDim }: DecoderConfig,
  into: Float32Array,
): void {
  const rows = into.length / (kvHeads * headDim);
  for (let row = 0; row < rows; row++) {
    for (let head = 0; head < kvHeads; head++) {
      const from = (head * capacity + position + row) * headDim;
      into.set(keys[layer]!.subarray(from, from + headDim), (row * kvHeads + head) * headDim);
    }
  }
}
