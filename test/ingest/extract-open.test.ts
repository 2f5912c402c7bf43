import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openFacts } from '../../ingest/extract/index.ts';

/** "subject | relation | arguments", "not" before a denied one. */
function said(sentence: string): string[] {
  return openFacts(sentence).map(
    ({ subject, relation, args, negated }) =>
      `${negated ? 'not ' : ''}${[subject, relation, ...args].map((part) => part.text).join(' | ')}`,
  );
}

describe('open facts', () => {
  it('hold the verb with its preposition, its further complements and the phrase that opens the clause', () => {
    expect(said('In 1845, the king moved to Rome with his sister.')).toContain(
      'the king | moved to | Rome | with his sister | In 1845',
    );
    expect(said('Amundsen bought the ship in 1901.')).toEqual([
      'Amundsen | bought | the ship | in 1901',
    ]);
  });

  it('carry the subject over to a verb behind "and"', () => {
    expect(said('The city was founded in 1851 and became a port.')).toEqual([
      'The city | was founded in | 1851',
      'The city | became | a port',
    ]);
  });

  it('speak of the antecedent in relative clauses, as subject and as object', () => {
    expect(said('The museum owns a ship which sailed to Greenland.')).toContain(
      'a ship | sailed to | Greenland',
    );
    expect(said('He lost the house that his father built in 1920.')).toContain(
      'his father | built | the house | in 1920',
    );
  });

  it('tell a describing participle from the verb of the sentence', () => {
    expect(said('The bridge designed by Archer opened in 1902.')).toEqual([
      'The bridge | designed by | Archer',
      'The bridge designed by Archer | opened in | 1902',
    ]);
  });

  it('find the subject over an insertion', () => {
    expect(said('The ship, which was built in Larvik, reached the ice.')).toEqual([
      'The ship | was built in | Larvik',
      'The ship | reached | the ice',
    ]);
  });

  it('give what is said to whoever says it, before or behind the words', () => {
    expect(said('The minister said that the bank will close.')[0]).toBe(
      'The minister | said | that the bank will close',
    );
    expect(said('The bank will close, the minister said.')).toContain(
      'the minister | said | The bank will close',
    );
  });

  it('join a verb with the infinitive it takes', () => {
    expect(said('The office refused to grant a patent.')).toEqual([
      'The office | refused to grant | a patent',
    ]);
  });

  it('mark what is denied', () => {
    expect(said('The ship did not reach the pole.')).toEqual([
      'not The ship | did not reach | the pole',
    ]);
  });

  it('read appositions, places, roles and possessives without a verb', () => {
    expect(said('Archer, a shipbuilder, lived in Larvik, Norway.')).toEqual(
      expect.arrayContaining(['Archer | is | a shipbuilder', 'Larvik | is in | Norway']),
    );
    expect(said("The explorer Amundsen met Archer's brother.")).toEqual(
      expect.arrayContaining(['Amundsen | is | explorer', 'Archer | has | brother']),
    );
  });

  it('read tokenised text with its escapes like plain text', () => {
    expect(said("Archer -LRB- a shipbuilder -RRB- built `` the Fram '' .")).toEqual(
      expect.arrayContaining([expect.stringContaining('Archer | built')]),
    );
  });

  it('are none for a list of over 2,000 characters, an empty line, and signs alone', () => {
    expect(openFacts(`${'word, '.repeat(400)}is long.`)).toEqual([]);
    expect(openFacts('')).toEqual([]);
    expect(openFacts('?! ... -- ()')).toEqual([]);
  });
});

const WORDS =
  "the a ship Fram Amundsen who which that was built said to be and , ( ) `` '' . ; of in 1901 by not quickly -- - his it reached Norway's because $ 5 %".split(
    ' ',
  );

describe('spans of open facts', () => {
  const holds = (sentence: string): void => {
    for (const { subject, relation, args, confidence } of openFacts(sentence)) {
      for (const part of [subject, relation, ...args]) {
        expect(part.start).toBeGreaterThanOrEqual(0);
        expect(part.end).toBeLessThanOrEqual(sentence.length);
        expect(part.end).toBeGreaterThanOrEqual(part.start);
      }
      for (const part of [subject, ...args]) {
        const words = sentence.slice(part.start, part.end).split(/\s+/).join('');
        let at = 0;
        for (const word of part.text.split(/\s+/)) {
          at = words.indexOf(word, at);
          expect(at).toBeGreaterThanOrEqual(0);
          at += word.length;
        }
      }
      expect(confidence).toBeGreaterThan(0);
      expect(confidence).toBeLessThanOrEqual(1);
    }
  };

  it('lie in the sentence and hold the words, whatever the order of words', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...WORDS), { maxLength: 30 }), (words) =>
        holds(words.join(' ')),
      ),
      { numRuns: 300 },
    );
  });

  it('leave out what says nothing', () => {
    expect(said('Amundsen reached not that')).toEqual([]);
  });

  it('lie in the sentence, whatever the characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), holds), { numRuns: 200 });
  });
});
