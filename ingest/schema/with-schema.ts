/**
 * A graph store whose facts are stated in the schema of their workspace. Works on every store and every
 * writer: what is handed in is the raw extraction; what a model read of a chunk takes the place of what the
 * rules read; then the schema, if one is set, is applied, and what it keeps out is recorded with the reason.
 */

import type {
  Chunk,
  ChunkExtraction,
  CorpusStore,
  GraphStore,
  SchemaStore,
  StoredSchema,
} from '../../graph/index.ts';
import { sentenceMentions } from './sentence-mentions.ts';
import { stateExtraction, type Rejected } from './state-extraction.ts';
import { learnTyping, type TypingModel } from './typing/model.ts';

const MAX_LISTED = 1_000;
/** Chunks between two turns of the event loop. */
const CHUNKS_A_TURN = 8;
/** More of them add little and cost time at every change of the schema. */
const MAX_EXAMPLES = 2_000;

interface Parts {
  readonly corpus: Pick<CorpusStore, 'chunks' | 'documentText'>;
  readonly schemas: SchemaStore;
}

export function withSchema(store: GraphStore, { corpus, schemas }: Parts): GraphStore {
  const modelOf = cachedModels(schemas);
  const state = async (
    workspaceId: string,
    documentId: string,
    raw: readonly ChunkExtraction[],
  ): Promise<readonly ChunkExtraction[]> => {
    const read = withReadings(schemas, documentId, raw);
    const model = modelOf(workspaceId);
    const document = model && corpus.documentText(workspaceId, documentId);
    if (model === undefined || document === undefined) {
      schemas.putRejections(documentId, 'schema', { counts: {}, list: [] });
      return read;
    }
    const chunks = corpus.chunks(
      workspaceId,
      read.map((one) => one.chunkId),
    );
    const { stated, rejected } = await stateChunks(model, document.text, chunks, read);
    schemas.putRejections(documentId, 'schema', {
      counts: countsOf(rejected),
      list: rejected.slice(0, MAX_LISTED),
    });
    return stated;
  };
  return {
    ...store,
    replaceDocument: async (ws, documentId, extractions) => {
      for (;;) {
        const revision = schemas.schema(ws)?.revision;
        const change = await store.replaceDocument(
          ws,
          documentId,
          await state(ws, documentId, extractions),
        );
        if (schemas.schema(ws)?.revision === revision) return change;
      }
    },
    ...(store.replaceDocuments && {
      replaceDocuments: async (ws, documents) => {
        const stated = [];
        for (const one of documents)
          stated.push({ ...one, extractions: await state(ws, one.documentId, one.extractions) });
        return store.replaceDocuments!(ws, stated);
      },
    }),
  };
}

/** What `withSchema` would write of a document that is not published: `text` and `chunks` are given. */
export async function statedInSchema(
  schemas: SchemaStore,
  workspaceId: string,
  documentId: string,
  content: { readonly text: string; readonly chunks: readonly Chunk[] },
  raw: readonly ChunkExtraction[],
): Promise<readonly ChunkExtraction[]> {
  const read = withReadings(schemas, documentId, raw);
  const stored = schemas.schema(workspaceId);
  if (stored === undefined) return read;
  return (await stateChunks(learn(stored), content.text, content.chunks, read)).stated;
}

async function stateChunks(
  model: TypingModel,
  text: string,
  chunks: readonly Chunk[],
  read: readonly ChunkExtraction[],
): Promise<{ stated: ChunkExtraction[]; rejected: Rejected[] }> {
  const byId = new Map(chunks.map((one) => [one.id, one]));
  const rejected: Rejected[] = [];
  const stated: ChunkExtraction[] = [];
  for (const [index, extraction] of read.entries()) {
    const chunk = byId.get(extraction.chunkId);
    if (chunk === undefined) continue;
    if (index % CHUNKS_A_TURN === CHUNKS_A_TURN - 1) await new Promise(setImmediate);
    const one = stateExtraction(model, text, chunk, extraction);
    stated.push(one.extraction);
    rejected.push(...one.rejected);
  }
  return { stated, rejected };
}

function withReadings(
  schemas: SchemaStore,
  documentId: string,
  raw: readonly ChunkExtraction[],
): readonly ChunkExtraction[] {
  const readings = new Map(
    schemas.modelReadings(documentId).map((one) => [one.chunkId, one.triples]),
  );
  if (readings.size === 0) return raw;
  return raw.map((one) => ({ ...one, triples: readings.get(one.chunkId) ?? one.triples }));
}

function countsOf(rejected: readonly Rejected[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of rejected) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

function cachedModels(schemas: SchemaStore): (workspaceId: string) => TypingModel | undefined {
  const models = new Map<string, { revision: number; model: TypingModel }>();
  return (workspaceId) => {
    const stored = schemas.schema(workspaceId);
    if (stored === undefined) {
      models.delete(workspaceId);
      return undefined;
    }
    const known = models.get(workspaceId);
    if (known?.revision === stored.revision) return known.model;
    const model = learn(stored);
    models.set(workspaceId, { revision: stored.revision, model });
    return model;
  };
}

function learn({ schema }: StoredSchema): TypingModel {
  const examples = schema.examples.slice(0, MAX_EXAMPLES);
  return learnTyping({ ...schema, examples }, sentenceMentions);
}
