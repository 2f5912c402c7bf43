/** Entities, facts and neighbourhoods. */
import { z } from 'zod';
import { spanSchema } from './common.ts';

export const entityTypeSchema = z.enum([
  'person',
  'place',
  'organization',
  'work',
  'event',
  'date',
  'quantity',
  'thing',
]);

export const entitySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    type: entityTypeSchema,
    aliases: z.array(z.string()),
    mention_count: z.int(),
    fact_count: z.int(),
    document_count: z.int(),
  })
  .meta({ id: 'Entity' });

const endpointSchema = z.object({ id: z.string(), name: z.string(), type: entityTypeSchema });

export const factSupportSchema = z
  .object({
    document_id: z.string(),
    document_title: z.string(),
    chunk_id: z.string(),
    sentence: spanSchema,
    sentence_text: z.string(),
    subject_span: spanSchema,
    relation_span: spanSchema,
    object_span: spanSchema,
  })
  .meta({ id: 'FactSupport' });

export const factSchema = z
  .object({
    id: z.string(),
    subject: endpointSchema,
    relation: z.string(),
    object: endpointSchema,
    confidence: z.number(),
    negated: z.boolean(),
    support: z.array(factSupportSchema),
  })
  .meta({ id: 'Fact' });

export const entityQuerySchema = z.object({
  query: z.string().max(200).optional(),
  type: entityTypeSchema.optional(),
});

export const factQuerySchema = z.object({
  entity_id: z.string().max(100).optional(),
  document_id: z.string().max(100).optional(),
  chunk_id: z.string().max(100).optional(),
  relation: z.string().max(200).optional(),
});

export const neighbourhoodQuerySchema = z.object({
  depth: z.coerce.number().int().min(1).max(3).default(1),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export const neighbourhoodSchema = z
  .object({
    entities: z.array(entitySchema),
    facts: z.array(factSchema),
    truncated: z
      .boolean()
      .meta({ description: 'True if more lies within the depth than was returned.' }),
  })
  .meta({ id: 'Neighbourhood' });

export type Entity = z.infer<typeof entitySchema>;
export type Fact = z.infer<typeof factSchema>;
export type FactSupport = z.infer<typeof factSupportSchema>;
export type Neighbourhood = z.infer<typeof neighbourhoodSchema>;
