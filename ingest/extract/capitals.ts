/** One pass over the text: which words it writes in capitals inside sentences, and which in small letters. */

import type { CapitalLexicon } from './token.ts';

export function capitalLexicon(text: string, title: string): CapitalLexicon {
  const upper = new Map<string, number>();
  const lower = new Map<string, number>();
  for (const match of text.matchAll(/(^|[.!?:;"“”(\n\r]\s*|[^\s])?(\s?)([\p{L}\p{M}\d'’-]+)/gu)) {
    const word = (match[3] ?? '').replace(/['’]s?$/, '');
    const key = word.toLowerCase();
    if (/^\p{Ll}/u.test(word)) count(lower, key);
    else if (
      /^\p{Lu}/u.test(word) &&
      insideSentence(text, match.index + match[0].length - (match[3] ?? '').length)
    )
      count(upper, key);
  }
  const titleWords = title
    .split(/\s+/)
    .filter((word) => /^\p{Lu}/u.test(word))
    .map((word) => word.toLowerCase());
  const isSingleName = titleWords.length === 1;
  return {
    isName: (word) =>
      (upper.get(word) ?? 0) > (lower.get(word) ?? 0) ||
      (isSingleName && titleWords[0] === word && !lower.has(word)),
    isCommon: (word) =>
      (lower.get(word) ?? 0) > 0 && (lower.get(word) ?? 0) >= (upper.get(word) ?? 0),
  };
}

/** A small letter, a digit or a comma stands before it, over white space. */
function insideSentence(text: string, index: number): boolean {
  return /[\p{Ll}\d,]\s$/u.test(text.slice(Math.max(0, index - 3), index));
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}
