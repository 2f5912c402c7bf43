/** BM25 over kept postings: the same numbers as `bm25()` of FTS5, which the tests compare. */
import type { AllowsDocument } from './document-filters.ts';
import type { Postings } from './lexical-postings.ts';
import type { LexicalRows } from './lexical-rows.ts';

/** As FTS5 has them. */
const K1 = 1.2;
const B = 0.75;
/** FTS5 gives a word that more than half of the rows hold this weight instead of a negative one. */
const LEAST_IDF = 1e-6;
/** Sums of the same numbers differ in their last digits. */
const ROUNDING = 1 + 1e-9;

export interface ScoredPlace {
  readonly place: number;
  readonly score: number;
}

/** Reused between searches: as long as there are rows, and all zero between calls. */
export interface Accumulator {
  scores: Float64Array;
  touched: Int32Array;
}

export function accumulator(): Accumulator {
  return { scores: new Float64Array(0), touched: new Int32Array(0) };
}

/**
 * Places with the `limit` highest scores, and all that are equal to the last of them; in no order.
 * Rare words come first: once the words that are left cannot lift a new place among the best, they only add to the
 * places that are known (MaxScore of Turtle and Flood, 1995).
 */
export function bestByWords(
  postings: readonly Postings[],
  rows: LexicalRows,
  allows: AllowsDocument | undefined,
  limit: number,
  sums: Accumulator,
): ScoredPlace[] {
  if (sums.scores.length < rows.size) {
    sums.scores = new Float64Array(rows.size + (rows.size >> 2));
    sums.touched = new Int32Array(sums.scores.length);
  }
  const { scores, touched } = sums;
  const average = rows.words / Math.max(1, rows.live);
  const lists = postings
    .map((list) => ({ ...list, idf: idf(list.live, rows.live) }))
    .toSorted((a, b) => b.idf - a.idf);
  let open = lists.reduce((sum, list) => sum + list.idf * (K1 + 1), 0);
  let isClosed = false;
  let count = 0;
  for (const { places, frequencies, count: length, idf: weight } of lists) {
    if (!isClosed && length > count && count >= limit)
      isClosed = open * ROUNDING < leastOfBest(touched.subarray(0, count), scores, limit);
    open -= weight * (K1 + 1);
    for (let i = 0; i < length; i++) {
      const place = places[i]!;
      const known = scores[place]!;
      if (known === 0 && isClosed) continue;
      const words = rows.length(place);
      if (words === 0) continue;
      if (known === 0) {
        if (allows && !allows(rows.document(place))) continue;
        touched[count++] = place;
      }
      const frequency = frequencies[i]!;
      scores[place] =
        known +
        (weight * frequency * (K1 + 1)) / (frequency + K1 * (1 - B + (B * words) / average));
    }
  }
  const found = touched.subarray(0, count);
  const least = leastOfBest(found, scores, limit);
  const best: ScoredPlace[] = [];
  for (const place of found) {
    if (scores[place]! >= least) best.push({ place, score: scores[place]! });
    scores[place] = 0;
  }
  return best;
}

function idf(holding: number, all: number): number {
  return Math.max(LEAST_IDF, Math.log((all - holding + 0.5) / (holding + 0.5)));
}

/** The score that the `limit` best reach, by a heap of that size; 0 if there are no more places. */
function leastOfBest(places: Int32Array, scores: Float64Array, limit: number): number {
  if (limit <= 0) return Infinity;
  if (places.length <= limit) return 0;
  const heap = new Float64Array(limit); // the smallest on top
  for (let i = 0; i < places.length; i++) {
    const score = scores[places[i]!]!;
    if (i < limit) {
      heap[i] = score;
      if (i === limit - 1) heap.sort();
    } else if (score > heap[0]!) sink(heap, score);
  }
  return heap[0]!;
}

/** Puts `score` in place of the smallest. */
function sink(heap: Float64Array, score: number): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++;
    if (heap[child]! >= score) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = score;
}
