/** Words of titles and texts, as they are compared. */
import { foldText } from '../../graph/index.ts';

export interface Word {
  readonly folded: string;
  readonly start: number;
  readonly end: number;
}

const WORD = /[\p{L}\p{N}\p{M}]+/gu;

/** Offsets are in `text`. */
export function wordsIn(text: string): Word[] {
  return Array.from(text.matchAll(WORD), ({ 0: word, index }) => ({
    folded: foldText(word),
    start: index,
    end: index + word.length,
  }));
}

/** Words that say nothing by themselves. */
const EMPTY_WORDS = new Set(
  `a about after again all also am an and any are as at be been before being between both but by can could did do does
  during each few for from had has have he her here him his how i if in into is it its me more most my no nor not of off
  on once one only or other our out over own she should so some such than that the their them then there these they this
  those through to too two under until up us very was we were what when where which while who whom why will with would
  you your`.split(/\s+/u),
);

/**
 * The words of a title that a text may name; none for one that would be found everywhere: a number, a single short or
 * empty word, or only empty words.
 */
export function nameableWords(title: string): string[] {
  const words = wordsIn(title).map(({ folded }) => folded);
  const telling = words.filter((word) => !EMPTY_WORDS.has(word) && !/^\p{N}+$/u.test(word));
  if (telling.length === 0) return [];
  return words.length === 1 && words[0]!.length < 3 ? [] : words;
}
