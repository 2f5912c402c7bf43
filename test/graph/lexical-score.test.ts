import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Postings } from '../../graph/sqlite/lexical-postings.ts';
import type { LexicalRows } from '../../graph/sqlite/lexical-rows.ts';
import { accumulator, bestByWords } from '../../graph/sqlite/lexical-score.ts';

const ROWS = 60;

/** For each word the places that hold it, each with how often. */
const words = fc.array(
  fc.dictionary(fc.integer({ min: 0, max: ROWS - 1 }).map(String), fc.integer({ min: 1, max: 5 }), {
    maxKeys: ROWS,
  }),
  { minLength: 1, maxLength: 5 },
);

function postingsOf(held: Readonly<Record<string, number>>): Postings {
  const places = Object.keys(held)
    .map(Number)
    .sort((a, b) => a - b);
  const count = places.length;
  return {
    places: Int32Array.from(places),
    frequencies: Float32Array.from(places, (place) => held[place]!),
    count,
    live: count,
  };
}

function rowsOf(lengths: readonly number[]): LexicalRows {
  const sum = lengths.reduce((a, b) => a + b, 0);
  const rows: Partial<LexicalRows> = { size: ROWS, live: ROWS, words: sum };
  return Object.assign(rows, {
    length: (place: number) => lengths[place]!,
    document: (place: number) => place,
  }) as LexicalRows;
}

describe('the best places by words', () => {
  it('are those that scoring every place gives, however few are asked for', () => {
    const lengths = fc.array(fc.integer({ min: 5, max: 40 }), { minLength: ROWS, maxLength: ROWS });
    fc.assert(
      fc.property(words, lengths, fc.integer({ min: 1, max: 12 }), (lists, rowLengths, limit) => {
        const rows = rowsOf(rowLengths);
        const postings = lists.map(postingsOf);
        const best = (most: number): { place: number; score: number }[] =>
          bestByWords(postings, rows, undefined, most, accumulator()).toSorted(
            (a, b) => b.score - a.score || a.place - b.place,
          );
        const all = best(ROWS);
        const few = best(limit);
        const least = all[Math.min(limit, all.length) - 1]?.score ?? 0;
        expect(few).toEqual(all.filter(({ score }) => score >= least));
      }),
      { numRuns: 300 },
    );
  });
});
