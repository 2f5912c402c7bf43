/** What a model is asked about one chunk: all its facts in one pass, each to be understood alone. */

import type { Chunk, Schema } from '../../graph/index.ts';
import type { JsonSchema } from '../../engine/index.ts';
import type { TripleRequest } from './types.ts';

const MAX_FACTS = 24;
const MAX_NAME_CHARS = 80;
/** Room for the facts, and never so little that the form cannot be closed. */
const OUTPUT_SHARE = 1.5;
const MIN_OUTPUT_TOKENS = 128;
const MAX_OUTPUT_TOKENS = 1_200;

const RULES =
  'Read the passage and list the facts it states. Write names in full, as the passage or its title has them, never pronouns. State only what the passage says.';

export function tripleRequest(chunk: Chunk, schema: Schema | undefined): TripleRequest {
  return {
    system: `${RULES}${relationsText(schema)} Answer in JSON: {"facts":[{"subject":"...","relation":"...","object":"..."}]}.`,
    user: `Title: ${chunk.headingPath.join(' > ')}\n\n${chunk.text}`,
    schema: formOf(schema),
    maxTokens: Math.min(
      MAX_OUTPUT_TOKENS,
      Math.max(MIN_OUTPUT_TOKENS, Math.round(chunk.tokenCount * OUTPUT_SHARE)),
    ),
  };
}

function relationsText(schema: Schema | undefined): string {
  if (schema === undefined || schema.relations.length === 0) return '';
  const labelOf = new Map(schema.entityTypes.map((one) => [one.id, one.label]));
  const ends = (ids: readonly string[]): string =>
    ids.map((id) => labelOf.get(id) ?? id).join(' or ') || 'anything';
  const lines = schema.relations.map(
    (one) => `- ${one.label}: ${ends(one.domain)} -> ${ends(one.range)}`,
  );
  return ` Use these relations only:\n${lines.join('\n')}\n`;
}

function formOf(schema: Schema | undefined): JsonSchema {
  const labels = schema?.relations.map((one) => one.label) ?? [];
  const text: JsonSchema = { type: 'string', maxLength: MAX_NAME_CHARS };
  const relation: JsonSchema = labels.length > 0 ? { type: 'string', enum: labels } : text;
  return strict({
    facts: {
      type: 'array',
      maxItems: MAX_FACTS,
      items: strict({ subject: text, relation, object: text }),
    },
  });
}

function strict(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  };
}
