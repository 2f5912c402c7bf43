/** What in a sentence may be the subject or the object of a fact. */

import type { EntityType, Span } from '../../../graph/index.ts';
import { datesOf } from './dates.ts';
import { isNameLink, isStopWord, type Word } from './words.ts';

export interface Candidate extends Span {
  /** As the fact will state it. */
  readonly text: string;
  /** First and last word. */
  readonly from: number;
  readonly to: number;
  readonly kind: 'name' | 'common' | 'date' | 'short-name' | 'value' | 'alias';
  /** Of the rules' mention that stands exactly here. */
  readonly type: EntityType | undefined;
  readonly form?: string;
}

export interface KnownMention extends Span {
  readonly type: EntityType;
}

const MAX_NAME_WORDS = 10;
const MAX_COMMON_WORDS = 4;

export function candidatesOf(
  text: string,
  words: readonly Word[],
  mentions: readonly KnownMention[],
): Candidate[] {
  const typeAt = new Map(mentions.map((one) => [`${one.start}:${one.end}`, one.type]));
  const found: Candidate[] = [];
  const add = (from: number, to: number, kind: 'name' | 'common'): void => {
    const start = (words[from] as Word).start;
    const end = (words[to] as Word).end;
    const type = typeAt.get(`${start}:${end}`);
    found.push({ start, end, text: text.slice(start, end), from, to, kind, type });
  };
  for (let from = 0; from < words.length; from += 1) {
    names(words, from, add);
    commons(words, from, add);
  }
  found.push(...shortNames(words, found), ...datedCandidates(text, words));
  return found;
}

type Add = (from: number, to: number, kind: 'name' | 'common') => void;

function isNameWord(word: Word | undefined): boolean {
  return word?.shape === 'capital' || word?.shape === 'digit';
}

function names(words: readonly Word[], from: number, add: Add): void {
  const opens = words[from]?.text === '(' && words[from + 1]?.shape === 'digit';
  if (!isNameWord(words[from]) && !opens) return;
  let links = 0;
  for (let to = from; to < Math.min(words.length, from + MAX_NAME_WORDS); to += 1) {
    const word = words[to] as Word;
    if (isNameWord(word)) {
      links = 0;
      if (!opens || to > from + 1) add(from, to, 'name');
    } else if (/^[)"!?]$/.test(word.text) && to > from) {
      if (word.text !== '"') add(from, to, 'name');
      links += 1;
    } else if (isNameLink(word.lower) || /^[("]$/.test(word.text) || isLowerTail(words, from, to)) {
      links += 1;
      if (word.shape === 'lower' && !isStopWord(word.lower) && !isNameLink(word.lower))
        add(from, to, 'name');
    } else break;
    if (links > 3) break;
  }
}

/** "Buff-throated purpletuft", "Shanghai national football team": a name may go on in small letters. */
function isLowerTail(words: readonly Word[], from: number, to: number): boolean {
  const word = words[to];
  return word?.shape === 'lower' && !isStopWord(word.lower) && to - from <= 5;
}

function commons(words: readonly Word[], from: number, add: Add): void {
  if (words[from]?.shape !== 'lower') return;
  for (let to = from; to < Math.min(words.length, from + MAX_COMMON_WORDS); to += 1) {
    const word = words[to] as Word;
    if (word.shape === 'mark' || (isStopWord(word.lower) && to === from)) return;
    if (!isStopWord(word.lower)) add(from, to, 'common');
  }
}

/** "Vasily Stepanovich Zavoyko" is also called "Vasily Zavoyko". */
function shortNames(words: readonly Word[], found: readonly Candidate[]): Candidate[] {
  return found.flatMap((one) => {
    const inside = words.slice(one.from, one.to + 1);
    if (one.kind !== 'name' || inside.length < 3 || inside.length > 5) return [];
    if (!inside.every((word) => word.shape === 'capital')) return [];
    const first = inside[0] as Word;
    const last = inside.at(-1) as Word;
    return [{ ...one, kind: 'short-name' as const, text: `${first.text} ${last.text}` }];
  });
}

function datedCandidates(text: string, words: readonly Word[]): Candidate[] {
  return datesOf(text).map((date) => {
    const from = words.findIndex((word) => word.end > date.start);
    let to = from;
    while (to + 1 < words.length && (words[to + 1] as Word).start < date.end) to += 1;
    return { ...date, from, to, kind: 'date' as const, type: 'date' as const };
  });
}
