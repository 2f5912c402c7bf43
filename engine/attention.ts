/** Attention of a sequence's rows over its own keys and values, tile by tile. */
import type { BatchPart } from './batch.ts';
import { float32, type Session, type TensorView } from './session.ts';
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

  /** @param masked the graph of tiles with a mask; it is closed with this object */
  constructor(config: DecoderConfig, masked: Session) {
    this.#config = config;
    this.#masked = masked;
  }

  /** Reads the keys and values of `layer`, which hold the rows themselves, too. */
  attend(
    { sequence }: BatchPart,
    tiles: readonly Tile[],
    rows: AttentionRows,
    layer: number,
  ): void {
    for (const tile of tiles) this.#attendTile(sequence, tile, rows, layer);
  }

  close(): void {
    this.#masked.close();
  }

  #attendTile(
    sequence: SequenceKv,
    { start, rows, first, length, mask }: Tile,
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
}
