import { describe, expect, test } from 'vitest';
import type { Schema } from '../../graph/index.ts';
import { learnTyping, sentenceMentions, typeSentence } from '../../ingest/schema/index.ts';
import { datesOf } from '../../ingest/schema/typing/dates.ts';

const FILMS: Schema = {
  title: 'Films',
  entityTypes: [
    { id: 'film', label: 'film', aliases: [], description: '' },
    { id: 'human', label: 'human', aliases: [], description: '' },
  ],
  relations: [
    {
      id: 'P57',
      label: 'director',
      aliases: [],
      description: '',
      domain: ['film'],
      range: ['human'],
      functional: false,
    },
    {
      id: 'P577',
      label: 'publication date',
      aliases: [],
      description: '',
      domain: ['film'],
      range: [],
      functional: false,
    },
  ],
  examples: [],
};

const PEOPLE = [
  'Ada Holm',
  'Jon Rask',
  'Mina Vik',
  'Per Dahl',
  'Eva Lund',
  'Nils Berg',
  'Tora Moen',
  'Kari Foss',
];
const TITLES = [
  'Red Harbour',
  'Cold Light',
  'Seven Oaks',
  'The Long Pier',
  'Salt',
  'Night Ferry',
  'Grey Gull',
  'Open Water',
];

function learned(): Schema {
  const directors = TITLES.map((film, index) => ({
    text: `${film} is a ${1950 + index} drama film directed by ${PEOPLE[index]}.`,
    subject: film,
    relation: 'director',
    object: PEOPLE[index]!,
  }));
  const dates = TITLES.map((film, index) => ({
    text: `${film} is a ${1960 + index} comedy film starring ${PEOPLE[index]}.`,
    subject: film,
    relation: 'publication date',
    object: `01 January ${1960 + index}`,
  }));
  return { ...FILMS, examples: [...directors, ...dates] };
}

const said = (schema: Schema, text: string): string[] => {
  const model = learnTyping(schema, sentenceMentions);
  return typeSentence(model, { text, mentions: sentenceMentions(text) }).map(
    (one) => `${one.subject.name} | ${one.relation.label} | ${one.object.name}`,
  );
};

describe('a sentence in the terms of a schema', () => {
  test('states what examples taught, of names they did not have, with dates in their form', () => {
    expect(said(learned(), 'Broken Mast is a 1972 drama film directed by Olav Hauge.')).toContain(
      'Broken Mast | director | Olav Hauge',
    );
    expect(said(learned(), 'Broken Mast is a 1972 comedy film starring Olav Hauge.')).toContain(
      'Broken Mast | publication date | 01 January 1972',
    );
  });

  test('is understood without examples, by the words of the label and the types', () => {
    expect(said(FILMS, 'Broken Mast is a drama film directed by Olav Hauge.')).toContain(
      'Broken Mast | director | Olav Hauge',
    );
  });

  test('gives the same facts each time, and none for an empty sentence or schema', () => {
    const text = 'Broken Mast is a 1972 drama film directed by Olav Hauge.';
    expect(said(learned(), text)).toEqual(said(learned(), text));
    expect(said(FILMS, '')).toEqual([]);
    expect(said({ ...FILMS, relations: [] }, text)).toEqual([]);
  });

  test('has spans that hold the words of each end', () => {
    const text = 'Broken Mast is a 1972 drama film directed by Olav Hauge.';
    const model = learnTyping(learned(), sentenceMentions);
    for (const { subject, object } of typeSentence(model, { text, mentions: [] }))
      for (const end of [subject, object]) {
        expect(end.span.end).toBeGreaterThan(end.span.start);
        if (end.type !== 'date') expect(text.slice(end.span.start, end.span.end)).toBe(end.name);
      }
  });

  test('dates come once each, the most exact reading first', () => {
    const forms = datesOf('Born 3 May 1901, moved in June 1910 and died 1950.');
    const texts = forms.map((one) => one.text);
    expect(texts).toContain('03 May 1901');
    expect(texts).toContain('01 June 1910');
    expect(texts).toContain('01 January 1950');
    expect(forms.filter((one) => one.form === 'day')).toHaveLength(1);
  });
});
