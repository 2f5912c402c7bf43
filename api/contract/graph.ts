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

const PARTIAL_DATE = /^[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?$/;

const partialDateSchema = z
  .string()
  .regex(PARTIAL_DATE)
  .meta({ description: 'As exact as the text: "2010", "2010-05" or "2010-05-03".' });

const periodSchema = z.object({
  from: partialDateSchema.nullable(),
  to: partialDateSchema.nullable(),
});

export const factTimeSchema = z
  .object({
    periods: z.array(periodSchema).meta({ description: 'When it held, as the texts say it.' }),
    status: z.enum(['current', 'superseded', 'contested']).meta({
      description:
        'superseded: a later fact of a functional relation took its place; contested: another one stands against it, and no time tells which is later.',
    }),
    superseded_by: z.object({ fact_id: z.string(), from: partialDateSchema }).nullable(),
    contested_by: z.array(z.string()),
    first_seen: z.iso.datetime().nullable().meta({
      description: 'Since when this workspace has held a passage that says it.',
    }),
    documents: z.int().meta({ description: 'How many documents say it.' }),
    sentences: z.int().meta({ description: 'How many sentences say it.' }),
  })
  .meta({ id: 'FactTime' });

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
    valid: z
      .object({ ...periodSchema.shape, span: spanSchema })
      .optional()
      .meta({
        description: 'When the fact held, where this sentence says it, and the words that do.',
      }),
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
    time: factTimeSchema
      .optional()
      .meta({ description: 'In lists of facts and in neighbourhoods.' }),
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
  as_of: z.string().regex(PARTIAL_DATE, 'a date like 2010, 2010-05 or 2010-05-03').optional().meta({
    description: 'Only facts that held then; those of which no text says when are taken to.',
  }),
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

const readableGraphFormatSchema = z.enum(['jsonl', 'graphml', 'ntriples']);

export const graphExportQuerySchema = z.object({
  format: z.enum(['jsonl', 'graphml', 'cypher', 'ntriples']).default('jsonl'),
});

export const graphImportQuerySchema = z.object({
  format: readableGraphFormatSchema
    .optional()
    .meta({ description: 'Of an uploaded file; default: by the ending of its name.' }),
});

export const graphImportSchema = z
  .strictObject({
    format: readableGraphFormatSchema,
    name: z.string().trim().min(1).max(255),
    content: z.string().min(1),
  })
  .meta({ id: 'GraphImport' });

export type Entity = z.infer<typeof entitySchema>;
export type Fact = z.infer<typeof factSchema>;
export type FactSupport = z.infer<typeof factSupportSchema>;
export type FactTime = z.infer<typeof factTimeSchema>;
export type Neighbourhood = z.infer<typeof neighbourhoodSchema>;
