import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TermTable } from '../../retrieval/term-table.ts';
import { ChunkTerms } from '../../retrieval/term-weights.ts';
import { contentTerms, wordTerms } from '../../retrieval/words.ts';

/** The terms of a text by name, in order. */
function termsIn(text: string, table: TermTable): string[] {
  const expected = [...new Set(wordTerms(text))];
  const names = new Map<number, string>();
  const numbers: number[] = [];
  table.eachTerm(text, (number) => numbers.push(number));
  for (const term of expected) names.set(table.find(term), term);
  return numbers.map((number) => names.get(number) ?? `unexpected ${number}`);
}

const PIECES = [
  'The captain’s ships',
  "o'Brien's",
  "rock'n'roll 2nd",
  'it`s',
  'Café–bar',
  'naïve\u00A0words',
  'Σίσυφος ΣΑΣ',
  '東京はどこ',
  'e\u0301clair',
  'a_b c-d',
  "dogs' 's 'tis",
  'U.S.A.',
  '\tplanned\nPLANNING ',
  'Straße ﬁne',
  ' ',
  '',
];

describe('terms by number', () => {
  it('are those of the words of the text, in any mix of scripts and signs', () => {
    const table = new TermTable();
    const text = fc.oneof(
      fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((parts) => parts.join(' ')),
      fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((parts) => parts.join('')),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
    );
    fc.assert(
      fc.property(text, (each) => {
        expect(termsIn(each, table)).toEqual(wordTerms(each));
      }),
      { numRuns: 500 },
    );
  });

  it('stay the same while the table grows', () => {
    const table = new TermTable();
    const words = Array.from({ length: 30_000 }, (_, i) => `w${i.toString(36)}q`);
    const numbers: number[] = [];
    table.eachTerm(words.join(' '), (number) => numbers.push(number));
    const again: number[] = [];
    table.eachTerm(words.join('\n'), (number) => again.push(number));
    expect(again).toEqual(numbers);
    expect(new Set(numbers).size).toBe(new Set(contentTerms(words.join(' '))).size);
  });
});

describe('the terms of a chunk', () => {
  it('count what stands in a title more, and know what is not there', () => {
    const terms = new ChunkTerms({ headingPath: ['Fram'], text: 'Fram sailed north. Ships sail.' });
    expect(terms.count('fram')).toBe(3.5);
    expect(terms.count('sail')).toBe(2);
    expect(terms.has('south')).toBe(false);
    expect(terms.length).toBe(6);
  });

  it('of stop words alone are these words', () => {
    const terms = new ChunkTerms({ headingPath: [], text: 'Who was it?' });
    expect(terms.has('who')).toBe(true);
    expect(terms.length).toBe(contentTerms('Who was it?').length);
  });
});
