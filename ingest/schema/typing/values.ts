/**
 * Values that examples state in other words than the text: "track and field athlete" -> "athletics
 * competitor". Each such value of a relation becomes a candidate, told by the words of the sentence.
 */

import type { SchemaExample } from '../types.ts';
import type { SentenceContext } from './features.ts';
import { combine, featureHash } from './ranker.ts';
import type { TypedRelation } from './relations.ts';
import { isStopWord } from './words.ts';
import { plainForm } from './plain-form.ts';

/** Fewer examples than this say nothing about which words tell a value. */
const MIN_EXAMPLES = 2;
const IS_VALUE = featureHash('isvalue');

/** The values of one relation that some example did not find in its text; by plain form. */
export function unspokenValues(examples: readonly SchemaExample[]): Map<string, string> {
  const counts = new Map<string, number>();
  const unspoken = new Map<string, string>();
  for (const { object, text } of examples) {
    const plain = plainForm(object);
    counts.set(plain, (counts.get(plain) ?? 0) + 1);
    if (!plainForm(text).includes(plain)) unspoken.set(plain, object);
  }
  for (const plain of unspoken.keys())
    if ((counts.get(plain) ?? 0) < MIN_EXAMPLES) unspoken.delete(plain);
  return unspoken;
}

export function valueFeatures(
  context: SentenceContext,
  plain: string,
  relation: TypedRelation,
): number[] {
  const mine = combine(featureHash(`value=${plain}`), relation.hash);
  const features = [mine, combine(IS_VALUE, relation.hash), IS_VALUE];
  for (const { hash } of tellingWords(context)) features.push(combine(mine, hash));
  return features;
}

/** Content words and pairs of words, with their places. */
export function tellingWords({ words }: SentenceContext): {
  readonly hash: number;
  readonly from: number;
  readonly to: number;
}[] {
  return words.flatMap((word, index) => {
    if (word.shape === 'mark' || isStopWord(word.lower)) return [];
    const next = words[index + 1];
    const single = { hash: featureHash(`s=${word.stem}`), from: index, to: index };
    if (next === undefined || next.shape === 'mark') return [single];
    const pair = { hash: featureHash(`b=${word.lower} ${next.lower}`), from: index, to: index + 1 };
    return [single, pair];
  });
}
