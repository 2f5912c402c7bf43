/** The answer is set apart inside the sentence that is quoted for it. */
import { expect, test } from 'vitest';
import { answerQuotedIn, answerWithin, splitAt } from '../../ui/ask/quoted.ts';

const text = 'Ingrid Solberg designed the Aurora.';
const citation = { text, span: { start: 40, end: 75 }, answer_span: { start: 40, end: 54 } };

test('the answer is found inside a sentence that is quoted whole', () => {
  const quoted = `It is a ship. ${text}`;
  const at = answerQuotedIn(quoted, [citation]);
  expect(at && splitAt(quoted, at)).toEqual([
    'It is a ship. ',
    'Ingrid Solberg',
    ' designed the Aurora.',
  ]);
});

test('words that quote no citation have nothing set apart', () => {
  expect(answerQuotedIn('Another sentence.', [citation])).toBeNull();
});

test('a citation without an answer, with one outside it, or without its text sets nothing apart', () => {
  expect(answerWithin({ ...citation, answer_span: null })).toBeNull();
  expect(answerWithin({ ...citation, answer_span: { start: 30, end: 44 } })).toBeNull();
  expect(answerQuotedIn('Words.', [{ ...citation, text: '' }])).toBeNull();
});
