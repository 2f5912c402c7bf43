/** What algorithms find in the graph: communities, paths, ranking, rules. */
import { z } from 'zod';
import { spanSchema } from './common.ts';
import { entitySchema, entityTypeSchema, factSchema } from './graph.ts';

const rankedEntitySchema = z.object({
  id: z.string(),
  name: z.string(),
  type: entityTypeSchema,
  score: z.number(),
});

export const communitySchema = z
  .object({
    id: z.string(),
    level: z.int().meta({ description: '0 is the finest.' }),
    parent_id: z
      .string()
      .nullable()
      .meta({ description: 'The community of the next level it is in.' }),
    entity_count: z.int(),
    fact_count: z.int().meta({ description: 'Facts with both ends in it.' }),
    entities: z.array(rankedEntitySchema).meta({
      description:
        'The most central ones; the score is the confidence of their facts inside, summed up.',
    }),
    facts: z.array(factSchema).meta({ description: 'The most central ones.' }),
    summary: z
      .array(
        z.object({
          text: z.string(),
          document_id: z.string(),
          document_title: z.string(),
          chunk_id: z.string(),
          span: spanSchema,
        }),
      )
      .meta({ description: 'Sentences of the documents that say these facts.' }),
    contains: z.array(z.string()).meta({ description: 'Those of `entity_ids` that are in it.' }),
  })
  .meta({ id: 'Community' });

export const communityQuerySchema = z.object({
  level: z.coerce.number().int().min(0).max(20).optional().meta({
    description: 'From 0, the finest; the coarsest if left out or too high.',
  }),
  min_size: z.coerce.number().int().min(1).max(1_000_000).default(3),
  entity_ids: z.string().max(20_000).optional().meta({
    description:
      'Ids with commas between them: only the communities of these entities, of any size.',
  }),
});

export const factPathSchema = z
  .object({
    entities: z.array(entitySchema).meta({ description: 'One more than there are facts.' }),
    facts: z.array(factSchema),
    forward: z
      .array(z.boolean())
      .meta({ description: 'Whether each fact is walked from subject to object.' }),
    cost: z.number().meta({ description: 'Low for sure facts and rare entities in between.' }),
  })
  .meta({ id: 'FactPath' });

export const pathQuerySchema = z.object({
  from: z.string().min(1).max(200).meta({ description: 'Id or name of an entity.' }),
  to: z.string().min(1).max(200).meta({ description: 'Id or name of an entity.' }),
  max_length: z.coerce.number().int().min(1).max(8).default(4),
  limit: z.coerce.number().int().min(1).max(20).default(5),
});

export const pathsSchema = z
  .object({
    paths: z
      .array(factPathSchema)
      .meta({ description: 'Those of the fewest facts, the cheapest first.' }),
    complete: z
      .boolean()
      .meta({ description: 'False if the search gave up before it had seen all.' }),
  })
  .meta({ id: 'FactPaths' });

export const rankingQuerySchema = z.object({
  by: z.enum(['pagerank', 'degree', 'betweenness']).default('pagerank'),
  type: entityTypeSchema.optional(),
});

export const rankedSchema = z
  .object({ id: z.string(), rank: z.int(), score: z.number(), entity: entitySchema })
  .meta({ id: 'RankedEntity' });

const ruleAtomSchema = z.object({
  relation: z.string(),
  inverse: z.boolean().meta({ description: 'True for relation(y, x).' }),
});

export const ruleSchema = z
  .object({
    id: z.string(),
    text: z
      .string()
      .meta({ description: 'Such as: born in(x, z) & lies in(z, y) => citizen of(x, y)' }),
    body: z.array(ruleAtomSchema),
    head: z.string(),
    support: z.int(),
    head_coverage: z.number(),
    confidence: z.number(),
    pca_confidence: z.number().meta({
      description: 'Confidence among entities of which the relation is said at all.',
    }),
  })
  .meta({ id: 'Rule' });

export const ruleQuerySchema = z.object({
  relation: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'Only rules that conclude this relation.' }),
  min_support: z.coerce.number().int().min(1).default(3),
  min_confidence: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .meta({ description: 'Of PCA confidence.' }),
});

export type Community = z.infer<typeof communitySchema>;
export type FactPathView = z.infer<typeof factPathSchema>;
export type FactPaths = z.infer<typeof pathsSchema>;
export type RankedEntity = z.infer<typeof rankedSchema>;
export type GraphRule = z.infer<typeof ruleSchema>;
