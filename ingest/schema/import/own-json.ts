/** Our own form of a schema, as the API speaks it: short for what is usual, strict for what is wrong. */

import { z } from 'zod';
import type { Schema } from '../types.ts';
import { SchemaFormatError } from './errors.ts';

const name = z.string().trim().min(1).max(200);
const names = z.array(name).max(100).default([]);
const description = z.string().max(4_000).default('');

const schemaInput = z.object({
  title: z.string().max(200).default(''),
  entity_types: z
    .array(z.object({ id: name.optional(), label: name, aliases: names, description }))
    .max(2_000)
    .default([]),
  relations: z
    .array(
      z.object({
        id: name.optional(),
        label: name,
        aliases: names,
        description,
        domain: names,
        range: names,
        functional: z.boolean().default(false),
      }),
    )
    .max(2_000),
  examples: z
    .array(
      z.object({
        text: z.string().min(1).max(4_000),
        subject: name,
        relation: name,
        object: name,
      }),
    )
    .max(5_000)
    .default([]),
});

/** @throws SchemaFormatError if ids repeat, or a domain or range names no type */
export function schemaOfInput(value: unknown): Schema {
  const read = schemaInput.safeParse(value);
  if (!read.success)
    throw new SchemaFormatError(
      `This is no schema: ${z.prettifyError(read.error)}`,
      'Expected {"relations": [{"label", "domain", "range", ...}], "entity_types": [{"label"}]}.',
    );
  const { title, entity_types: types, relations, examples } = read.data;
  const schema: Schema = {
    title,
    entityTypes: types.map((one) => ({ ...one, id: one.id ?? one.label })),
    relations: relations.map((one) => ({ ...one, id: one.id ?? one.label })),
    examples,
  };
  return withTypeIds(checked(schema));
}

function checked(schema: Schema): Schema {
  for (const [kind, list] of [
    ['entity type', schema.entityTypes],
    ['relation', schema.relations],
  ] as const) {
    const seen = new Set<string>();
    for (const { id } of list) {
      if (seen.has(id))
        throw new SchemaFormatError(
          `Two ${kind}s have the id ${JSON.stringify(id)}.`,
          `Give every ${kind} its own id, or its own label where it has no id.`,
        );
      seen.add(id);
    }
  }
  return schema;
}

/** Domains and ranges may name a type by its label. */
function withTypeIds(schema: Schema): Schema {
  const idOf = (named: string): string => {
    const type = schema.entityTypes.find((one) => one.id === named || one.label === named);
    if (type !== undefined) return type.id;
    throw new SchemaFormatError(
      `A relation's domain or range is ${JSON.stringify(named)}, which is no entity type of the schema.`,
      'Add it to "entity_types", or leave the domain or range out: then anything fits.',
    );
  };
  return {
    ...schema,
    relations: schema.relations.map((one) => ({
      ...one,
      domain: one.domain.map(idOf),
      range: one.range.map(idOf),
    })),
  };
}
