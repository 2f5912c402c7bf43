/** Workspaces, documents, chunks and jobs. */
import { z } from 'zod';
import { spanSchema, storedErrorSchema } from './common.ts';
import { entityLineSchema, factLineSchema } from './identity.ts';

const timestamp = z.iso.datetime();

export const workspaceSettingsSchema = z
  .object({
    chunk_tokens: z.int().min(64).max(1024).meta({ description: 'Target chunk length in tokens.' }),
    merge_certain: z.boolean().meta({
      description:
        'Entities that are all but certainly one (probability 0.98) are merged after an ingest, by records that can be undone. Default: they are only suggested.',
    }),
  })
  .meta({ id: 'WorkspaceSettings' });

export const workspaceSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    settings: workspaceSettingsSchema,
    counts: z.object({
      documents: z.int(),
      chunks: z.int(),
      entities: z.int(),
      facts: z.int(),
      bytes: z.int(),
      kv_chunks: z.int().meta({ description: 'Chunks whose KV cache is stored.' }),
    }),
    sample_questions: z
      .array(z.string())
      .meta({ description: 'Questions this workspace can answer.' }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Workspace' });

export const workspaceCreateSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(120),
    description: z.string().max(2000).default(''),
    settings: workspaceSettingsSchema.partial().optional(),
  })
  .meta({ id: 'WorkspaceCreate' });

export const workspacePatchSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(120).optional(),
    description: z.string().max(2000).optional(),
    settings: workspaceSettingsSchema.partial().optional(),
  })
  .meta({ id: 'WorkspacePatch' });

export const documentStatusSchema = z.enum([
  'pending',
  'processing',
  'ready',
  'failed',
  'deleting',
]);

export const documentSchema = z
  .object({
    id: z.string(),
    workspace_id: z.string(),
    external_key: z.string(),
    name: z.string(),
    title: z.string(),
    media_type: z.string(),
    source: z.enum(['upload', 'text', 'url', 'sample']),
    url: z.string().nullable(),
    content_hash: z.string(),
    bytes: z.int(),
    tags: z.array(z.string()),
    enabled: z.boolean(),
    pinned: z.boolean().meta({ description: 'Its KV caches are kept before those of others.' }),
    version: z.int(),
    published_version: z.int(),
    status: documentStatusSchema,
    error: storedErrorSchema.nullable(),
    pages: z.int().nullable(),
    chunk_count: z.int(),
    job_id: z.string().nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Document' });

export const documentCreateSchema = z
  .union([
    z.strictObject({
      text: z.string().min(1),
      name: z.string().trim().min(1).max(255),
      external_key: z.string().min(1).max(1024).optional(),
      tags: z.array(z.string().min(1).max(64)).max(32).optional(),
    }),
    z.strictObject({
      url: z.url({ protocol: /^https?$/ }),
      external_key: z.string().min(1).max(1024).optional(),
      tags: z.array(z.string().min(1).max(64)).max(32).optional(),
    }),
  ])
  .meta({ id: 'DocumentCreate', description: 'A text with its name, or a URL to fetch.' });

export const documentPatchSchema = z
  .strictObject({
    tags: z.array(z.string().min(1).max(64)).max(32).optional(),
    enabled: z.boolean().optional(),
    pinned: z.boolean().optional().meta({
      description:
        'Keeps the KV caches of its chunks from being evicted; pins hold half of the disk budget at most.',
    }),
  })
  .meta({ id: 'DocumentPatch' });

export const documentQuerySchema = z.object({
  query: z.string().max(200).optional(),
  status: documentStatusSchema.optional(),
});

export const blockSchema = z
  .object({
    kind: z.enum(['heading', 'paragraph', 'list_item', 'table_row', 'code']),
    level: z.int().optional(),
    page: z.int().optional(),
    start: z.int(),
    end: z.int(),
  })
  .meta({ id: 'Block' });

export const documentTextSchema = z
  .object({
    document_id: z.string(),
    version: z.int(),
    title: z.string(),
    text: z.string(),
    blocks: z.array(blockSchema),
  })
  .meta({ id: 'DocumentText', description: 'The parsed text that all character spans refer to.' });

export const chunkSchema = z
  .object({
    id: z.string(),
    document_id: z.string(),
    ordinal: z.int(),
    heading_path: z.array(z.string()),
    text: z.string(),
    span: spanSchema,
    page: z.int().nullable(),
    token_count: z.int(),
    kv_stored: z.boolean(),
  })
  .meta({ id: 'Chunk' });

export const removalPreviewSchema = z
  .object({
    dry_run: z.literal(true),
    document_id: z.string(),
    chunks_removed: z.int(),
    facts_removed: z.int(),
    facts_kept: z.int().meta({ description: 'Facts other documents support too.' }),
    entities_removed: z.int(),
    entities_kept: z.int(),
    examples: z
      .object({
        facts_removed: z.array(factLineSchema),
        facts_kept: z.array(factLineSchema),
        entities_removed: z.array(entityLineSchema),
      })
      .meta({ description: 'The most confident ones, at most 20.' }),
  })
  .meta({ id: 'RemovalPreview' });

export const jobStateSchema = z.enum(['enqueued', 'processing', 'succeeded', 'failed', 'canceled']);

export const jobSchema = z
  .object({
    id: z.string(),
    workspace_id: z.string(),
    kind: z.enum(['ingest_document', 'delete_document', 'restate_document', 'read_document']),
    document_id: z.string(),
    document_name: z.string(),
    state: jobStateSchema,
    stage: z.string().meta({
      description:
        'waiting, parse, chunk, embed, extract, index, waiting_for_graph, kv, delete, done',
    }),
    progress: z.object({ done: z.int(), total: z.int() }),
    queue_position: z.int().nullable(),
    attempts: z.int(),
    error: storedErrorSchema.nullable(),
    created_at: timestamp,
    started_at: timestamp.nullable(),
    finished_at: timestamp.nullable(),
    eta_seconds: z.number().nullable(),
  })
  .meta({ id: 'Job' });

export const jobQuerySchema = z.object({
  workspace_id: z.string().max(100).optional(),
  document_id: z.string().max(100).optional(),
  state: jobStateSchema.optional(),
});

export const acceptedDocumentSchema = z
  .object({
    document: documentSchema,
    job: jobSchema.nullable(),
    outcome: z.enum(['created', 'updated', 'unchanged']),
  })
  .meta({ id: 'AcceptedDocument' });

export type Workspace = z.infer<typeof workspaceSchema>;
export type WorkspaceCreate = z.infer<typeof workspaceCreateSchema>;
export type Document = z.infer<typeof documentSchema>;
export type DocumentCreate = z.infer<typeof documentCreateSchema>;
export type DocumentText = z.infer<typeof documentTextSchema>;
export type Block = z.infer<typeof blockSchema>;
export type Chunk = z.infer<typeof chunkSchema>;
export type RemovalPreview = z.infer<typeof removalPreviewSchema>;
export type Job = z.infer<typeof jobSchema>;
export type AcceptedDocument = z.infer<typeof acceptedDocumentSchema>;
