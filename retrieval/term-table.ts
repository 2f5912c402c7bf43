/**
 * Written words by number, and the terms they stand for, outside the garbage-collected heap: taking a passage apart
 * costs one look-up a word and no strings. The numbers of a table never change; a table only grows.
 */
import { plainWordTerm, wordTerms } from './words.ts';

/** Receives the number of each term, in the order of the text. */
export type VisitTerm = (term: number) => void;

const APOSTROPHE = 39;
const BACKQUOTE = 96;
const SPACE = 32;
const LAST_PLAIN = 126;
const STOP_WORD = -1;

/** By character code: 0 no part of a word, 1 a digit, 2 a letter. */
const KIND = new Uint8Array(128);
for (let code = 48; code <= 57; code++) KIND[code] = 1;
for (let code = 97; code <= 122; code++) KIND[code] = KIND[code - 32] = 2;

/** Of a slot: two hashes of the word, its term + 2 (0: the slot is free), and one spare for the alignment. */
const SLOT = 4;

export class TermTable {
  /**
   * Open addressing, all of a word in one cache line. Words are told apart by 64 bits of hashes: two of a million
   * words are taken for one with a chance of 1 in 10 million.
   */
  #slots = new Int32Array(SLOT << 13);
  #words = 0;
  readonly #numbers = new Map<string, number>();

  /** Written words and terms that it holds. */
  get size(): number {
    return this.#words + this.#numbers.size;
  }

  /** -1 if no text has had the term. */
  find(term: string): number {
    return this.#numbers.get(term) ?? -1;
  }

  /** The terms that `contentTerms` gives, stop words of a text without any other word left out. */
  eachTerm(text: string, visit: VisitTerm): void {
    // What folding does to a word ends at the next space: plain words need no folding but to lower case.
    for (let start = 0; start < text.length;) {
      let end = start;
      let isPlain = true;
      for (; end < text.length; end++) {
        const code = text.charCodeAt(end);
        if (code <= SPACE) break;
        if (code > LAST_PLAIN) isPlain = false;
      }
      if (isPlain) this.#eachPlain(text, start, end, visit);
      else this.addAll(wordTerms(text.slice(start, end)), visit);
      start = end + 1;
    }
  }

  addAll(terms: Iterable<string>, visit: VisitTerm): void {
    for (const term of terms) visit(this.#number(term));
  }

  #number(term: string): number {
    let number = this.#numbers.get(term);
    if (number === undefined) this.#numbers.set(term, (number = this.#numbers.size));
    return number;
  }

  /** Words of ASCII text without spaces: letters and digits, and letters behind one apostrophe. */
  #eachPlain(text: string, from: number, to: number, visit: VisitTerm): void {
    for (let i = from; i < to;) {
      if (KIND[text.charCodeAt(i)] === 0) {
        i++;
        continue;
      }
      const start = i;
      while (i < to && KIND[text.charCodeAt(i)]! > 0) i++;
      const mark = i < to ? text.charCodeAt(i) : 0;
      if (
        (mark === APOSTROPHE || mark === BACKQUOTE) &&
        i + 1 < to &&
        KIND[text.charCodeAt(i + 1)] === 2
      ) {
        i++;
        while (i < to && KIND[text.charCodeAt(i)] === 2) i++;
      }
      const term = this.#termOf(text, start, i);
      if (term !== STOP_WORD) visit(term);
    }
  }

  /** Of the word that stands at [from, to). */
  #termOf(text: string, from: number, to: number): number {
    let first = 0x811c9dc5; // FNV-1a, twice with different numbers
    let second = 0x2c1b3c6d;
    for (let i = from; i < to; i++) {
      const code = lowerCase(text.charCodeAt(i));
      first = Math.imul(first ^ code, 0x01000193);
      second = Math.imul(second ^ code, 0x5bd1e995);
    }
    first ^= first >>> 15;
    second ^= second >>> 13;
    const slots = this.#slots;
    const last = slots.length - SLOT;
    for (let at = (first * SLOT) & last; ; at = (at + SLOT) & last) {
      const held = slots[at + 2]!;
      if (held === 0) return this.#add(at, first, second, text.slice(from, to));
      if (slots[at] === first && slots[at + 1] === second) return held - 2;
    }
  }

  #add(at: number, first: number, second: number, word: string): number {
    const term = plainWordTerm(word);
    const number = term === undefined ? STOP_WORD : this.#number(term);
    this.#slots[at] = first;
    this.#slots[at + 1] = second;
    this.#slots[at + 2] = number + 2;
    this.#words++;
    if (2 * SLOT * this.#words > this.#slots.length) this.#rehash();
    return number;
  }

  #rehash(): void {
    const old = this.#slots;
    const slots = new Int32Array(2 * old.length);
    const last = slots.length - SLOT;
    for (let from = 0; from < old.length; from += SLOT) {
      if (old[from + 2] === 0) continue;
      let at = (old[from]! * SLOT) & last;
      while (slots[at + 2]! > 0) at = (at + SLOT) & last;
      slots.set(old.subarray(from, from + SLOT), at);
    }
    this.#slots = slots;
  }
}

function lowerCase(code: number): number {
  if (code === BACKQUOTE) return APOSTROPHE;
  return code >= 65 && code <= 90 ? code + 32 : code;
}
