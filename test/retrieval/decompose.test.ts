import { describe, expect, it } from 'vitest';
import { decompose } from '../../retrieval/decompose.ts';

describe('the sub-questions of a question', () => {
  it.each([
    [
      'Which is older, the Fram or the Terra Nova?',
      ['Which is older the Fram', 'Which is older the Terra Nova'],
    ],
    [
      'Who was born first: Ada, Ben or Cleo?',
      ['Ada', 'Ben', 'Cleo'].map((name) => `Who was born first ${name}`),
    ],
    [
      'Between Oslo and Bergen, which is larger?',
      ['which is larger Oslo', 'which is larger Bergen'],
    ],
    [
      'Do Oslo and Bergen lie in one county?',
      ['Do Oslo lie in one county', 'Do Bergen lie in one county'],
    ],
    [
      'Were both Scott and Amundsen explorers?',
      ['Were Scott explorers', 'Were Amundsen explorers'],
    ],
    [
      'What do Bob Dylan and Joan Baez have in common?',
      ['What do Bob Dylan have in common', 'What do Joan Baez have in common'],
    ],
  ])('ask the same of each thing compared: %s', (question, parts) => {
    expect(decompose(question)).toEqual({ kind: 'comparison', parts });
  });

  it.each([
    ['Who is the wife of the director of the film that won in 1999?', 'film that won in 1999'],
    [
      'When did the mill open in the city where the museum is located?',
      'city where the museum is located',
    ],
    [
      'Who led the state in the country where the author of the song that closes Brother was born?',
      'song that closes Brother was born',
    ],
    ["What is Fridtjof Nansen's mother's birthplace?", "Fridtjof Nansen's mother"],
  ])('begin with the innermost description: %s', (question, part) => {
    expect(decompose(question)).toEqual({ kind: 'nested', parts: [part] });
  });

  it.each([
    'When did the Terra Nova sink?',
    'Is the bank open, yes or no?',
    'Who wrote The Girl Who Kicked the Nest?',
    'Which firms make salt and pepper mills?',
    'Where did Scott and Amundsen go?',
    '',
  ])('are none where the question is of one piece: %s', (question) => {
    expect(decompose(question)).toBeUndefined();
  });
});
