import { describe, expect, it } from 'vitest';
import { openingTitle, parseDocument } from '../../ingest/parse/index.ts';

describe('the name that a text opens with', () => {
  it.each([
    ['Pearl Jam is an American rock band formed in 1990.', 'Pearl Jam'],
    [
      'The Committee of Public Safety (French: Comité) was created in 1793.',
      'Committee of Public Safety',
    ],
    ['Edsa Shangri-La, Manila is a hotel.', 'Edsa Shangri-La, Manila'],
    ['Alta is a village.', 'Alta'],
    ['Wardville, formerly Herbert, is a town in Atoka County.', 'Wardville'],
    ['"Hello Love" is a 1974 single by Hank Snow.', 'Hello Love'],
    ['Zürich (/ˈzjʊərɪk/) is the largest city of Switzerland.', 'Zürich'],
  ])('of %j is %j', (text, title) => {
    expect(openingTitle(text)).toBe(title);
  });

  it.each([
    'She was born in Stockholm.',
    'In 1949 the Territory was joined with another.',
    'On 6 April the Committee was created.',
    'the city is old',
    'Snow moved to Nashville in 1949.',
    '',
  ])('is nothing in %j', (text) => {
    expect(openingTitle(text)).toBe('');
  });
});

const LIMITS = {
  timeoutMs: 1000,
  memoryMb: 512,
  maxTextChars: 1e6,
  maxBytes: 1e6,
  maxInflatedBytes: 1e6,
};

describe('the title of a file', () => {
  const parsed = async (name: string, text: string): Promise<string> =>
    (await parseDocument(new TextEncoder().encode(text), { name }, LIMITS)).title;
  const text = 'Pearl Jam is an American rock band formed in 1990.';

  it('is what its text opens with where its name says nothing', async () => {
    expect(await parsed('scan_0012.txt', text)).toBe('Pearl Jam');
    expect(await parsed('17.txt', text)).toBe('Pearl Jam');
  });

  it('is its name where that says something, or the text opens with no name', async () => {
    expect(await parsed('bands of Seattle.txt', text)).toBe('bands of Seattle');
    expect(await parsed('17.txt', 'She was born in Stockholm.')).toBe('17');
  });
});
