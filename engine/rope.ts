/**
 * Rotary position embedding (Su et al. 2021, arXiv:2104.09864) in the half-split form of Hugging Face
 * checkpoints: of the components that turn, number i turns together with number i + half. Frequencies come from
 * checkpoint/rope-config.ts.
 *
 * Angles are made exactly as transformers makes them (float32 products): at position 4096 a more precise
 * angle would differ from it by 2e-4.
 */
import type { RopeSettings } from './types.ts';

export interface RopeTable {
  /** Pairs of components that turn; the components behind them pass through. */
  readonly half: number;
  /** Cosines and sines of all positions so far, [positions][half]; grow with `ensure`. */
  cos: Float32Array;
  sin: Float32Array;
  /** Makes the table hold at least `positions` positions. */
  ensure(positions: number): void;
}

export function ropeTable({ frequencies, amplitude }: RopeSettings): RopeTable {
  const half = frequencies.length;
  const table: RopeTable = { half, cos: new Float32Array(0), sin: new Float32Array(0), ensure };
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
        cos[position * half + i] = Math.cos(angle) * amplitude;
        sin[position * half + i] = Math.sin(angle) * amplitude;
      }
    }
    table.cos = cos;
    table.sin = sin;
  }
  return table;
}

/**
 * Turns `source[from .. from + d)` to `position` and writes it to `target[to .. to + d)`; without a table (a layer
 * that knows no positions) it copies.
 */
export function rotate(
  table: RopeTable | undefined,
  position: number,
  source: Float32Array,
  from: number,
  target: Float32Array,
  to: number,
  headDim: number,
): void {
  const half = table?.half ?? 0;
  if (table) {
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
  for (let i = 2 * half; i < headDim; i++) target[to + i] = source[from + i]!;
}
