export interface ScoredLabel {
  readonly label: number;
  /** Cosine similarity. */
  readonly score: number;
}

/** Collects the `limit` best of many; ties go to the smaller label. */
export interface TopK {
  offer(label: number, score: number): void;
  /** Best first. */
  best(): ScoredLabel[];
}

export function topK(limit: number): TopK {
  const kept: ScoredLabel[] = []; // best first; `limit` is small, so insertion is cheap
  return {
    offer: (label, score) => {
      const last = kept[kept.length - 1];
      if (kept.length >= limit && (!last || score < last.score)) return;
      const entry = { label, score };
      let at = kept.length;
      while (at > 0 && isBetter(entry, kept[at - 1]!)) at--;
      kept.splice(at, 0, entry);
      if (kept.length > limit) kept.pop();
    },
    best: () => [...kept],
  };
}

function isBetter(a: ScoredLabel, b: ScoredLabel): boolean {
  return a.score > b.score || (a.score === b.score && a.label < b.label);
}

/** Dot product of `query` with the row that starts at `offset`. */
export function dot(query: Float32Array, rows: Float32Array, offset: number): number {
  let sum = 0;
  for (let i = 0; i < query.length; i++) sum += query[i]! * rows[offset + i]!;
  return sum;
}

/** A copy at unit length; a zero vector stays zero. */
export function unitVector(vector: Float32Array): Float32Array {
  const norm = Math.sqrt(dot(vector, vector, 0));
  return norm === 0 ? vector.slice() : vector.map((value) => value / norm);
}
