/** Which names mean the same: suggestions, decisions, history; and what a change of a document would do. */
import { z } from 'zod';
import { entitySchema } from './graph.ts';

const id = z.string().min(1).max(100);
const name = z.string().trim().min(1).max(200);

export const entityLineSchema = z.object({ id: z.string(), name: z.string() });

export const evidenceSchema = z
  .object({
    feature: z.string(),
    value: z.number(),
    weight: z.number().meta({ description: 'value × weight is added to the log odds.' }),
    detail: z.string(),
  })
  .meta({ id: 'Evidence' });

export const mergeSuggestionSchema = z
  .object({
    from: entitySchema,
    into: entitySchema,
    probability: z.number().min(0).max(1),
    evidence: z.array(evidenceSchema),
  })
  .meta({ id: 'MergeSuggestion' });

export const mergeSuggestionsSchema = z
  .object({
    data: z.array(mergeSuggestionSchema),
    complete: z.boolean().meta({ description: 'False where there was more than was looked at.' }),
  })
  .meta({ id: 'MergeSuggestions' });

export const suggestionQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  least: z.coerce.number().min(0).max(1).default(0.5),
  embeddings: z.enum(['true', 'false']).default('false').meta({
    description:
      'Also look for names that mean the same without looking alike; embeds the 1,000 most mentioned names.',
  }),
});

export const mergeRequestSchema = z
  .strictObject({ from: id, into: id })
  .meta({ id: 'MergeRequest', description: 'All that is said of `from` will be said of `into`.' });

export const distinctRequestSchema = z
  .strictObject({ a: id, b: id })
  .meta({ id: 'DistinctRequest', description: 'Two entities that must not be suggested as one.' });

const cuesSchema = z.record(z.string().max(100), z.number().min(0).max(1000)).meta({
  description: 'Ids of entities whose names in a document speak for the sense, with weights.',
});

export const senseSchema = z
  .strictObject({
    name,
    documents: z.array(id).max(10_000).default([]),
    chunks: z.array(id).max(10_000).default([]),
    cues: cuesSchema.default({}),
  })
  .meta({ id: 'Sense' });

export const splitRequestSchema = z
  .strictObject({
    senses: z.array(senseSchema).min(2).max(20),
    rest: name.meta({ description: 'Name of the sense that takes what nothing else speaks for.' }),
  })
  .meta({ id: 'SplitRequest' });

export const splitSuggestionSchema = z
  .object({
    suggestion: z
      .object({
        senses: z.array(
          z.object({
            name: z.string(),
            documents: z.array(z.string()),
            cues: z.record(z.string(), z.number()),
            because: z.array(z.string()),
          }),
        ),
        rest: z.string(),
      })
      .nullable()
      .meta({ description: 'Null where nothing speaks for two things.' }),
  })
  .meta({ id: 'SplitSuggestion' });

export const identityRecordSchema = z
  .object({
    id: z.string(),
    kind: z.enum(['merge', 'split', 'distinct']),
    entities: z.array(entityLineSchema).meta({
      description: 'merge: from, into; split: the name, then its senses; distinct: the two.',
    }),
    by: z.enum(['user', 'automatic']),
    evidence: z.array(evidenceSchema),
    created_at: z.iso.datetime(),
    undone_at: z.iso.datetime().nullable(),
    undo_token: z.string().nullable().meta({
      description: 'Takes the record back, once. It does not expire. Null once it was used.',
    }),
  })
  .meta({ id: 'IdentityRecord' });

export const identityEditSchema = z
  .object({
    record: identityRecordSchema,
    documents: z.int().meta({ description: 'Documents whose facts were written anew.' }),
  })
  .meta({ id: 'IdentityEdit' });

export const undoRequestSchema = z
  .strictObject({ undo_token: z.string().min(1).max(100) })
  .meta({ id: 'UndoRequest' });

export const factLineSchema = z
  .object({
    id: z.string(),
    subject: z.string(),
    relation: z.string(),
    object: z.string(),
    negated: z.boolean(),
    confidence: z.number(),
  })
  .meta({ id: 'FactLine' });

const exampleCount = 'The most confident ones, at most 20.';

export const changePreviewSchema = z
  .object({
    dry_run: z.literal(true),
    document_id: z.string().nullable().meta({ description: 'Null for a document that is new.' }),
    outcome: z.enum(['created', 'updated', 'unchanged']),
    chunks_added: z.int(),
    chunks_removed: z.int(),
    chunks_kept: z.int(),
    facts_added: z.int(),
    facts_removed: z.int(),
    facts_kept: z.int(),
    entities_added: z.int(),
    entities_removed: z.int(),
    entities_kept: z.int(),
    examples: z
      .object({
        facts_added: z.array(factLineSchema),
        facts_removed: z.array(factLineSchema),
        facts_kept: z.array(factLineSchema),
        entities_added: z.array(entityLineSchema),
        entities_removed: z.array(entityLineSchema),
      })
      .meta({ description: exampleCount }),
  })
  .meta({ id: 'ChangePreview' });

export type Evidence = z.infer<typeof evidenceSchema>;
export type MergeSuggestion = z.infer<typeof mergeSuggestionSchema>;
export type MergeSuggestions = z.infer<typeof mergeSuggestionsSchema>;
export type SplitSuggestion = z.infer<typeof splitSuggestionSchema>;
export type SplitRequest = z.input<typeof splitRequestSchema>;
export type IdentityRecord = z.infer<typeof identityRecordSchema>;
export type IdentityEdit = z.infer<typeof identityEditSchema>;
export type FactLine = z.infer<typeof factLineSchema>;
export type ChangePreview = z.infer<typeof changePreviewSchema>;
