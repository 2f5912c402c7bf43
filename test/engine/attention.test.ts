import { describe, expect, it } from 'vitest';
import { Attention } from '../../engine/attention.ts';
import type { DecoderConfig, SequenceKv } from '../../engine/index.ts';
import { attentionGraph } from '../../engine/onnx/decoder-graphs.ts';
import { openSessionFromBytes } from '../../engine/session.ts';
import { cutTiles } from '../../engine/tiles.ts';
import { maxDifference, seededRandom } from './support/fixtures.ts';

const settings = { threads: 2, preciseInt8: false };
const capacity = 700;
const none = new Int32Array(0);

interface Shape {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly attentionSoftCap: number | undefined;
}

/** The row at the last of `length` positions, through the tile as it is cut and through the same with its mask. */
function bothWays(shape: Shape, length: number, window?: number): [Float32Array, Float32Array] {
  const config = { ...shape, attentionScale: shape.headDim ** -0.5 } as DecoderConfig;
  const masked = openSessionFromBytes(attentionGraph(config).encode('masked'), settings);
  const attention = new Attention(config, masked, settings);
  const random = seededRandom(length);
  const fill = (count: number) => Float32Array.from({ length: count }, () => 4 * random() - 2);
  const memory = () => [fill(shape.kvHeads * capacity * shape.headDim)];
  const sequence = { capacity, keys: memory(), values: memory() } as unknown as SequenceKv;
  const part = { index: 0, sequence, start: 0, end: 1, wantedStart: 1 };
  const q = fill(shape.heads * shape.headDim);
  const [tile] = cutTiles(Int32Array.of(length - 1), 0, 1, none, window);
  expect(tile!.seesAll).toBe(true);
  const ways = [true, false].map((seesAll) => {
    const attended = new Float32Array(q.length);
    attention.attend(part, [{ ...tile!, seesAll }], { q, attended }, 0);
    return attended;
  });
  attention.close();
  return ways as [Float32Array, Float32Array];
}

describe('attention of a single row', () => {
  it.each([
    ['grouped heads', { heads: 14, kvHeads: 2, headDim: 64, attentionSoftCap: undefined }],
    ['a head for each query', { heads: 4, kvHeads: 4, headDim: 32, attentionSoftCap: undefined }],
    ['one head for all', { heads: 5, kvHeads: 1, headDim: 20, attentionSoftCap: undefined }],
    ['a soft cap', { heads: 4, kvHeads: 2, headDim: 16, attentionSoftCap: 3 }],
  ])('is what the masked tile makes of it: %s', (_, shape) => {
    for (const length of [1, 2, 63, 64, 65, 640]) {
      const [row, tile] = bothWays(shape, length);
      expect(maxDifference(row, tile)).toBeLessThan(1e-6);
    }
    const [row, tile] = bothWays(shape, 640, 100);
    expect(maxDifference(row, tile)).toBeLessThan(1e-6);
  });

  it('goes with a mask where a position is hidden from it, and only there', () => {
    const tileOf = (unseen: number[], window?: number) =>
      cutTiles(Int32Array.of(200), 0, 1, Int32Array.from(unseen), window)[0]!;
    expect(tileOf([7]).seesAll).toBe(false);
    expect(tileOf([7], 100).seesAll).toBe(true); // its window begins behind the hidden one
    expect(tileOf([300]).seesAll).toBe(true);
    expect(cutTiles(Int32Array.of(5, 6), 0, 2, none)[0]!.seesAll).toBe(false);
  });
});
