import { describe, expect, it } from 'vitest';
import type { EntityType, ExtractedTriple } from '../../graph/index.ts';
import { withValidTimes } from '../../ingest/time/index.ts';

/** What `said` (subject | relation | object) of the sentence holds: from, to, and the words of time. */
function timeOf(
  sentence: string,
  said: string,
  { type = 'thing', others = [] }: { type?: EntityType; others?: string[] } = {},
) {
  const triples = [said, ...others].map((each) => triple(sentence, each, type));
  const [extraction] = withValidTimes(sentence, [{ chunkId: 'chk', mentions: [], triples }]);
  const valid = extraction!.triples[0]!.valid;
  return valid && [valid.from, valid.to, sentence.slice(valid.span.start, valid.span.end)];
}

function triple(sentence: string, said: string, type: EntityType): ExtractedTriple {
  const [subject, relation, object] = said.split(' | ') as [string, string, string];
  let at = 0;
  const end = (name: string) => {
    const start = sentence.indexOf(name, at);
    if (start < 0) throw new Error(`${name} is not in the sentence`);
    at = start + name.length;
    return { name, type, span: { start, end: at } };
  };
  return {
    subject: end(subject),
    relation: end(relation),
    object: end(object),
    confidence: 0.9,
    negated: false,
    sentence: { start: 0, end: sentence.length },
  };
}

describe('the time of a fact', () => {
  it.each([
    ['Ada led the office from 1999 to 2004.', ['1999', '2004', 'from 1999 to 2004']],
    [
      'Ada led the office between May 1999 and 2004.',
      ['1999-05', '2004', 'between May 1999 and 2004'],
    ],
    ['Ada led the office 1999–2004.', ['1999', '2004', '1999–2004']],
    ['Ada led the office in 1999-04.', ['1999-04', '1999-04', 'in 1999-04']],
    ['Ada led the office from 1995–99.', ['1995', '1999', 'from 1995–99']],
    ['Ada led the office since 3 May 2015.', ['2015-05-03', undefined, 'since 3 May 2015']],
    [
      'Ada led the office until September 30, 2010.',
      [undefined, '2010-09-30', 'until September 30, 2010'],
    ],
    ['Ada led the office in 2010.', ['2010', '2010', 'in 2010']],
    ['Ada led the office during the 1990s.', ['1990', '1999', 'during the 1990s']],
    ['In June 2010, Ada led the office.', ['2010-06', '2010-06', 'In June 2010']],
    ['Ada led the office (1999–2004).', ['1999', '2004', '1999–2004']],
    ['Ada led the office as of 2019-07-01.', ['2019-07-01', '2019-07-01', 'as of 2019-07-01']],
  ])('is read from %j', (sentence, expected) => {
    expect(timeOf(sentence, 'Ada | led | the office')).toEqual(expected);
  });

  it.each([
    'Ada led the office.',
    'Ada led the office in 300 BC.',
    'Ada led the office of 2010 people.',
    'Ada led the office until 30 February 2010.',
    'Ada led the office from 2004 to 1999.',
    'Ada led the office in 1066 BC.',
  ])('is not made up for %j', (sentence) => {
    expect(timeOf(sentence, 'Ada | led | the office')).toBeUndefined();
  });

  it('is when something began, or ended, where the relation says so', () => {
    expect(timeOf('Ada became director in 2010.', 'Ada | became | director')?.slice(0, 2)).toEqual([
      '2010',
      undefined,
    ]);
    expect(timeOf('Ada left Acme in 2010.', 'Ada | left | Acme')?.slice(0, 2)).toEqual([
      undefined,
      '2010',
    ]);
  });

  it('belongs to the nearest clause', () => {
    const sentence = 'Ada led Acme from 1999 to 2004 and taught at Oslo since 2005.';
    const led = 'Ada | led | Acme';
    const taught = 'Ada | taught at | Oslo';
    expect(timeOf(sentence, led, { others: [taught] })?.slice(0, 2)).toEqual(['1999', '2004']);
    expect(timeOf(sentence, taught, { others: [led] })?.slice(0, 2)).toEqual(['2005', undefined]);
  });

  it('is not the time that the fact itself states, nor the life of a person', () => {
    expect(timeOf('Ada was born in 1815.', 'Ada | born | in 1815')).toBeUndefined();
    const sentence = 'Ada met Mary Somerville (1780–1872).';
    expect(timeOf(sentence, 'Ada | met | Mary Somerville', { type: 'person' })).toBeUndefined();
  });
});
