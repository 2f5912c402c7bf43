/**
 * Weights in blocks along the input axis, each with a scale of its own, as the operator MatMulNBits wants them: an
 * outlier spoils its own block only, where one scale a row would leave the rest of the row few bits.
 */
import type { LinearPart } from '../checkpoint/decoder-tensors.ts';

/** Input channels per scale. */
export const blockSize = 32;

export type BlockBits = 4 | 8;

/** Quantised rows: unsigned numbers around the middle, packed low bits first, and the scale of each block. */
export interface BlockRows {
  /** [rows, blocks, blockSize * bits / 8] */
  readonly packed: Uint8Array;
  /** [rows, blocks] */
  readonly scales: Float32Array;
}

export function blocksPerRow(inSize: number): number {
  return Math.ceil(inSize / blockSize);
}

/** Rows of `weights` [rows, inSize], symmetric around zero; the last block of a row is filled up with zeros. */
export function quantiseBlocks(weights: Float32Array, inSize: number, bits: BlockBits): BlockRows {
  const rows = weights.length / inSize;
  const blocks = blocksPerRow(inSize);
  const middle = 2 ** (bits - 1);
  const scales = new Float32Array(rows * blocks);
  const bytes = (blockSize * bits) / 8;
  const packed = new Uint8Array(rows * blocks * bytes).fill(
    bits === 8 ? middle : (middle << 4) | middle,
  );
  for (let row = 0; row < rows; row++) {
    for (let block = 0; block < blocks; block++) {
      const from = row * inSize + block * blockSize;
      const to = Math.min(from + blockSize, (row + 1) * inSize);
      const at = row * blocks + block;
      const scale = scaleOf(weights, from, to, middle);
      scales[at] = scale;
      if (scale === 0) continue;
      for (let i = from; i < to; i++) {
        const value = Math.round(weights[i]! / Math.fround(scale)) + middle;
        put(packed, at * bytes, i - from, Math.min(2 * middle - 1, Math.max(0, value)), bits);
      }
    }
  }
  return { packed, scales };
}

/**
 * The range reaches one step further down than up: with few bits the scale may be negative, so that the number with the
 * largest magnitude takes the longer side.
 */
function scaleOf(weights: Float32Array, from: number, to: number, middle: number): number {
  let extreme = 0;
  for (let i = from; i < to; i++) {
    if (Math.abs(weights[i]!) > Math.abs(extreme)) extreme = weights[i]!;
  }
  return middle === 128 ? Math.abs(extreme) / 127 : extreme / -middle;
}

function put(packed: Uint8Array, start: number, i: number, value: number, bits: BlockBits): void {
  if (bits === 8) packed[start + i] = value;
  else if (i % 2 === 0) packed[start + (i >> 1)] = (packed[start + (i >> 1)]! & 0xf0) | value;
  else packed[start + (i >> 1)] = (packed[start + (i >> 1)]! & 0x0f) | (value << 4);
}

/** Name of a linear layer made of parts, for its constants. */
export function labelOf(parts: readonly LinearPart[]): string {
  return parts.map(({ module, firstRow }) => `${module}${firstRow ?? ''}`).join('+');
}
