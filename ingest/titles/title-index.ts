import { nameableWords, wordsIn } from './title-words.ts';
import type { Word } from './title-words.ts';

/** A run of words of a text that are a title's. */
export interface TitlePlace {
  readonly start: number;
  readonly end: number;
}

/** Between two words of one title: a blank, a hyphen, an apostrophe, an abbreviation's point. */
const JOINS = /^[\s.\-\u2010-\u2015'\u2019]{1,2}$/u;
const LARGE = /^[\p{Lu}\p{Lt}\p{N}]/u;

/** Titles by their first word. */
export class TitleIndex {
  readonly #byFirst = new Map<string, string[][]>();

  add(title: string): void {
    const words = nameableWords(title);
    const [first] = words;
    if (first === undefined) return;
    const known = this.#byFirst.get(first) ?? [];
    if (known.some((other) => isSame(other, words))) return;
    known.push(words);
    // The longest is tried first.
    known.sort((a, b) => b.length - a.length);
    this.#byFirst.set(first, known);
  }

  remove(title: string): void {
    const words = nameableWords(title);
    const [first] = words;
    const left = first === undefined ? [] : (this.#byFirst.get(first) ?? []);
    const others = left.filter((other) => !isSame(other, words));
    if (others.length > 0) this.#byFirst.set(first!, others);
    else if (first !== undefined) this.#byFirst.delete(first);
  }

  /**
   * Where `text` names titles other than `own`, without overlap, longest first at each word. A single word counts only
   * where it is written as a name, with a capital.
   */
  placesIn(text: string, own?: string): TitlePlace[] {
    const places: TitlePlace[] = [];
    const ownWords = own === undefined ? [] : nameableWords(own);
    const words = wordsIn(text);
    for (let i = 0; i < words.length; i++) {
      const found = this.#byFirst
        .get(words[i]!.folded)
        ?.find((title) => !isSame(title, ownWords) && standsAt(title, text, words, i));
      if (!found) continue;
      const last = i + found.length - 1;
      places.push({ start: words[i]!.start, end: words[last]!.end });
      i = last;
    }
    return places;
  }
}

function standsAt(
  title: readonly string[],
  text: string,
  words: readonly Word[],
  at: number,
): boolean {
  if (at + title.length > words.length) return false;
  if (title.length === 1) return LARGE.test(text.slice(words[at]!.start));
  return title.every((word, i) => {
    const here = words[at + i]!;
    if (here.folded !== word) return false;
    return i === 0 || JOINS.test(text.slice(words[at + i - 1]!.end, here.start));
  });
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}
