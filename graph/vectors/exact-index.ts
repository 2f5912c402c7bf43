/** Exact search over vectors in memory: the reference, and the fastest way for a few thousand. */
import { startSlices } from './slices.ts';
import { dot, topK } from './top-k.ts';
import type { ScoredLabel } from './top-k.ts';

export interface ExactIndex {
  readonly size: number;
  labels(): number[];
  has(label: number): boolean;
  /** A view, valid until the next change. */
  vector(label: number): Float32Array;
  add(label: number, vector: Float32Array): void;
  remove(label: number): void;
  /** The index must not change until the promise settles. */
  search(
    query: Float32Array,
    limit: number,
    allows?: (label: number) => boolean,
  ): Promise<ScoredLabel[]>;
}

const ROWS_PER_CHECK = 2_048;

export function exactIndex(dim: number): ExactIndex {
  let rows = new Float32Array(64 * dim); // [capacity][dim]
  const labels: number[] = []; // by row
  const rowOf = new Map<number, number>();

  const reserve = (count: number): void => {
    if (count * dim <= rows.length) return;
    const larger = new Float32Array(Math.max(rows.length * 2, count * dim));
    larger.set(rows);
    rows = larger;
  };

  return {
    get size() {
      return labels.length;
    },
    labels: () => [...labels],
    has: (label) => rowOf.has(label),
    vector: (label) => {
      const row = rowOf.get(label)!;
      return rows.subarray(row * dim, (row + 1) * dim);
    },
    add: (label, vector) => {
      if (rowOf.has(label)) return;
      reserve(labels.length + 1);
      rows.set(vector, labels.length * dim);
      rowOf.set(label, labels.length);
      labels.push(label);
    },
    remove: (label) => {
      const row = rowOf.get(label);
      if (row === undefined) return;
      const last = labels.length - 1; // the last row fills the gap
      const moved = labels[last]!;
      rows.copyWithin(row * dim, last * dim, (last + 1) * dim);
      labels[row] = moved;
      rowOf.set(moved, row);
      labels.pop();
      rowOf.delete(label);
    },
    search: async (query, limit, allows) => {
      const best = topK(limit);
      const pause = startSlices();
      for (let row = 0; row < labels.length; row++) {
        const label = labels[row]!;
        if (!allows || allows(label)) best.offer(label, dot(query, rows, row * dim));
        if (row % ROWS_PER_CHECK === ROWS_PER_CHECK - 1) await pause();
      }
      return best.best();
    },
  };
}
