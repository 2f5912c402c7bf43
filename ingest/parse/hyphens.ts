/** Joins the lines of a paragraph; a word that was divided at the line's end becomes whole again. */

const DIVIDED = /(\p{Ll}{1,}|\p{Lu}\p{Ll}*)[-\u2010\u00AD]$/u;

/**
 * `known` says which spellings occur elsewhere in the document: "well-known" keeps its hyphen when the
 * document spells it so within a line.
 */
export function joinLines(
  lines: readonly string[],
  known?: { hasHyphenated(word: string): boolean },
): string {
  let text = '';
  for (const raw of lines) {
    const line = raw.trim();
    if (line === '') continue;
    text = text === '' ? line : joinTwo(text, line, known);
  }
  return text;
}

function joinTwo(
  text: string,
  line: string,
  known?: { hasHyphenated(word: string): boolean },
): string {
  const tail = text.slice(-60);
  if (!DIVIDED.test(tail) || !/^\p{Ll}/u.test(line)) return `${text} ${line}`;
  const left = /[\p{L}-]+$/u.exec(tail)?.[0] ?? '';
  const right = /^[\p{L}-]+/u.exec(line)?.[0] ?? '';
  const keep = known?.hasHyphenated((left + right).toLowerCase()) ?? false;
  return keep ? text + line : text.slice(0, -1) + line;
}

/** Hyphenated words that stand inside a line somewhere. */
export function hyphenatedWords(lines: Iterable<string>): { hasHyphenated(word: string): boolean } {
  const words = new Set<string>();
  for (const line of lines) {
    for (const match of line.matchAll(/\p{L}+(?:-\p{L}+)+/gu)) words.add(match[0].toLowerCase());
  }
  return { hasHyphenated: (word) => words.has(word) };
}
