/**
 * What speaks for a candidate. Two groups: general features hold for every schema (does a word of the
 * relation's label stand near, does the type fit), lexical ones only for the relation they were learned for.
 */

import type { Candidate } from './candidates.ts';
import { combine, featureHash } from './ranker.ts';
import type { TypedRelation } from './relations.ts';
import { isStopWord, type Word } from './words.ts';

export interface SentenceContext {
  readonly text: string;
  readonly words: readonly Word[];
  readonly candidates: readonly Candidate[];
  /** Per candidate, shared by all relations. */
  readonly lexical: readonly (readonly number[])[];
  readonly shape: readonly (readonly number[])[];
}

export function sentenceContext(
  text: string,
  words: readonly Word[],
  candidates: readonly Candidate[],
): SentenceContext {
  return {
    text,
    words,
    candidates,
    lexical: candidates.map((one) => lexicalFeatures(words, one)),
    shape: candidates.map((one) => shapeFeatures(words, one).map(featureHash)),
  };
}

function lowerAt(words: readonly Word[], index: number): string {
  return words[index]?.lower ?? (index < 0 ? '<s>' : '</s>');
}

/** The word before a list of names, for its later members: "directed by A, B and C". */
function anchorOf(words: readonly Word[], from: number): number {
  let at = from - 1;
  while (at >= 0) {
    const word = words[at] as Word;
    if (
      word.shape === 'capital' ||
      word.shape === 'digit' ||
      /^(,|and|or|&|\(|\))$/.test(word.lower)
    )
      at -= 1;
    else break;
  }
  return at;
}

function lexicalFeatures(words: readonly Word[], { from, to, text, kind }: Candidate): number[] {
  const before = lowerAt(words, from - 1);
  const before2 = lowerAt(words, from - 2);
  const after = lowerAt(words, to + 1);
  const anchor = anchorOf(words, from);
  const features = [
    `w-1=${before}`,
    `w-2=${before2} ${before}`,
    `w-3=${lowerAt(words, from - 3)} ${before2} ${before}`,
    `w+1=${after}`,
    `w+2=${after} ${lowerAt(words, to + 2)}`,
    `around=${before} ${after}`,
    `head=${lowerAt(words, to)}`,
    `first=${lowerAt(words, from)}`,
    `text=${text.toLowerCase()}`,
    `anchor=${lowerAt(words, anchor)}`,
    `anchor2=${lowerAt(words, anchor - 1)} ${lowerAt(words, anchor)}`,
    `end=${lowerAt(words, to).slice(-3)}`,
    `kind=${kind}`,
  ];
  for (let index = Math.max(0, from - 6); index < from; index += 1)
    if (!isStopWord(lowerAt(words, index)) && words[index]?.shape === 'lower')
      features.push(`left=${words[index]?.stem}`);
  for (let index = to + 1; index < Math.min(words.length, to + 5); index += 1)
    if (!isStopWord(lowerAt(words, index)) && words[index]?.shape === 'lower')
      features.push(`right=${words[index]?.stem}`);
  for (let index = from; index <= to; index += 1) features.push(`in=${words[index]?.stem}`);
  return features.map(featureHash);
}

function shapeFeatures(words: readonly Word[], one: Candidate): string[] {
  const { from, to, kind } = one;
  const left = words[from - 1];
  const right = words[to + 1];
  const isCut = (word: Word | undefined): boolean =>
    word?.shape === 'capital' || word?.shape === 'digit';
  const inside = words.slice(from, to + 1);
  const caps = inside.filter((word) => word.shape === 'capital').length;
  const depth = words
    .slice(0, from)
    .reduce((sum, word) => sum + (word.text === '(' ? 1 : word.text === ')' ? -1 : 0), 0);
  return [
    `kind=${kind} ${one.form ?? ''}`,
    `type=${one.type ?? 'none'} ${kind}`,
    `words=${Math.min(6, inside.length)} ${kind}`,
    `shape=${inside
      .map((word) => word.shape[0])
      .join('')
      .replaceAll(/(.)\1+/g, '$1')}`,
    `caps=${caps === inside.length ? 'all' : caps === 0 ? 'none' : 'some'}`,
    `cut=${isCut(left) ? 'l' : ''}${isCut(right) ? 'r' : ''} ${kind}`,
    `lowercut=${left?.shape === 'lower' && !isStopWord(left.lower) ? 'l' : ''}${right?.shape === 'lower' && !isStopWord(right.lower) ? 'r' : ''} ${kind}`,
    `opens=${from === 0 ? 'first' : from <= 2 ? 'early' : 'later'} ${kind}`,
    `start=${from === 0} ${isStopWord(inside[0]?.lower ?? '') ? inside[0]?.lower : ''}`,
    `possessive=${right?.lower === "'s"} ${inside.some((word) => word.lower === "'s")} ${kind}`,
    `the=${left?.lower === 'the'} ${inside[0]?.lower === 'the'}`,
    `depth=${depth > 0 ? 1 : 0} ${kind}`,
    `mark=${inside.some((word) => word.shape === 'mark') ? inside.find((word) => word.shape === 'mark')?.text : ''}`,
    `next=${right?.shape ?? 'end'} ${right?.shape === 'mark' ? right.text : ''}`,
    `previous=${left?.shape ?? 'start'} ${left?.shape === 'mark' ? left.text : isStopWord(left?.lower ?? '') ? left?.lower : ''}`,
  ];
}

export type Role = 'subject' | 'object';

/** Features of candidate `index` as `role` of `relation`. General ones come first; `lexical` may be left out. */
export function roleFeatures(
  context: SentenceContext,
  index: number,
  relation: TypedRelation,
  role: Role,
): number[] {
  const roleHash = role === 'subject' ? 0x51ed270b : 0x2545f491;
  const mine = combine(relation.hash, roleHash);
  const features: number[] = [];
  const cues = cueFeatures(context, index, relation, role).map(featureHash);
  for (const hash of [...(context.shape[index] as number[]), ...cues]) {
    features.push(combine(hash, roleHash));
    if (relation.isLearned) features.push(combine(hash, mine));
  }
  if (relation.isLearned)
    for (const hash of context.lexical[index] as number[])
      features.push(combine(hash, mine), combine(hash, roleHash));
  return features;
}

/** How the relation's own words and types show around and in the candidate. */
function cueFeatures(
  { words, candidates }: SentenceContext,
  index: number,
  relation: TypedRelation,
  role: Role,
): string[] {
  const one = candidates[index] as Candidate;
  const types = role === 'object' ? relation.range : relation.domain;
  const features = [
    `fit=${fitOf(types.broad, one)}`,
    `headfit=${types.stems.has(words[one.to]?.stem ?? '')} ${one.kind}`,
  ];
  if (role === 'object') {
    features.push(`near=${nearest(words, one, relation.stems)}`);
    const inside = words.slice(one.from, one.to + 1);
    features.push(`inlabel=${inside.some((word) => relation.stems.has(word.stem))}`);
  }
  features.push(`typenear=${nearest(words, one, types.stems)}`);
  return features;
}

function fitOf(broad: ReadonlySet<string>, one: Candidate): string {
  if (broad.size === 0) return `open ${one.type ?? 'none'} ${one.kind}`;
  return `${[...broad].sort().join('|')} ${one.type ?? 'none'} ${one.kind}`;
}

/** Where the nearest cue word stands: l1, l2-3, l4-6, r1 ...; none. */
function nearest(words: readonly Word[], one: Candidate, stems: ReadonlySet<string>): string {
  for (let distance = 1; distance <= 8; distance += 1) {
    if (stems.has(words[one.from - distance]?.stem ?? '')) return `l${bucket(distance)}`;
    if (stems.has(words[one.to + distance]?.stem ?? '')) return `r${bucket(distance)}`;
  }
  return 'none';
}

function bucket(distance: number): string {
  if (distance <= 2) return String(distance);
  return distance <= 4 ? '3-4' : '5-8';
}

/** What speaks for a sentence stating the relation at all. */
export function relationFeatures(context: SentenceContext, relation: TypedRelation): number[] {
  const { words, candidates } = context;
  const cues = words.filter((word) => relation.stems.has(word.stem)).length;
  const ends = words.filter((word) => relation.range.stems.has(word.stem)).length;
  const broad = (types: ReadonlySet<string>): boolean =>
    candidates.some((one) => one.type !== undefined && types.has(one.type));
  const general = [
    `cues=${Math.min(2, cues)} of ${Math.min(2, relation.stems.size)}`,
    `ends=${Math.min(2, ends)}`,
    `fits=${relation.range.broad.size === 0 ? 'any' : broad(relation.range.broad)}`,
    `subjectfits=${relation.domain.broad.size === 0 ? 'any' : broad(relation.domain.broad)}`,
    `dated=${relation.range.broad.has('date')} ${candidates.some((one) => one.kind === 'date')}`,
  ].map(featureHash);
  if (!relation.isLearned) return general;
  const own = [featureHash('prior'), ...general];
  if (candidates.some((one) => one.kind === 'date')) own.push(featureHash('hasdate'));
  return [
    ...general,
    ...own.map((hash) => combine(hash, relation.hash)),
    ...learnedWords(context, relation),
  ];
}

/** Words and pairs of words, as features of the relation. */
export function learnedWords({ words }: SentenceContext, relation: TypedRelation): number[] {
  const own: number[] = [];
  for (const [index, word] of words.entries()) {
    const before = words[index - 1]?.lower ?? '<s>';
    if (word.shape !== 'mark' || word.text === '(') own.push(featureHash(`u=${word.lower}`));
    if (word.shape === 'lower')
      own.push(featureHash(`st=${word.stem}`), featureHash(`b=${before} ${word.lower}`));
  }
  return own.map((hash) => combine(hash, relation.hash));
}

/** How a subject stands to the object that was chosen. */
export function pairFeatures(
  context: SentenceContext,
  subject: number,
  object: Candidate,
): number[] {
  const one = context.candidates[subject] as Candidate;
  const distance = one.from < object.from ? object.from - one.to : one.from - object.to;
  const order = one.from < object.from ? 'before' : 'after';
  const overlap = one.start < object.end && object.start < one.end;
  return [
    `order=${order} ${overlap}`,
    `distance=${order} ${Math.min(6, Math.round(Math.log2(Math.max(1, distance)) * 1.5))}`,
    `same=${one.text.toLowerCase() === object.text.toLowerCase()}`,
  ].map(featureHash);
}
