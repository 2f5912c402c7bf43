/**
 * Rotary position embedding (Su et al. 2021, arXiv:2104.09864) in the half-split form of Hugging Face
 * checkpoints: component i turns together with component i + d/2.
 *
 * Angles are made exactly as transformers makes them (float32 frequencies, float32 products): at
 * position 4096 a more precise angle would differ from it by 2e-4.
 */

export interface RopeTable {
  /** Cosines and sines of all positions so far, [positions][d/2]; grow with `ensure`. */
  cos: Float32Array;
  sin: Float32Array;
  /** Makes the table hold at least `positions` positions. */
  ensure(positions: number): void;
}

export function ropeTable(headDim: number, theta: number): RopeTable {
  const half = headDim / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => {
    const exponent = Math.fround((2 * i) / headDim);
    return 1 / Math.fround(theta ** exponent);
  });
  const table: RopeTable = { cos: new Float32Array(0), sin: new Float32Array(0), ensure };
  function ensure(positions: number): void {
    const known = table.cos.length / half;
    if (known >= positions) return;
    const size = Math.max(positions, Math.min(2 * known, known + 4096), 256);
    const cos = new Float32Array(size * half);
    const sin = new Float32Array(size * half);
    cos.set(table.cos);
    sin.set(table.sin);
    for (let position = known; position < size; position++) {
      for (let i = 0; i < half; i++) {
        const angle = Math.fround(position * frequencies[i]!);
        cos[position * half + i] = Math.cos(angle);
        sin[position * half + i] = Math.sin(angle);
      }
    }
    table.cos = cos;
    table.sin = sin;
  }
  return table;
}

/** Turns `source[from .. from + d)` to `position` and writes it to `target[to .. to + d)`. */
export function rotate(
  table: RopeTable,
  position: number,
  source: Float32Array,
  from: number,
  target: Float32Array,
  to: number,
  headDim: number,
): void {
  const half = headDim >> 1;
  const { cos, sin } = table;
  const row = position * half;
  for (let i = 0; i < half; i++) {
    const a = source[from + i]!;
    const b = source[from + half + i]!;
    const c = cos[row + i]!;
    const s = sin[row + i]!;
    target[to + i] = a * c - b * s;
    target[to + half + i] = b * c + a * s;
  }
}
