/** The schema of a workspace, and what was kept out of its graph. */
import { z } from 'zod';
import { spanSchema } from './common.ts';

const name = z.string().trim().min(1).max(200);
const names = z.array(name).max(100);
const description = z.string().max(4_000);

export const entityTypeDefinitionSchema = z
  .object({ id: name, label: name, aliases: names, description })
  .meta({ id: 'EntityTypeDefinition' });

export const relationDefinitionSchema = z
  .object({
    id: name,
    label: name,
    aliases: names,
    description,
    domain: names.meta({ description: 'Ids of entity types; empty: any.' }),
    range: names,
    functional: z.boolean().meta({ description: 'One object at a time for each subject.' }),
  })
  .meta({ id: 'RelationDefinition' });

export const schemaExampleSchema = z
  .object({ text: z.string().min(1).max(4_000), subject: name, relation: name, object: name })
  .meta({ id: 'SchemaExample', description: 'A sentence with one fact that it states.' });

export const restatedSchema = z
  .object({ documents: z.int(), waiting: z.int() })
  .meta({ description: 'How many published documents are not yet stated in the present schema.' });

export const workspaceSchemaSchema = z
  .object({
    title: z.string(),
    entity_types: z.array(entityTypeDefinitionSchema),
    relations: z.array(relationDefinitionSchema),
    examples: z.array(schemaExampleSchema),
    revision: z.int().meta({ description: 'Grows with every change; 0: there is no schema.' }),
    updated_at: z.iso.datetime().nullable(),
    restated: restatedSchema,
  })
  .meta({ id: 'WorkspaceSchema' });

/** What is usual may be left out: ids default to labels. */
export const workspaceSchemaPutSchema = z
  .object({
    title: z.string().max(200).default(''),
    entity_types: z
      .array(
        z.object({
          id: name.optional(),
          label: name,
          aliases: names.default([]),
          description: description.default(''),
        }),
      )
      .max(2_000)
      .default([]),
    relations: z
      .array(
        z.object({
          id: name.optional(),
          label: name,
          aliases: names.default([]),
          description: description.default(''),
          domain: names.default([]),
          range: names.default([]),
          functional: z.boolean().default(false),
        }),
      )
      .max(2_000),
    examples: z.array(schemaExampleSchema).max(5_000).default([]),
    expected_revision: z.int().min(0).optional().meta({
      description:
        'The revision that was changed: 409 `schema_changed` if the schema has another one by now.',
    }),
  })
  .meta({ id: 'WorkspaceSchemaPut' });

export const schemaImportSchema = z
  .object({
    content: z
      .string()
      .min(1)
      .max(10_000_000)
      .meta({ description: 'Turtle or N-Triples (OWL, RDF Schema), or JSON.' }),
  })
  .meta({ id: 'SchemaImport' });

export const rejectedFactSchema = z
  .object({
    id: z.string(),
    document_id: z.string(),
    chunk_id: z.string(),
    reason: z.string(),
    subject: z.string(),
    relation: z.string(),
    object: z.string(),
    sentence: spanSchema,
  })
  .meta({
    id: 'RejectedFact',
    description: 'A triple that broke a contract, in the words of the text.',
  });

export const rejectedFactQuerySchema = z.object({
  reason: z.string().max(50).optional(),
  document_id: z.string().max(100).optional(),
});

export const rejectionCountsSchema = z
  .object({ total: z.int(), by_reason: z.record(z.string(), z.int()) })
  .meta({ id: 'RejectionCounts' });

export const readingRequestSchema = z
  .object({
    document_ids: z
      .array(z.string().min(1).max(100))
      .min(1)
      .max(10_000)
      .optional()
      .meta({ description: 'Default: all documents of the workspace.' }),
  })
  .meta({ id: 'ReadingRequest' });

export const readingStartSchema = readingRequestSchema
  .extend({
    confirm: z.literal(true).meta({ description: 'That the estimate was seen and is agreed to.' }),
  })
  .meta({ id: 'ReadingStart' });

export const readingEstimateSchema = z
  .object({
    model: z.string(),
    documents: z.int(),
    chunks: z.int(),
    cached_chunks: z.int().meta({ description: 'Read before with the same question: free.' }),
    prompt_tokens: z.int(),
    output_tokens: z.int().meta({ description: 'At most.' }),
    seconds: z.number().nullable().meta({ description: 'At most; null: not known.' }),
    cost_usd: z.number().nullable().meta({ description: 'At most; null: no price is configured.' }),
  })
  .meta({ id: 'ReadingEstimate' });

export const readingJobsSchema = z
  .object({ model: z.string(), job_ids: z.array(z.string()) })
  .meta({ id: 'ReadingJobs' });

export type WorkspaceSchema = z.infer<typeof workspaceSchemaSchema>;
export type RejectedFact = z.infer<typeof rejectedFactSchema>;
