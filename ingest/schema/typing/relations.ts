/** A relation of the schema as typing sees it: its cue words, and the broad types of its two ends. */

import type { RelationDefinition, Schema } from '../types.ts';
import { broadTypeOf } from './broad-type.ts';
import { featureHash } from './ranker.ts';
import { cueStem, isStopWord } from './words.ts';

export interface TypeFit {
  /** Of the rules' eight types. Empty: any. */
  readonly broad: ReadonlySet<string>;
  readonly stems: ReadonlySet<string>;
}

export interface TypedRelation {
  readonly definition: RelationDefinition;
  readonly hash: number;
  readonly stems: ReadonlySet<string>;
  readonly domain: TypeFit;
  readonly range: TypeFit;
  readonly isLearned: boolean;
}

export function typedRelation(
  schema: Schema,
  definition: RelationDefinition,
  isLearned: boolean,
): TypedRelation {
  return {
    definition,
    hash: featureHash(definition.label),
    stems: stemsOf([definition.label, ...definition.aliases]),
    domain: fit(schema, definition.domain),
    range: fit(schema, definition.range),
    isLearned,
  };
}

function fit(schema: Schema, ids: readonly string[]): TypeFit {
  const types = schema.entityTypes.filter((type) => ids.includes(type.id));
  const labels = types.flatMap((type) => [type.label, ...type.aliases]);
  const broad = labels.map(broadTypeOf);
  return {
    broad: new Set(broad.every((one) => one !== undefined) ? broad : []),
    stems: stemsOf(labels),
  };
}

function stemsOf(labels: readonly string[]): ReadonlySet<string> {
  const words = labels.flatMap((label) => label.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
  return new Set(words.filter((word) => !isStopWord(word)).map(cueStem));
}
