/** How text becomes words of the full-text index; the same for documents and questions. */
import { foldText } from '../fold.ts';

const POSSESSIVE = /'s(?![\p{L}\p{N}])/gu;
/** Scripts written without spaces: each character is a word, and a run of them a phrase. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu;
const WORD = /[\p{L}\p{N}\p{Co}][\p{L}\p{N}\p{Co}\p{M}]*/gu;
const SPACED_CHARACTER = new RegExp(UNSPACED.source, 'u');

/** Beyond this many different words a question is cut: a bound on the work one request can cause. */
const MAX_QUERY_WORDS = 64;

const STOP_WORDS = new Set(
  `a about after again all also am an and any are as at be because been before being between both but by can
  could did do does doing during each few for from further had has have having he her here hers him his how i
  if in into is it its itself just me more most my no nor not of off on once only or other our out over own
  same she should so some such than that the their them then there these they this those through to too under
  until up very was we were what when where which while who whom why will with would you your`.split(
    /\s+/u,
  ),
);

/** Folded text as it is handed to FTS5. */
export function indexText(text: string): string {
  return foldText(text).replace(POSSESSIVE, '').replace(UNSPACED, ' $& ');
}

export function wordsOf(text: string): string[] {
  return indexText(text).match(WORD) ?? [];
}

/**
 * The words of a question that are looked for, folded and distinct; stop words only if there is nothing
 * else. A pair of characters of an unspaced script is one, with a space between them.
 */
export function questionWords(question: string): string[] {
  const words = unspacedRuns(foldText(question).replace(POSSESSIVE, ''));
  const distinct = [...new Set(words)];
  const telling = distinct.filter((word) => !STOP_WORDS.has(word));
  return (telling.length > 0 ? telling : distinct).slice(0, MAX_QUERY_WORDS);
}

/** FTS5 expression that matches any of the words. Each is quoted: no operator can come from a user. */
export function anyWordQuery(words: readonly string[]): string {
  return words.map(quoted).join(' OR ');
}

/** FTS5 expression for the words in a row, in the text column. `undefined` if there is no word. */
export function phraseQuery(phrase: string): string | undefined {
  const words = wordsOf(phrase);
  return words.length === 0 ? undefined : `text : ${quoted(words.join(' '))}`;
}

/** Words; a run of an unspaced script becomes its pairs of neighbours, the usual unit of meaning. */
function unspacedRuns(folded: string): string[] {
  return (folded.match(WORD) ?? []).flatMap((word) =>
    SPACED_CHARACTER.test(word) ? pairs(word) : [word],
  );
}

function pairs(run: string): string[] {
  const characters = indexText(run).match(WORD) ?? [];
  if (characters.length < 2) return characters;
  return characters.slice(1).map((character, i) => `${characters[i]} ${character}`);
}

function quoted(words: string): string {
  return `"${words.replaceAll('"', '""')}"`;
}
