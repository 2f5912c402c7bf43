import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../graph/index.ts';
import { orderByCoverage } from '../../retrieval/coverage-order.ts';
import { TermCache } from '../../retrieval/index.ts';
import type { Candidate } from '../../retrieval/types.ts';

function candidate(id: string, score: number, text: string): Candidate {
  const chunk = { id, headingPath: [''], text } as unknown as Chunk;
  return {
    chunk,
    score,
    lexical: undefined,
    dense: undefined,
    link: undefined,
    round: 1,
    via: undefined,
  };
}

function order(candidates: readonly Candidate[], terms: readonly string[], gain = 1) {
  return orderByCoverage(candidates, { terms, weight: () => 1, cache: new TermCache(), gain });
}

const ids = (ordered: ReturnType<typeof order>): string[] =>
  ordered.map((each) => each.candidate.chunk.id);

describe('order by coverage', () => {
  it('puts a chunk that says the rest before a better one that says the same again', () => {
    const candidates = [
      candidate('a', 1, 'harbour bridge'),
      candidate('b', 0.9, 'bridge harbour'),
      candidate('c', 0.7, 'tunnel'),
    ];
    expect(ids(order(candidates, ['harbour', 'bridg', 'tunnel']))).toEqual(['a', 'c', 'b']);
    expect(ids(order(candidates, ['harbour', 'bridg', 'tunnel'], 0))).toEqual(['a', 'b', 'c']);
  });

  it('keeps every chunk once and never ranks one above another of more worth', () => {
    const words = fc.constantFrom('harbour', 'tunnel', 'lamp', 'mill', 'quarry');
    const many = fc.array(fc.tuple(fc.double({ min: 0, max: 2, noNaN: true }), fc.array(words)), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(many, (items) => {
        const candidates = items
          .map(([score, text], i) => candidate(`c${i}`, score, text.join(' ')))
          .toSorted((a, b) => b.score - a.score);
        const ordered = order(candidates, ['harbour', 'tunnel', 'lamp']);
        expect(ids(ordered).toSorted()).toEqual(candidates.map(({ chunk }) => chunk.id).toSorted());
        const worths = ordered.map(({ worth }) => worth);
        expect(worths).toEqual(worths.toSorted((a, b) => b - a));
      }),
    );
  });

  it('leaves the order alone for a question without words', () => {
    expect(ids(order([candidate('a', 2, 'x'), candidate('b', 1, 'y')], []))).toEqual(['a', 'b']);
  });
});
