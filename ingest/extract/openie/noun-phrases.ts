/** Noun phrases without "of" and the like: determiner, adjectives, nouns, and whose it is. */

import type { Chunk } from './chunk.ts';
import { RELATIVE, TIME_NOUNS } from './word-lists.ts';
import type { Word } from './words.ts';

const POSSESSIVE = /^(its|his|her|their|our|my|your|whose)$/;

export function nounPhrase(words: readonly Word[], start: number): Chunk | undefined {
  const first = words[start] as Word;
  if (
    first.tag === 'PRON' &&
    !POSSESSIVE.test(first.lower) &&
    (first.lower === 'that' || !RELATIVE.has(first.lower)) &&
    (first.lower !== 'that' || /^(AUX|VERB)$/.test(words[start + 1]?.tag ?? '')) &&
    !(first.lower === 'that' && /^(NOUN|PROPN|NUM|PRON)$/.test(words[start - 1]?.tag ?? ''))
  )
    return pronounPhrase(words, start);
  if (first.lower === 'that' && first.tag !== 'DET') return undefined;
  let at = start;
  let head = -1;
  while (at < words.length) {
    const step = nounStep(words, at, start, head);
    if (step === 0) break;
    at += step;
    const last = words[at - 1] as Word;
    if (/^(NOUN|PROPN|NUM|X|PRON)$/.test(last.tag) || last.text === '%') head = at - 1;
  }
  if (head < 0) {
    if (first.tag === 'DET' && at - start >= 1 && !/^(a|an|the)$/.test(first.lower)) head = at - 1;
    else if (first.tag === 'DET' && at - start >= 2) head = at - 1;
    else return undefined;
  }
  if (words[head]?.lower === "'s") return undefined;
  return {
    kind: 'np',
    from: start,
    to: head,
    word: (words[head] as Word).lower,
    isTime: isTime(words, start, head),
    isPronoun: false,
    isName: words[head]?.tag === 'PROPN',
  };
}

function pronounPhrase(words: readonly Word[], at: number): Chunk {
  const word = words[at] as Word;
  if (word.lower === 'there') return { kind: 'other', from: at, to: at, word: 'there' };
  return { kind: 'np', from: at, to: at, word: word.lower, isPronoun: true, isTime: false };
}

/** Number of words that the phrase takes at `at`; 0 ends it. */
function nounStep(words: readonly Word[], at: number, start: number, head: number): number {
  const word = words[at] as Word;
  const next = words[at + 1];
  const opens = head < 0;
  // "In 2008 Bond apologized", "During the 1730s Britain"
  if (!opens && word.tag === 'PROPN' && head === at - 1 && endsTime(words, start, head)) return 0;
  switch (word.tag) {
    case 'DET':
      return opens ? 1 : words[at - 1]?.lower === "'s" ? 1 : 0;
    case 'PRON':
      return POSSESSIVE.test(word.lower) && opens ? 1 : 0;
    case 'NOUN':
    case 'PROPN':
    case 'X':
    case 'SYM':
      return 1;
    case 'NUM':
      return 1;
    case 'ADJ':
      return opens || /^(ADJ|NOUN|PROPN)$/.test(next?.tag ?? '') || words[at - 1]?.lower === "'s"
        ? 1
        : 0;
    case 'ADP':
      return opens &&
        at === start &&
        /^(about|around|over|under|nearly|almost|up)$/.test(word.lower) &&
        isAmount(words, at + 1)
        ? 1
        : 0;
    case 'ADV':
      if (opens && at === start && isAmount(words, at + 1)) return 1;
      return opens &&
        /^(ADJ|NUM)$/.test(next?.tag ?? '') &&
        at > start - 1 &&
        leadsToNoun(words, at + 1)
        ? 1
        : 0;
    case 'PART':
      return head >= 0 && /^['’]s?$/.test(word.lower) && isNominal(next) ? 1 : 0;
    case 'PUNCT':
      if (
        word.lower === "'" &&
        head >= 0 &&
        words[at - 1]?.lower.endsWith('s') === true &&
        isNominal(next)
      )
        return 1;
      if (word.lower === '"')
        return opens && at > start && isNominal(next) ? 1 : closesQuote(words, at, start) ? 1 : 0;
      return 0;
    case 'VERB':
      return opens &&
        at > start &&
        /(ed|ing)$/.test(word.lower) &&
        isNominal(next) &&
        /^(DET|ADJ|NUM)$/.test(words[at - 1]?.tag ?? '')
        ? 1
        : 0;
    case 'CCONJ':
      // "residential and commercial properties", "Johnson & Johnson"
      if (word.lower === '&') return 1;
      return words[at - 1]?.tag === 'ADJ' &&
        next?.tag === 'ADJ' &&
        opens &&
        leadsToNoun(words, at + 1)
        ? 1
        : 0;
    default:
      return 0;
  }
}

function endsTime(words: readonly Word[], start: number, head: number): boolean {
  const last = (words[head] as Word).lower;
  return (
    /^1[0-9]{3}s$|^20[0-9]0s$/.test(last) ||
    (/^(1[0-9]{3}|20[0-9]{2})$/.test(last) &&
      words[start]?.tag !== 'DET' &&
      words[start - 1]?.tag === 'ADP')
  );
}

function isAmount(words: readonly Word[], at: number): boolean {
  const { tag = 'X', lower = '' } = words[at] ?? {};
  return (tag === 'NUM' && !/^(1[0-9]{3}|20[0-9]{2})$/.test(lower)) || tag === 'SYM';
}

function closesQuote(words: readonly Word[], at: number, start: number): boolean {
  const inside = words.slice(start, at).filter((word) => word.lower === '"').length;
  return inside % 2 === 1;
}

function isNominal(word: Word | undefined): boolean {
  return word !== undefined && /^(NOUN|PROPN|ADJ|NUM)$/.test(word.tag);
}

function leadsToNoun(words: readonly Word[], at: number): boolean {
  let next = at;
  while (/^(ADJ|ADV|NUM)$/.test(words[next]?.tag ?? '')) next += 1;
  return (
    /^(NOUN|PROPN)$/.test(words[next]?.tag ?? '') || (next > at && words[next - 1]?.tag === 'NUM')
  );
}

function isTime(words: readonly Word[], from: number, to: number): boolean {
  const head = (words[to] as Word).lower;
  if (/^(1[0-9]{3}|20[0-9]{2})s?$/.test(head)) return true;
  return (
    TIME_NOUNS.has(head) ||
    words
      .slice(from, to + 1)
      .some((word) => word.tag === 'PROPN' && TIME_NOUNS.has(word.lower) && word.lower !== 'may')
  );
}
