import { describe, expect, it } from 'vitest';
import { asText, goldMentions } from '../../bench/eval/docred/document.ts';

describe('a DocRED document as text', () => {
  const document = {
    title: 'Fram',
    sents: [
      ['Colin', 'Archer', '(', 'a', 'builder', ')', "'s", '"', 'Fram', '"', ',', 'sailed', '.'],
      ['It', 'is', 'in', 'Oslo', '.'],
    ],
    vertexSet: [
      [{ name: 'Colin Archer', type: 'PER', sent_id: 0, pos: [0, 2] as const }],
      [{ name: 'Oslo', type: 'LOC', sent_id: 1, pos: [3, 4] as const }],
    ],
    labels: [],
  };

  it('reads like prose', () => {
    expect(asText(document).text).toBe(
      'Colin Archer (a builder)\'s "Fram", sailed. It is in Oslo.',
    );
  });

  it('keeps the places of the mentions and of their last words', () => {
    const { text, tokens } = asText(document);
    const found = goldMentions(document, tokens).map(([mention]) => [
      mention?.type,
      text.slice(mention?.span.start, mention?.span.end),
      text.slice(mention?.head.start, mention?.head.end),
    ]);
    expect(found).toEqual([
      ['PER', 'Colin Archer', 'Archer'],
      ['LOC', 'Oslo', 'Oslo'],
    ]);
  });
});
