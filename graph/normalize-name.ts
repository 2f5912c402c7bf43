import { foldText } from './fold.ts';

/** Signs that carry meaning at the border of a name: C++, C#, 50%, $5, R&D. */
const MEANINGFUL_SIGNS = new Set(['#', '%', '&', '@', '*', '§', '†']);
const PUNCTUATION_OR_SPACE = /[\p{P}\s]/u;

/**
 * The form under which names are compared: folded (see `foldText`), without possessive 's, leading
 * "the", surrounding punctuation or doubled white space. Idempotent. A name of punctuation alone keeps it.
 */
export function normalizeName(name: string): string {
  let normalized = known.get(name);
  if (normalized === undefined) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(name, (normalized = normalize(name)));
  }
  return normalized;
}

/** Names asked for before: a search asks for the same ones several times. */
const known = new Map<string, string>();
const MOST_KNOWN = 20_000;

function normalize(name: string): string {
  const folded = foldText(name).replace(/\s+/gu, ' ').trim();
  const normalized = trimToFixedPoint(folded);
  return normalized === '' ? folded : normalized;
}

function trimToFixedPoint(name: string): string {
  const trimmed = trimPunctuation(name)
    .replace(/^(?:the )+(?=.)/u, '')
    .replace(/(?:'s)+$/u, '');
  return trimmed === name ? name : trimToFixedPoint(trimmed);
}

function trimPunctuation(name: string): string {
  const characters = Array.from(name);
  let start = 0;
  let end = characters.length;
  while (start < end && isBorder(characters[start]!)) start++;
  while (end > start && isBorder(characters[end - 1]!)) end--;
  return start === 0 && end === characters.length ? name : characters.slice(start, end).join('');
}

function isBorder(character: string): boolean {
  return !MEANINGFUL_SIGNS.has(character) && PUNCTUATION_OR_SPACE.test(character);
}
