/**
 * Cuts the rows of one sequence into tiles for attention. A tile sees keys and values only up to its
 * last position, and in a layer with a sliding window only from where its first row's window begins, so short tiles waste less where positions are sparse; long tiles keep the matrix
 * products efficient where rows are dense.
 */

export interface Tile {
  /** First row, and number of rows. */
  readonly start: number;
  readonly rows: number;
  /** Keys that the tile sees: positions [first, first + length). */
  readonly first: number;
  readonly length: number;
  /** [rows, length]: 0 where a row may look, very negative where the position lies after its own, before its window, or is hidden. */
  readonly mask: Float32Array;
  /** Of a single row: it may look at all keys of the tile, and needs no mask. */
  readonly seesAll: boolean;
}

/** Short tiles look at few keys in vain where positions are sparse; shorter ones leave a product without its second thread. */
const minRows = 24;
const maxRows = 256;
const growth = 16;
/** Bound on rows * length, so that a tile's scores of one head stay within the L2 cache. */
const maxScores = 131_072;
/** exp(x + hidden) is exactly 0 in float32 for every score x. */
const hidden = -1e9;

/**
 * Tiles of rows [start, end) with ascending `positions`; nobody looks at the positions `unseen`, ascending.
 * @param window a row sees this many positions, its own included; undefined: all before it
 */
export function cutTiles(
  positions: Int32Array,
  start: number,
  end: number,
  unseen: Int32Array,
  window = Number.POSITIVE_INFINITY,
): Tile[] {
  const tiles: Tile[] = [];
  for (let at = start; at < end;) {
    const rows = tileRows(positions, at, end, window);
    const first = Math.max(0, positions[at]! - window + 1);
    const length = positions[at + rows - 1]! + 1 - first;
    const mask = new Float32Array(rows * length);
    for (let row = 0; row < rows; row++) {
      const line = mask.subarray(row * length, (row + 1) * length);
      maskRow(line, positions[at + row]! - first, window, first, unseen);
    }
    const seesAll = rows === 1 && !mask.includes(hidden);
    tiles.push({ start: at, rows, first, length, mask, seesAll });
    at += rows;
  }
  return tiles;
}

function tileRows(positions: Int32Array, at: number, end: number, window: number): number {
  const available = Math.min(maxRows, end - at);
  let rows = Math.min(minRows, available);
  const first = Math.max(0, positions[at]! - window + 1);
  while (rows < available) {
    const next = Math.min(rows + growth, available);
    const last = positions[at + next - 1]!;
    const span = last - positions[at]!;
    const isDense = span <= Math.max(maxRows, 0.12 * positions[at]!);
    if (!isDense || next * (last + 1 - first) > maxScores) break;
    rows = next;
  }
  return rows;
}

/** `own`: the row's position counted from `first`, the tile's first key. */
function maskRow(
  line: Float32Array,
  own: number,
  window: number,
  first: number,
  unseen: Int32Array,
): void {
  line.fill(hidden, own + 1);
  line.fill(hidden, 0, Math.max(0, own - window + 1));
  for (let i = 0; i < unseen.length; i++) {
    const at = unseen[i]! - first;
    if (at >= line.length) break;
    if (at >= 0) line[at] = hidden;
  }
}
