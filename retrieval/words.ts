/** Words of questions and passages, folded, for counting what covers what. */
import { foldText } from '../graph/index.ts';
import { stem } from './stems.ts';

/** Words that say nothing about the subject of a question. */
const STOP_WORDS = new Set(
  `a an and are as at be been being but by can could did do does for from had has have he her hers him his
   how i if in into is it its itself me my no nor not of on or our she should so than that the their them
   then there these they this those to too us was we were what when where which while who whom whose why
   will with would you your also about after all any before during each many more most much name named
   other one same some such`.split(/\s+/),
);

/** Folded words in order, possessive endings dropped. */
export function words(text: string): string[] {
  return (foldText(text).match(/[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu) ?? []).map((word) =>
    word.replace(/['’]s$/u, ''),
  );
}

/** Stems of the words that carry meaning. */
export function contentTerms(text: string): string[] {
  const all = words(text);
  const content = all.filter((word) => !STOP_WORDS.has(word));
  return (content.length > 0 ? content : all).map(stem);
}

/** All runs of 1..longest consecutive words, as text. */
export function nGrams(text: string, longest: number): string[] {
  const all = words(text);
  const grams = new Set<string>();
  for (let i = 0; i < all.length; i++) {
    for (let n = 1; n <= longest && i + n <= all.length; n++)
      grams.add(all.slice(i, i + n).join(' '));
  }
  return [...grams];
}
