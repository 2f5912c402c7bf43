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

/** Scripts written without spaces: a run of them is taken apart into pairs of characters. */
const UNSPACED = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]+$/u;
/** Longest name looked for inside such a run, in characters. */
const LONGEST_UNSPACED_NAME = 8;

const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]+|[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:['’]\p{L}+)?/gu;

/** Folded words in order, possessive endings dropped. */
export function words(text: string): string[] {
  return (foldText(text).match(WORD) ?? []).map(withoutPossessive);
}

/** Stems of the words that carry meaning; of all words if none does. */
export function contentTerms(text: string): string[] {
  const terms = wordTerms(text);
  return terms.length > 0 ? terms : words(text).flatMap(stems);
}

/** Stems of the words that carry meaning; none if none does. */
export function wordTerms(text: string): string[] {
  const terms: string[] = [];
  for (const word of foldText(text).match(WORD) ?? []) {
    const own = termsOfWord(word);
    if (own.length === 1) terms.push(own[0]!);
    else terms.push(...own);
  }
  return terms;
}

/** The term of one word of ASCII letters and digits, in which an apostrophe may stand; undefined for a stop word. */
export function plainWordTerm(written: string): string | undefined {
  const lower = written.toLowerCase().replace('`', "'");
  const word = lower.endsWith("'s") ? lower.slice(0, -2) : lower;
  return STOP_WORDS.has(word) ? undefined : stem(word);
}

/** Terms of words seen before, as they are written: the same words make up most of every text. */
const known = new Map<string, readonly string[]>();
const MOST_KNOWN = 200_000;

function termsOfWord(written: string): readonly string[] {
  let terms = known.get(written);
  if (!terms) {
    const word = withoutPossessive(written);
    terms = STOP_WORDS.has(word) ? [] : stems(word);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(written, terms);
  }
  return terms;
}

function stems(word: string): string[] {
  return UNSPACED.test(word) ? pairs(word) : [stem(word)];
}

function withoutPossessive(word: string): string {
  return word.replace(/['’]s$/u, '');
}

/** Runs of 1..longest words that begin and end with a word that carries meaning, as text. */
export function contentRuns(text: string, longest: number): string[] {
  const all = words(text);
  const carries = all.map((word) => !STOP_WORDS.has(word));
  const runs = new Set<string>();
  for (let i = 0; i < all.length; i++) {
    if (!carries[i]) continue;
    let run = '';
    for (let n = 0; n < longest && i + n < all.length; n++) {
      run = n === 0 ? all[i]! : `${run} ${all[i + n]!}`;
      if (carries[i + n]) runs.add(run);
    }
  }
  return [...runs];
}

/** All runs of 1..longest consecutive words, as text. */
export function nGrams(text: string, longest: number): string[] {
  const all = words(text);
  const grams = new Set<string>();
  for (let i = 0; i < all.length; i++) {
    for (let n = 1; n <= longest && i + n <= all.length; n++)
      grams.add(all.slice(i, i + n).join(' '));
  }
  for (const word of all) {
    if (!UNSPACED.test(word)) continue;
    for (const gram of substrings(word, LONGEST_UNSPACED_NAME)) grams.add(gram);
  }
  return [...grams];
}

function pairs(run: string): string[] {
  const characters = Array.from(run);
  if (characters.length === 1) return characters;
  return characters.slice(1).map((character, i) => characters[i]! + character);
}

function substrings(run: string, longest: number): string[] {
  const characters = Array.from(run);
  return characters.flatMap((_, start) =>
    Array.from({ length: Math.min(longest, characters.length - start) }, (__, n) =>
      characters.slice(start, start + n + 1).join(''),
    ),
  );
}
