/**
 * Cuts the rows of one sequence into tiles for attention. A tile sees keys and values only up to its
 * last position, so short tiles waste less where positions are sparse; long tiles keep the matrix
 * products efficient where rows are dense.
 */

export interface Tile {
  /** First row, and number of rows. */
  readonly start: number;
  readonly rows: number;
  /** Keys that the tile sees: positions [0, length). */
  readonly length: number;
  /** [rows, length]: 0 where a row may look, very negative where the position lies after its own or is hidden. */
  readonly mask: Float32Array;
}

const minRows = 32;
const maxRows = 256;
const growth = 16;
/** Bound on rows * length, so that a tile's scores of one head stay within the L2 cache. */
const maxScores = 131_072;
/** exp(x + hidden) is exactly 0 in float32 for every score x. */
const hidden = -1e9;

/** Tiles of rows [start, end) with ascending `positions`; nobody looks at the positions `unseen`, ascending. */
export function cutTiles(
  positions: Int32Array,
  start: number,
  end: number,
  unseen: Int32Array,
): Tile[] {
  const tiles: Tile[] = [];
  for (let at = start; at < end;) {
    const rows = tileRows(positions, at, end);
    const length = positions[at + rows - 1]! + 1;
    tiles.push({ start: at, rows, length, mask: causalMask(positions, at, rows, length, unseen) });
    at += rows;
  }
  return tiles;
}

function tileRows(positions: Int32Array, at: number, end: number): number {
  const available = Math.min(maxRows, end - at);
  let rows = Math.min(minRows, available);
  while (rows < available) {
    const next = Math.min(rows + growth, available);
    const last = positions[at + next - 1]!;
    const span = last - positions[at]!;
    const isDense = span <= Math.max(maxRows, 0.12 * positions[at]!);
    if (!isDense || next * (last + 1) > maxScores) break;
    rows = next;
  }
  return rows;
}

function causalMask(
  positions: Int32Array,
  at: number,
  rows: number,
  length: number,
  unseen: Int32Array,
): Float32Array {
  const mask = new Float32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    mask.fill(hidden, row * length + positions[at + row]! + 1, (row + 1) * length);
    for (let i = 0; i < unseen.length && unseen[i]! < length; i++) {
      mask[row * length + unseen[i]!] = hidden;
    }
  }
  return mask;
}
