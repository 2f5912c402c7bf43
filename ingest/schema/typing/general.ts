/** Learns the general weights from schemas with examples, as if no relation had been seen before. */

import type { Schema } from '../types.ts';
import type { KnownMention } from './candidates.ts';
import { contextOf, exampleChoices, untaughtModel, type Rankers } from './model.ts';
import { packWeights } from './packed-weights.ts';
import { Ranker } from './ranker.ts';

const ROUNDS = 5;
const RATE = 0.2;
const DECAY = 0.001;
/** Smaller weights decide nothing. */
const LEAST = 0.08;

export function learnGeneralWeights(
  schemas: readonly Schema[],
  mentionsOf: (text: string) => readonly KnownMention[],
): { relation: string; object: string; subject: string } {
  const rankers: Rankers = {
    relationRanker: new Ranker(),
    objectRanker: new Ranker(),
    subjectRanker: new Ranker(),
  };
  const choices = schemas.flatMap((schema) => {
    const model = untaughtModel(schema, [], rankers);
    return schema.examples.flatMap((example) =>
      exampleChoices(
        model,
        example,
        contextOf({ text: example.text, mentions: mentionsOf(example.text) }),
      ),
    );
  });
  for (let round = 0; round < ROUNDS; round += 1)
    for (const { ranker, choice } of choices) ranker.learn(choice, RATE, DECAY);
  return {
    relation: packWeights(rankers.relationRanker.weights(LEAST)),
    object: packWeights(rankers.objectRanker.weights(LEAST)),
    subject: packWeights(rankers.subjectRanker.weights(LEAST)),
  };
}
