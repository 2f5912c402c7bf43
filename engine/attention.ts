/** Attention of a sequence's rows over its own keys and values, tile by tile. */
import type { BatchPart } from './batch.ts';
import { rowAttentionGraph } from './onnx/row-attention-graph.ts';
import {
  float32,
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
  /** The result, [rows, heads * d]. */
  readonly attended: Float32Array;
}

export class Attention {
  readonly #config: DecoderConfig;
  readonly #masked: Session;
  readonly #row: Session;

  /** @param masked the graph of tiles with a mask; it is closed with this object */
  constructor(config: DecoderConfig, masked: Session, settings: SessionSettings) {
    this.#config = config;
    this.#masked = masked;
    this.#row = openSessionFromBytes(rowAttentionGraph(config).encode('row attention'), settings);
  }

  /** Reads the keys and values of `layer`, which hold the rows themselves, too. */
  attend(
    { sequence }: BatchPart,
    tiles: readonly Tile[],
    rows: AttentionRows,
    layer: number,
  ): void {
    for (const tile of tiles) {
      if (tile.rows === 1 && tile.seesAll) this.#attendRow(sequence, tile, rows, layer);
      else this.#attendTile(sequence, tile, rows, layer);
    }
  }

  close(): void {
    this.#masked.close();
    this.#row.close();
  }

  #attendRow(
    sequence: SequenceKv,
    tile: Tile,
    { q, attended }: AttentionRows,
    layer: number,
  ): void {
    const { heads, kvHeads, headDim } = this.#config;
    const size = (heads / kvHeads) * headDim;
    const dims = [heads / kvHeads, headDim];
    const inputs = this.#keysAndValues(sequence, tile, layer);
    const outputs: Record<string, TensorView> = {};
    for (let head = 0; head < kvHeads; head++) {
      const from = tile.start * heads * headDim + head * size;
      inputs[`q${head}`] = float32(q.subarray(from, from + size), dims);
      outputs[`attended${head}`] = float32(attended.subarray(from, from + size), dims);
    }
    this.#row.run(inputs, outputs);
  }

  #attendTile(
    sequence: SequenceKv,
    tile: Tile,
    { q, attended }: AttentionRows,
    layer: number,
  ): void {
    const { start, rows, length, mask } = tile;
    const width = this.#config.heads * this.#config.headDim;
    const part = (data: Float32Array): TensorView =>
      float32(data.subarray(start * width, (start + rows) * width), [rows, width]);
    const inputs = this.#keysAndValues(sequence, tile, layer);
    inputs['q'] = part(q);
    inputs['mask'] = float32(mask, [rows, length]);
    this.#masked.run(inputs, { attended: part(attended) });
  }

  /** For each key/value head h, `k<h>` and `v<h>` [length, d], where they lie. */
  #keysAndValues(
    sequence: SequenceKv,
    { first, length }: Tile,
    layer: number,
  ): Record<string, TensorView> {
    const { kvHeads, headDim } = this.#config;
    const [keys, values] = [sequence.keys[layer]!, sequence.values[layer]!];
    const inputs: Record<string, TensorView> = {};
    const dims = [length, headDim];
    for (let head = 0; head < kvHeads; head++) {
      const from = (head * sequence.capacity + first) * headDim;
      const to = from + length * headDim;
      inputs[`k${head}`] = float32(keys.subarray(from, to), dims);
      inputs[`v${head}`] = float32(values.subarray(from, to), dims);
    }
    return inputs;
  }
}
