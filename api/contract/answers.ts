/** Search and answers, and the events of a streamed answer. */
import { z } from 'zod';
import { problemSchema, spanSchema } from './common.ts';

const momentSchema = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

/** Which documents may be found; all conditions must hold. Disabled documents never are. */
const filterShape = {
  document_ids: z.array(z.string().max(100)).max(1000).optional(),
  media_types: z
    .array(z.string().max(200))
    .max(50)
    .optional()
    .meta({ description: 'One of these media types; "text/*" stands for every subtype.' }),
  tags: z
    .array(z.string().max(100))
    .max(50)
    .optional()
    .meta({ description: 'Documents that bear at least one of these tags.' }),
  created_from: momentSchema
    .optional()
    .meta({ description: 'Documents handed in at this time or later.' }),
  created_before: momentSchema
    .optional()
    .meta({ description: 'Documents handed in before this time.' }),
};

/** The filter part of a request. */
export type FilterFields = Pick<z.output<typeof searchRequestSchema>, keyof typeof filterShape>;

export const searchRequestSchema = z
  .strictObject({
    question: z.string().trim().min(1).max(4000),
    limit: z.int().min(1).max(100).default(10),
    ...filterShape,
  })
  .meta({ id: 'SearchRequest' });

/** One step of the way from the question to a chunk. */
export const pathStepSchema = z
  .object({
    kind: z.enum(['entity', 'fact', 'chunk']),
    id: z.string(),
    label: z
      .string()
      .meta({ description: 'Entity name, "subject - relation - object", or chunk heading.' }),
    document_id: z.string().nullable(),
    document_title: z.string().nullable(),
    chunk_id: z.string().nullable(),
    span: spanSchema.nullable().meta({ description: 'Where the text says it.' }),
    text: z.string().nullable().meta({ description: 'The sentence, for facts.' }),
    fact: z
      .object({ subject: z.string(), relation: z.string(), object: z.string() })
      .nullable()
      .meta({ description: 'The names behind the label, for facts.' }),
  })
  .meta({ id: 'PathStep' });

export const graphPathSchema = z
  .object({ score: z.number(), steps: z.array(pathStepSchema) })
  .meta({ id: 'GraphPath' });

export const searchHitSchema = z
  .object({
    chunk_id: z.string(),
    document_id: z.string(),
    document_title: z.string(),
    heading_path: z.array(z.string()),
    page: z.int().nullable(),
    span: spanSchema,
    text: z.string(),
    score: z.number(),
    scores: z.object({
      lexical: z.number().nullable(),
      dense: z.number().nullable(),
      link: z.number().nullable().meta({ description: 'What the walk over entity links added.' }),
    }),
    round: z.int().meta({ description: '1: found by the question; 2 and 3: over entity links.' }),
    via: z.string().nullable().meta({ description: 'Name of the entity that led here.' }),
  })
  .meta({ id: 'SearchHit' });

const degradedSchema = z.array(z.enum(['graph'])).meta({
  description: 'What could not be reached and was done without; absent when nothing was missing.',
});

export const searchResponseSchema = z
  .object({
    question: z.string(),
    read_as: z
      .array(z.object({ written: z.string(), name: z.string() }))
      .optional()
      .meta({
        description:
          'Names that no passage writes that way, and the entity each was taken for (GRAPHBLEND_EMBED_GRAPH).',
      }),
    entities: z.array(z.object({ id: z.string(), name: z.string() })),
    hits: z.array(searchHitSchema),
    paths: z.array(graphPathSchema),
    timings_ms: z.object({ embed: z.number(), retrieval: z.number(), total: z.number() }),
    degraded: degradedSchema.optional(),
  })
  .meta({ id: 'SearchResponse' });

export const modeSchema = z
  .enum(['fast', 'balanced', 'exact'])
  .meta({ description: 'fast: least recomputation; balanced: default; exact: full prefill.' });

export const answerRequestSchema = z
  .strictObject({
    question: z.string().trim().min(1).max(4000),
    mode: modeSchema.default('balanced'),
    stream: z.boolean().default(false),
    max_tokens: z.int().min(1).max(1024).default(128),
    first_token_within_ms: z.int().min(1).max(3_600_000).optional().meta({
      description:
        'Refused at once (503, deadline_unreachable) if the first token is expected later than this.',
    }),
    conversation_id: z.string().min(1).max(100).optional().meta({
      description:
        'Goes on with this conversation: earlier questions, answers and passages stand before the question, and are not read again.',
    }),
    ...filterShape,
  })
  .meta({ id: 'AnswerRequest' });

export const citationSchema = z
  .object({
    index: z.int().meta({ description: '1-based, as shown.' }),
    document_id: z.string(),
    document_title: z.string(),
    document_version: z.int(),
    chunk_id: z.string(),
    page: z.int().nullable(),
    span: spanSchema.meta({ description: 'The cited sentence in the document text.' }),
    text: z.string(),
    answer_span: spanSchema
      .nullable()
      .meta({ description: 'Where the answer itself stands, if it does.' }),
  })
  .meta({ id: 'Citation' });

/** Parts of the time to the first token, milliseconds; the parts add up to `first_token`. */
export const timingsSchema = z
  .object({
    embed: z.number(),
    retrieval: z.number(),
    plan: z.number(),
    queue: z.number().meta({ description: 'Waiting for the engine.' }),
    kv_load: z.number(),
    selection: z.number(),
    recompute: z.number(),
    sample: z.number().meta({ description: 'Head and sampling of the first token.' }),
    first_token: z.number(),
    total: z.number(),
    tokens_per_second: z.number(),
  })
  .meta({ id: 'Timings' });

export const reuseSchema = z
  .object({
    prompt_tokens: z.int(),
    cached_tokens: z
      .int()
      .meta({ description: 'Prompt tokens whose KV was taken from the cache as it is.' }),
    kept_tokens: z.int().optional().meta({
      description:
        'Of the cached ones: rows of an earlier prompt that began alike, such as the turns before of a conversation.',
    }),
    recomputed_tokens: z
      .int()
      .meta({ description: 'Chunk tokens computed again by choice of the policy.' }),
    fresh_tokens: z
      .int()
      .meta({ description: 'Question tokens, and chunk tokens without a cache entry.' }),
    answer_tokens: z.int(),
    policy: z.string(),
    cache_hits: z.int(),
    cache_misses: z.int(),
  })
  .meta({ id: 'Reuse' });

/** The prompt as runs of tokens of one kind, in order; what the token ribbon shows. */
export const ribbonRunSchema = z
  .object({
    kind: z.enum(['prefix', 'kept', 'cached', 'recomputed', 'fresh', 'question', 'answer']),
    tokens: z.int(),
    chunk_id: z.string().nullable(),
  })
  .meta({ id: 'RibbonRun' });

export const contextChunkSchema = z
  .object({
    chunk_id: z.string(),
    document_id: z.string(),
    document_title: z.string(),
    heading_path: z.array(z.string()),
    page: z.int().nullable(),
    span: spanSchema,
    text: z.string(),
    score: z.number(),
    tokens: z.int(),
    cached: z.boolean(),
  })
  .meta({ id: 'ContextChunk' });

export const answerSchema = z
  .object({
    id: z.string(),
    workspace_id: z.string(),
    question: z.string(),
    mode: modeSchema,
    status: z.enum(['in_progress', 'completed', 'incomplete', 'cancelled', 'failed']),
    kind: z.enum(['generated', 'extractive', 'none']).meta({
      description:
        'generated: by the reader; extractive: supporting sentences, because the reader was unsure; none: no evidence.',
    }),
    text: z.string(),
    confidence: z.number(),
    citations: z.array(citationSchema),
    paths: z.array(graphPathSchema),
    context: z.array(contextChunkSchema),
    reuse: reuseSchema.nullable(),
    ribbon: z.array(ribbonRunSchema),
    timings_ms: timingsSchema.nullable(),
    reader_text: z
      .string()
      .meta({ description: 'What the reader wrote, also when it was not used.' }),
    model: z.string(),
    whole_corpus: z
      .literal(true)
      .optional()
      .meta({ description: 'All that may be searched fitted into the prompt and was read.' }),
    degraded: degradedSchema.optional(),
    conversation_id: z.string().optional(),
    error: problemSchema.nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Answer' });

const numbered = { sequence_number: z.int() };

export const answerEventSchema = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('answer.created'), ...numbered, answer: answerSchema }),
    z.object({
      type: z.literal('answer.stage'),
      ...numbered,
      stage: z.enum(['embed', 'retrieve', 'plan', 'load', 'generate', 'cite']),
    }),
    z.object({
      type: z.literal('answer.retrieval'),
      ...numbered,
      context: z.array(contextChunkSchema),
      paths: z.array(graphPathSchema),
    }),
    z.object({
      type: z.literal('answer.kv_plan'),
      ...numbered,
      reuse: reuseSchema,
      ribbon: z.array(ribbonRunSchema),
    }),
    z.object({ type: z.literal('answer.text.delta'), ...numbered, delta: z.string() }),
    z.object({
      type: z.literal('answer.text.replaced'),
      ...numbered,
      text: z.string(),
      kind: z.enum(['extractive', 'none']),
    }),
    z.object({ type: z.literal('answer.citation.added'), ...numbered, citation: citationSchema }),
    z.object({ type: z.literal('answer.completed'), ...numbered, answer: answerSchema }),
    z.object({ type: z.literal('answer.incomplete'), ...numbered, answer: answerSchema }),
    z.object({ type: z.literal('answer.cancelled'), ...numbered, answer: answerSchema }),
    z.object({
      type: z.literal('answer.failed'),
      ...numbered,
      answer: answerSchema,
      error: problemSchema,
    }),
  ])
  .meta({ id: 'AnswerEvent' });

export type SearchRequest = z.infer<typeof searchRequestSchema>;
export type SearchResponse = z.infer<typeof searchResponseSchema>;
export type SearchHit = z.infer<typeof searchHitSchema>;
export type PathStep = z.infer<typeof pathStepSchema>;
export type GraphPath = z.infer<typeof graphPathSchema>;
export type AnswerRequest = z.infer<typeof answerRequestSchema>;
export type Answer = z.infer<typeof answerSchema>;
export type AnswerEvent = z.infer<typeof answerEventSchema>;
export type Citation = z.infer<typeof citationSchema>;
export type Timings = z.infer<typeof timingsSchema>;
export type Reuse = z.infer<typeof reuseSchema>;
export type RibbonRun = z.infer<typeof ribbonRunSchema>;
export type ContextChunk = z.infer<typeof contextChunkSchema>;
export type Mode = z.infer<typeof modeSchema>;
