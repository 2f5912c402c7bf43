/** One sentence and a typing model -> the facts of the schema that it states. Deterministic. */

import type { EntityType, Span } from '../../../graph/index.ts';
import type { RelationDefinition } from '../types.ts';
import type { Candidate } from './candidates.ts';
import { learnedWords, relationFeatures, type SentenceContext } from './features.ts';
import {
  contextOf,
  objectOptions,
  subjectOptions,
  type TypingModel,
  type TypingSource,
} from './model.ts';
import { plainForm } from './plain-form.ts';
import { combine, featureHash } from './ranker.ts';
import type { TypedRelation } from './relations.ts';
import { tellingWords } from './values.ts';

export interface TypedArgument {
  readonly name: string;
  readonly span: Span;
  readonly type: EntityType | undefined;
  /** The name is a value that examples taught, not the words at `span`. */
  readonly isTaught: boolean;
}

export interface TypedFact {
  readonly subject: TypedArgument;
  readonly relation: RelationDefinition;
  readonly object: TypedArgument;
  /** Product of the probabilities of relation (relative to the best), object and subject; 0..1. */
  readonly confidence: number;
}

export interface TypingOptions {
  /** Relations this much less likely than the best one of the sentence are not stated; 0..1. */
  readonly minRelation: number;
  /** Further objects of a relation must be this likely, relative to its best one; 0..1. */
  readonly minObject: number;
  readonly minConfidence: number;
}

const DEFAULT_TYPING: TypingOptions = { minRelation: 0, minObject: 0.3, minConfidence: 0.1 };

export function typeSentence(
  model: TypingModel,
  source: TypingSource,
  options: TypingOptions = DEFAULT_TYPING,
): TypedFact[] {
  const context = contextOf(source);
  if (context.candidates.length < 2 || model.relations.length === 0) return [];
  const likely = model.relationRanker.rank(
    model.relations.map((one) => relationFeatures(context, one)),
  );
  const best = Math.max(...likely);
  return model.relations.flatMap((relation, index) => {
    const share = (likely[index] as number) / best;
    const isStated = share >= options.minRelation && hasCue(model, context, relation);
    return !isStated ? [] : factsOf(model, context, relation, share, options);
  });
}

/** A learned word or pair of words this telling is a cue. */
const CUE_WEIGHT = 0.25;

/** One relation is always the likeliest: it is stated only if some word of the sentence speaks for it. */
function hasCue(model: TypingModel, context: SentenceContext, relation: TypedRelation): boolean {
  const { stems } = relation;
  if (context.words.some((word) => stems.has(word.stem))) return true;
  if (!relation.isLearned)
    return context.words.some(
      (word) => relation.range.stems.has(word.stem) && word.shape === 'capital',
    );
  const own = learnedWords(context, relation);
  return own.some((feature) => model.relationRanker.weight(feature) >= CUE_WEIGHT);
}

function factsOf(
  model: TypingModel,
  context: SentenceContext,
  relation: TypedRelation,
  share: number,
  options: TypingOptions,
): TypedFact[] {
  const objects = objectOptions(model, context, relation);
  const likely = model.objectRanker.rank(objects.features);
  const best = argmax(likely);
  const first = context.candidates[best];
  const subjects = model.subjectRanker.rank(subjectOptions(context, relation, first));
  const bestName = plainForm(objects.names[best] as string);
  const subjectAt = argmax(
    subjects.map((one, index) =>
      plainForm((context.candidates[index] as Candidate).text) === bestName ? -1 : one,
    ),
  );
  const subject = argument(context.candidates[subjectAt] as Candidate);
  return chosenObjects(context, likely, best, relation, options).flatMap((index) => {
    const candidate = context.candidates[index];
    const name = objects.names[index] as string;
    const confidence =
      Math.cbrt(share) * (likely[index] as number) * (subjects[subjectAt] as number);
    if (confidence < options.minConfidence || plainForm(name) === plainForm(subject.name))
      return [];
    const object =
      candidate === undefined ? taught(model, context, relation, name) : argument(candidate);
    return [{ subject, relation: relation.definition, object, confidence }];
  });
}

/** The best object and others nearly as good that do not overlap it; one only where the relation is functional. */
function chosenObjects(
  context: SentenceContext,
  likely: Float64Array,
  best: number,
  relation: TypedRelation,
  options: TypingOptions,
): number[] {
  const chosen = [best];
  if (relation.definition.functional) return chosen;
  const floor = options.minObject * (likely[best] as number);
  const order = [...likely.keys()].sort((a, b) => (likely[b] as number) - (likely[a] as number));
  for (const index of order) {
    if ((likely[index] as number) < floor) break;
    const one = context.candidates[index];
    const isFree = chosen.every((other) => {
      const taken = context.candidates[other];
      return (
        one !== undefined &&
        taken !== undefined &&
        (one.end <= taken.start || taken.end <= one.start)
      );
    });
    if (isFree) chosen.push(index);
  }
  return chosen;
}

function argument(one: Candidate): TypedArgument {
  return {
    name: one.text,
    span: { start: one.start, end: one.end },
    type: one.type,
    isTaught: false,
  };
}

/** The words that told a value most are where it stands. */
function taught(
  model: TypingModel,
  context: SentenceContext,
  relation: TypedRelation,
  name: string,
): TypedArgument {
  const mine = combine(featureHash(`value=${plainForm(name)}`), relation.hash);
  const words = tellingWords(context);
  const weights = words.map(({ hash }) => model.objectRanker.weight(combine(mine, hash)));
  const top = words[argmax(weights)] ?? { from: 0, to: 0 };
  return {
    name,
    span: {
      start: context.words[top.from]?.start ?? 0,
      end: context.words[top.to]?.end ?? context.text.length,
    },
    type: undefined,
    isTaught: true,
  };
}

function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index += 1)
    if ((values[index] as number) > (values[best] as number)) best = index;
  return best;
}
