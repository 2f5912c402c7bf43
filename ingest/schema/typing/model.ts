/**
 * What tells the relations of a schema apart: three rankers (which relation, which object, which subject),
 * taught by the examples of the schema on top of weights that hold for every schema.
 */

import type { Schema, SchemaExample } from '../types.ts';
import { candidatesOf, type Candidate, type KnownMention } from './candidates.ts';
import {
  pairFeatures,
  relationFeatures,
  roleFeatures,
  sentenceContext,
  type SentenceContext,
} from './features.ts';
import { GENERAL_WEIGHTS } from './general-weights.ts';
import { plainForm } from './plain-form.ts';
import { combine, Ranker, type Choice } from './ranker.ts';
import { typedRelation, type TypedRelation } from './relations.ts';
import { unspokenValues, valueFeatures } from './values.ts';
import { wordsOf } from './words.ts';

export interface TypingModel extends Rankers {
  readonly schema: Schema;
  readonly relations: readonly TypedRelation[];
  /** Values a relation may have without their words in the text: plain form -> name. */
  readonly values: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export interface TypingSource {
  readonly text: string;
  /** Names that the rules found, spans into `text`. */
  readonly mentions: readonly KnownMention[];
}

const ROUNDS = 6;
const RATE = 0.3;
const DECAY = 0.0005;

export function contextOf({ text, mentions }: TypingSource): SentenceContext {
  const words = wordsOf(text);
  return sentenceContext(text, words, candidatesOf(text, words, mentions));
}

/** The mentions of an example's text are asked for with `mentionsOf`. */
export function learnTyping(
  schema: Schema,
  mentionsOf: (text: string) => readonly KnownMention[],
): TypingModel {
  const model = untaughtModel(schema, schema.examples);
  const choices = schema.examples.flatMap((example) =>
    exampleChoices(
      model,
      example,
      contextOf({ text: example.text, mentions: mentionsOf(example.text) }),
    ),
  );
  for (let round = 0; round < ROUNDS; round += 1)
    for (const { ranker, choice } of choices) ranker.learn(choice, RATE, DECAY);
  return model;
}

/** Knows the schema's words and types, and what holds for every schema. */
export function untaughtModel(
  schema: Schema,
  examples: readonly SchemaExample[],
  rankers = generalRankers(),
): TypingModel {
  const examplesOf = new Map<string, SchemaExample[]>();
  for (const example of examples) {
    const relation = relationNamed(schema, example.relation);
    if (relation === undefined) continue;
    examplesOf.set(relation.id, [...(examplesOf.get(relation.id) ?? []), example]);
  }
  return {
    schema,
    relations: schema.relations.map((one) => typedRelation(schema, one, examplesOf.has(one.id))),
    values: new Map([...examplesOf].map(([id, list]) => [id, unspokenValues(list)])),
    ...rankers,
  };
}

export interface Rankers {
  readonly relationRanker: Ranker;
  readonly objectRanker: Ranker;
  readonly subjectRanker: Ranker;
}

function generalRankers(): Rankers {
  return {
    relationRanker: Ranker.with(GENERAL_WEIGHTS.relation),
    objectRanker: Ranker.with(GENERAL_WEIGHTS.object),
    subjectRanker: Ranker.with(GENERAL_WEIGHTS.subject),
  };
}

function relationNamed(schema: Schema, name: string): { id: string } | undefined {
  return schema.relations.find((one) => one.id === name || one.label === name);
}

interface TaughtChoice {
  readonly ranker: Ranker;
  readonly choice: Choice;
}

export function exampleChoices(
  model: TypingModel,
  example: SchemaExample,
  context: SentenceContext,
): TaughtChoice[] {
  const id = relationNamed(model.schema, example.relation)?.id;
  const index = model.relations.findIndex((one) => one.definition.id === id);
  const relation = model.relations[index];
  if (relation === undefined) return [];
  const objects = objectOptions(model, context, relation);
  const rightObjects = indicesOf(objects.names, example.object);
  const rightSubjects = indicesOf(
    context.candidates.map((one) => one.text),
    example.subject,
  );
  const object = context.candidates[rightObjects[0] ?? -1];
  const choices: TaughtChoice[] = [
    {
      ranker: model.relationRanker,
      choice: {
        features: model.relations.map((one) => relationFeatures(context, one)),
        right: [index],
      },
    },
  ];
  if (rightObjects.length > 0)
    choices.push({
      ranker: model.objectRanker,
      choice: { features: objects.features, right: rightObjects },
    });
  if (rightSubjects.length > 0)
    choices.push({
      ranker: model.subjectRanker,
      choice: { features: subjectOptions(context, relation, object), right: rightSubjects },
    });
  return choices;
}

function indicesOf(names: readonly string[], name: string): number[] {
  const plain = plainForm(name);
  return names.flatMap((one, index) => (plainForm(one) === plain ? [index] : []));
}

/** The candidates of the sentence, then the relation's unspoken values that no candidate spells. */
export function objectOptions(
  model: TypingModel,
  context: SentenceContext,
  relation: TypedRelation,
): { readonly names: string[]; readonly features: number[][] } {
  const names = context.candidates.map((one) => one.text);
  const features = context.candidates.map((_, index) =>
    roleFeatures(context, index, relation, 'object'),
  );
  const spoken = new Set(names.map(plainForm));
  for (const [plain, name] of model.values.get(relation.definition.id) ?? []) {
    if (spoken.has(plain)) continue;
    names.push(name);
    features.push(valueFeatures(context, plain, relation));
  }
  return { names, features };
}

export function subjectOptions(
  context: SentenceContext,
  relation: TypedRelation,
  object: Candidate | undefined,
): number[][] {
  return context.candidates.map((_, index) => {
    const pair = object === undefined ? [] : pairFeatures(context, index, object);
    const own = relation.isLearned ? pair.map((hash) => combine(hash, relation.hash)) : [];
    return [...roleFeatures(context, index, relation, 'subject'), ...pair, ...own];
  });
}
