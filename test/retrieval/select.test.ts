import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../graph/index.ts';
import { TermCache } from '../../retrieval/index.ts';
import { selectContext } from '../../retrieval/select.ts';
import type { Candidate } from '../../retrieval/types.ts';

function candidate(id: string, score: number, text: string, from?: string): Candidate {
  const chunk = { id, headingPath: [''], text, tokenCount: 100 } as unknown as Chunk;
  const via = from && {
    entityId: 'e',
    entityName: 'E',
    fromChunkId: from,
    span: { start: 0, end: 1 },
  };
  return {
    chunk,
    score,
    lexical: undefined,
    dense: undefined,
    link: undefined,
    round: 1,
    via: via || undefined,
  };
}

const A = candidate('a', 3, 'the lamp of the harbour');
const B = candidate('b', 2, 'a tunnel under the quarry');
const C = candidate('c', 1, 'the mill beside the orchard');

const ids = (chosen: readonly Candidate[]): string[] => chosen.map(({ chunk }) => chunk.id);

describe('the context of a prompt', () => {
  it('holds more chunks under the same budget of work where their KV is stored', () => {
    const budget = { tokens: 1000, chunks: 8, computedTokens: 120 };
    expect(ids(selectContext([A, B, C], budget))).toEqual(['a']);
    const stored = new Set(['b', 'c']);
    expect(ids(selectContext([A, B, C], budget, { stored }))).toEqual(['a', 'b']);
    expect(ids(selectContext([A, B, C], budget, { stored: new Set(['a', 'b', 'c']) }))).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('leaves out a chunk that repeats one that is chosen', () => {
    const again = candidate('again', 2.5, 'The harbour: the lamp.');
    const budget = { tokens: 1000, chunks: 8 };
    expect(ids(selectContext([A, again, B], budget, { terms: new TermCache() }))).toEqual([
      'a',
      'b',
    ]);
  });

  it('takes the start of a link before chunks that rank above it', () => {
    const linked = candidate('linked', 2, 'the keeper of the lamp', 'c');
    const budget = { tokens: 200, chunks: 8 };
    expect(ids(selectContext([linked, B, C], budget))).toEqual(['linked', 'c']);
  });
});
