/** Words of a sentence with part of speech (universal tags) and place, for the clause grammar of open extraction. */

import model from 'wink-eng-lite-web-model';
import winkNLP, { type WinkMethods } from 'wink-nlp';
import type { Span } from '../../../graph/index.ts';
import { verbForm } from './verb-form.ts';

export type Tag =
  | 'ADJ'
  | 'ADP'
  | 'ADV'
  | 'AUX'
  | 'CCONJ'
  | 'DET'
  | 'INTJ'
  | 'NOUN'
  | 'NUM'
  | 'PART'
  | 'PRON'
  | 'PROPN'
  | 'PUNCT'
  | 'SCONJ'
  | 'SYM'
  | 'VERB'
  | 'X';

export interface Word extends Span {
  readonly text: string;
  readonly lower: string;
  tag: Tag;
}

let tagger: WinkMethods | undefined;

/** Built at first use: 75 ms and 50 MiB that a process without extraction does not spend. */
function theTagger(): WinkMethods {
  tagger ??= winkNLP(model, ['pos']);
  return tagger;
}

/** Tagged words; offsets are into `text`. About 0.2 ms for 25 words. */
export function taggedWords(text: string): Word[] {
  const { its } = theTagger();
  const tokens = theTagger().readDoc(text).tokens();
  const values = tokens.out();
  // oxlint-disable-next-line typescript/unbound-method -- the library takes its own functions as names of fields
  const tags = tokens.out(its.pos) as Tag[];
  const words: Word[] = [];
  let at = 0;
  for (const [index, value] of values.entries()) {
    const start = text.indexOf(value, at);
    if (start < 0 || value.trim() === '') continue;
    at = start + value.length;
    words.push({
      start,
      end: at,
      text: value,
      lower: value.toLowerCase().replace('’', "'"),
      tag: tags[index] ?? 'X',
    });
  }
  return repaired(joinedWords(text, words));
}

/** `` and '' are one mark each, -LRB- one bracket; "agro - industry" of tokenised text is one word. */
function joinedWords(text: string, words: readonly Word[]): Word[] {
  const isTokenised = /\S [.,;:] | [.?!]\s*$/.test(text);
  const out: Word[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] as Word;
    const next = words[index + 1];
    const bracket = /^-[LR][RCS]B-/.exec(text.slice(word.start, word.start + 5))?.[0];
    if (bracket !== undefined) {
      const end = word.start + 5;
      while ((words[index + 1]?.start ?? Infinity) < end) index += 1;
      out.push({
        ...word,
        end,
        text: bracket,
        lower: bracket[1] === 'L' ? '(' : ')',
        tag: 'PUNCT',
      });
      continue;
    }
    const isDouble = next?.start === word.end && next.text === word.text;
    if (/^[`'-]$/.test(word.text) && isDouble) {
      const mark = word.text === '-' ? '--' : '"';
      out.push({ ...word, end: next.end, text: word.text.repeat(2), lower: mark, tag: 'PUNCT' });
      index += 1;
      continue;
    }
    const last = out.at(-1);
    if (
      word.text === '-' &&
      last !== undefined &&
      next !== undefined &&
      joinsWords(last, word, next, isTokenised)
    ) {
      out[out.length - 1] = hyphenated(text, last, next);
      index += 1;
      continue;
    }
    out.push({ ...word });
  }
  return out;
}

function joinsWords(last: Word, hyphen: Word, next: Word, isTokenised: boolean): boolean {
  if (last.tag === 'PUNCT' || next.tag === 'PUNCT') return false;
  return isTokenised || (last.end === hyphen.start && hyphen.end === next.start);
}

function hyphenated(text: string, last: Word, next: Word): Word {
  const nominal = /^(NOUN|PROPN)$/.test(next.tag);
  const describing = /^(ADJ|ADV|NUM|ADP)$/.test(last.tag) || /(ed|ing)$/.test(next.lower);
  const tag = next.tag === 'PROPN' ? 'PROPN' : nominal && !describing ? 'NOUN' : 'ADJ';
  const joined = text.slice(last.start, next.end);
  return { start: last.start, end: next.end, text: joined, lower: joined.toLowerCase(), tag };
}

/** What the tagger's context of two words misses and the sentence tells. */
function repaired(words: Word[]): Word[] {
  // Whether the clause has its finite verb.
  let finite = false;
  for (const [index, word] of words.entries()) {
    const last = words[index - 1];
    const next = words[index + 1];
    word.tag = repairedTag(word, last, next, words[index - 2]);
    if (word.lower === 'that' && word.tag === 'SCONJ' && !leadsToVerb(words, index))
      word.tag = 'DET';
    if (!finite && isMissedVerb(word, last, next)) word.tag = 'VERB';
    if (
      word.tag === 'AUX' ||
      (word.tag === 'VERB' && !/^(gerund|participle)$/.test(verbForm(word.lower)))
    )
      finite = true;
    else if (
      word.tag === 'SCONJ' ||
      word.tag === 'CCONJ' ||
      /^[;:]$|^--$|^(who|which|that)$/.test(word.lower)
    )
      finite = false;
  }
  return words;
}

/** "duplicate that feat": no verb follows in the clause. */
function leadsToVerb(words: readonly Word[], from: number): boolean {
  for (let index = from + 1; index < words.length; index += 1) {
    const { tag, lower } = words[index] as Word;
    if (tag === 'VERB' || tag === 'AUX') return true;
    if (tag === 'PUNCT' && lower !== '"' && lower !== ',') return false;
  }
  return false;
}

/** "A character notes some difficulties": a noun in -s before an article, while the clause has no verb yet. */
function isMissedVerb(word: Word, last: Word | undefined, next: Word | undefined): boolean {
  if (!/^(NOUN|VERB)$/.test(word.tag) || !/^\p{Ll}/u.test(word.text) || !/[^s]s$/.test(word.lower))
    return false;
  if (!/^(NOUN|PROPN|PRON|CCONJ|NUM)$/.test(last?.tag ?? '')) return false;
  return next?.tag === 'DET' || /^(its|his|her|their|that|it|him|them)$/.test(next?.lower ?? '');
}

function repairedTag(
  word: Word,
  last: Word | undefined,
  next: Word | undefined,
  previous: Word | undefined,
): Tag {
  const { tag, lower } = word;
  if (/^["`'()[\]{}–—]$|^--$/.test(lower)) return 'PUNCT';
  if (/^[$€£%#]$/.test(lower)) return 'SYM';
  if (/^(and|or|but|nor|&)$/.test(lower)) return 'CCONJ';
  if (/^(he|she|it|they|we|i|you)$/.test(lower)) return 'PRON';
  if (/^(who|which|whom)$/.test(lower)) return 'PRON';
  if (lower === "'s" && /^(it|he|she|that|there|what|who|here|where)$/.test(last?.lower ?? ''))
    return 'AUX';
  if (
    lower === 'that' &&
    /^(AUX|VERB)$/.test(next?.tag ?? '') &&
    !/^(NOUN|PROPN|NUM|PRON)$/.test(last?.tag ?? '') &&
    last?.lower !== ','
  )
    return 'PRON';
  if (lower === 'part' && tag === 'ADV') return 'NOUN';
  // "That night": no clause follows.
  if (lower === 'that' && tag === 'SCONJ' && last === undefined && next?.tag === 'NOUN')
    return 'DET';
  if (
    tag === 'VERB' &&
    last?.tag === 'PART' &&
    /^['’]s?$/.test(last.lower) &&
    verbForm(lower) === 'base'
  )
    return 'NOUN';
  if (tag === 'VERB' && /^\p{Lu}/u.test(word.text) && last?.tag === 'PROPN') return 'PROPN';
  if (tag === 'VERB' && isAttributive(lower, last, next)) return 'ADJ';
  if (
    tag === 'VERB' &&
    /^(DET|ADJ)$/.test(last?.tag ?? '') &&
    verbForm(lower) === 'base' &&
    !/^(that|this|these|those|all|both)$/.test(last?.lower ?? '')
  )
    return 'NOUN';
  if (
    /^(NOUN|ADJ)$/.test(tag) &&
    isBehindModal(last, previous) &&
    verbForm(lower) === 'base' &&
    next?.tag !== 'CCONJ'
  )
    return 'VERB';
  // "who stumble upon", "flushed with": a finite verb is due.
  if (tag === 'NOUN' && /^(who|they|we|he|she)$/.test(last?.lower ?? '')) return 'VERB';
  if (
    tag === 'ADJ' &&
    lower.endsWith('ed') &&
    /^(DET|PRON|PROPN)$/.test(next?.tag ?? '') &&
    /^(PUNCT|NOUN|PROPN|CCONJ|ADV)$/.test(last?.tag ?? '')
  )
    return 'VERB';
  if (
    tag === 'ADJ' &&
    lower.endsWith('ed') &&
    /^(with|by|in|into|from|to|at|as)$/.test(next?.lower ?? '') &&
    !/^(DET|ADJ)$/.test(last?.tag ?? '')
  )
    return 'VERB';
  return tag;
}

/** "do n't possess", "would probably": what follows is a verb. */
function isBehindModal(last: Word | undefined, previous: Word | undefined): boolean {
  const modal = last?.lower === 'not' ? previous : last;
  return (
    /^(n't|do|does|did|will|would|can|could|may|might|should|must|shall)$/.test(
      modal?.lower ?? '',
    ) &&
    modal?.tag !== 'NOUN' &&
    modal?.tag !== 'PROPN'
  );
}

/** "said lap", "the remaining trackage": a participle before a noun, behind what opens a noun phrase. */
function isAttributive(lower: string, last: Word | undefined, next: Word | undefined): boolean {
  if (!/^(NOUN|PROPN|ADJ)$/.test(next?.tag ?? '')) return false;
  const form = verbForm(lower);
  if (form === 'base' || form === 'present' || form === 'past') return false;
  if (/^(DET|NUM)$/.test(last?.tag ?? '') || last?.lower === "'s")
    return !/^(being|having|becoming)$/.test(lower);
  if (last?.tag === 'ADJ') return true;
  if (/^(its|his|her|their|our|my|your)$/.test(last?.lower ?? '')) return true;
  return last?.tag === 'ADP' && form !== 'gerund';
}
