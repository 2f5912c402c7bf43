/** "had been slowly rebuilt", "refused", "to go": auxiliaries, adverbs, the verb and its particle as one chunk. */

import type { Chunk, VerbFeatures } from './chunk.ts';
import { verbForm, type Form } from './verb-form.ts';
import { BE, FINITE_AUX, PARTICLES, SUBORDINATORS } from './word-lists.ts';
import type { Word } from './words.ts';

export function verbGroup(
  words: readonly Word[],
  start: number,
  before: readonly Chunk[],
): Chunk | undefined {
  let at = start;
  const first = words[at];
  if (first === undefined) return undefined;
  const last = before.at(-1);
  // "strictly maintain", "then refused": the adverb before the verb is the verb's.
  if (first.tag === 'ADV' && !SUBORDINATORS.has(first.lower) && first.lower !== 'where') {
    while (words[at]?.tag === 'ADV') at += 1;
    const after = words[at];
    if (after?.tag !== 'VERB' && !(after?.tag === 'AUX' && last?.kind === 'np')) return undefined;
    if (last?.kind !== 'np' && last?.kind !== 'rel' && last?.kind !== 'cc') return undefined;
  }
  const infinitive = words[at]?.lower === 'to' && isInfinitive(words, at);
  if (infinitive) at += 1;
  if (!infinitive && words[at]?.tag !== 'VERB' && words[at]?.tag !== 'AUX') return undefined;
  return readGroup(words, start, at, infinitive);
}

function isInfinitive(words: readonly Word[], at: number): boolean {
  let next = at + 1;
  while (words[next]?.tag === 'ADV') next += 1;
  const word = words[next];
  return (
    (word?.tag === 'VERB' && /^(base)$/.test(verbForm(word.lower))) ||
    word?.lower === 'be' ||
    word?.lower === 'have' ||
    (words[at]?.tag === 'PART' && word?.tag === 'VERB')
  );
}

function readGroup(
  words: readonly Word[],
  start: number,
  from: number,
  infinitive: boolean,
): Chunk {
  let at = from;
  let main = from;
  let negated = false;
  const verbs: Word[] = [];
  while (at < words.length) {
    const word = words[at] as Word;
    if (/^(not|n't|never)$/.test(word.lower)) {
      negated = true;
      at += 1;
    } else if (word.tag === 'AUX' || (word.tag === 'VERB' && continues(verbs, word))) {
      verbs.push(word);
      main = at;
      at += 1;
    } else if (word.tag === 'ADV' && verbFollows(words, at, verbs)) at += 1;
    else break;
  }
  if (negated && at - 1 > main) main = at - 1;
  let to = main;
  const next = words[to + 1];
  const after = words[to + 2];
  // "made up", "catch up with": a particle is the verb's when no noun phrase follows.
  if (
    next !== undefined &&
    PARTICLES.has(next.lower) &&
    /^(ADP|ADV|PART)$/.test(next.tag) &&
    (after === undefined || /^(ADP|PUNCT|CCONJ|SCONJ)$/.test(after.tag)) &&
    verbs.at(-1)?.tag === 'VERB'
  )
    to += 1;
  return {
    kind: 'vg',
    from: start,
    to,
    word: (words[main] as Word).lower,
    verb: featuresOf(verbs, infinitive, negated, main),
  };
}

/** A second verb belongs to the group only behind an auxiliary. */
function continues(verbs: readonly Word[], word: Word): boolean {
  const last = verbs.at(-1);
  if (last === undefined) return true;
  if (last.tag !== 'AUX')
    return (
      /^(have|has|had)$/.test(last.lower) &&
      /^(participle|pastOrParticiple)$/.test(verbForm(word.lower))
    );
  return true;
}

function verbFollows(words: readonly Word[], at: number, verbs: readonly Word[]): boolean {
  let next = at;
  while (words[next]?.tag === 'ADV' || /^(not|n't|never)$/.test(words[next]?.lower ?? ''))
    next += 1;
  const word = words[next];
  if (word === undefined) return false;
  if (verbs.length === 0) return word.tag === 'VERB' || word.tag === 'AUX';
  return verbs.at(-1)?.tag === 'AUX' && (word.tag === 'VERB' || word.tag === 'AUX');
}

function featuresOf(
  verbs: readonly Word[],
  infinitive: boolean,
  negated: boolean,
  main: number,
): VerbFeatures {
  const first = verbs[0] as Word;
  const last = verbs.at(-1) as Word;
  const form: Form = verbForm(last.lower);
  const hasAux = verbs.length > 1;
  const finiteAux = FINITE_AUX.has(first.lower);
  const lone = !hasAux && !infinitive && last.tag === 'VERB';
  const isPast = form === 'participle' || form === 'pastOrParticiple';
  const beBefore = verbs.slice(0, -1).some((verb) => BE.has(verb.lower));
  return {
    finite:
      !infinitive &&
      (finiteAux || (lone && (form === 'base' || form === 'present' || form === 'past'))),
    ambiguous: lone && form === 'pastOrParticiple' && !finiteAux,
    infinitive,
    gerund:
      !finiteAux &&
      !infinitive &&
      (verbForm(first.lower) === 'gerund' || first.lower === 'being' || first.lower === 'having'),
    passive: isPast && (beBefore || (lone && form === 'participle')),
    copula: BE.has(last.lower),
    negated,
    main,
  };
}
