import type { Chunk, ChunkExtraction, CorpusStore, Span } from '../types.ts';
import { bytesOf, float32Of, int32Of, parseJson } from './codec.ts';
import type { CorpusContext } from './context.ts';
import { cutPage, pageLimit } from './paging.ts';
import { jsonList, orNull, orUndefined } from './sql.ts';
import type { Sql } from './sql.ts';
import { hasVectors, putVector, removeOtherVectors } from './vector-table.ts';
import { NotFoundError } from '../errors.ts';

/** Rows as arrays: searches read chunks by the hundred. */
type ChunkRow = readonly [
  id: string,
  workspaceId: string,
  documentId: string,
  ordinal: number,
  headingPath: string,
  text: string,
  start: number,
  end: number,
  page: number | null,
  sentences: string,
  tokenCount: number,
];

const CHUNK_COLUMNS = `c.id, c.workspace_id, c.document_id, c.ordinal, c.heading_path, c.text, c.start, c.end, c.page,
  c.sentences, c.token_count`;

/** Beyond the port: what a change of the embedder needs. */
type ChunkMethods = Pick<
  CorpusStore,
  | 'putChunkVectors'
  | 'chunksWithoutVector'
  | 'dropOtherVectors'
  | 'hasVectors'
  | 'chunks'
  | 'chunksOfDocument'
  | 'chunkIds'
  | 'chunkIdsOf'
  | 'chunkTokens'
  | 'putChunkTokens'
  | 'chunkVectors'
  | 'chunksFirstSeen'
  | 'extractionsOfDocument'
>;

export function chunkMethods({ sql, embedder }: CorpusContext): ChunkMethods {
  return {
    chunks: (workspaceId, ids) => {
      const rows = sql.rows<ChunkRow>(
        // CROSS JOIN and plus: by the ids, never by a walk over the whole workspace.
        `SELECT ${CHUNK_COLUMNS} FROM json_each(?) wanted CROSS JOIN chunks c ON c.id = wanted.value
         WHERE +c.workspace_id = ?`,
        [jsonList(new Set(ids)), workspaceId],
      );
      const byId = new Map(rows.map((row) => [row[0], row]));
      return [...new Set(ids)].flatMap((id) => {
        const row = byId.get(id);
        return row ? [chunkOf(row)] : [];
      });
    },

    chunksFirstSeen: (workspaceId, ids) => {
      const rows = sql.all<{ id: string; seen: string }>(
        `SELECT c.id, coalesce(c.first_seen, d.created_at) AS seen FROM json_each(?) wanted
         CROSS JOIN chunks c ON c.id = wanted.value CROSS JOIN documents d ON d.id = c.document_id
         WHERE +c.workspace_id = ?`,
        [jsonList(new Set(ids)), workspaceId],
      );
      return new Map(rows.map((row) => [row.id, row.seen]));
    },

    chunksOfDocument: (workspaceId, documentId, page) => {
      const limit = pageLimit(page);
      const rows = sql.rows<ChunkRow>(
        `SELECT ${CHUNK_COLUMNS} FROM chunks c
         WHERE c.workspace_id = ? AND c.document_id = ? AND c.ordinal > ? ORDER BY c.ordinal LIMIT ?`,
        [workspaceId, documentId, ordinalOf(sql, documentId, page.after), limit + 1],
      );
      return cutPage(rows.map(chunkOf), limit);
    },

    chunkIds: (workspaceId, documentId) =>
      sql.column<string>(
        'SELECT id FROM chunks WHERE workspace_id = ? AND document_id = ? ORDER BY ordinal',
        [workspaceId, documentId],
      ),

    chunkIdsOf: (workspaceId, documentIds) => {
      const rows = sql.all<{ id: string; document_id: string }>(
        `SELECT c.id, c.document_id FROM json_each(?) wanted CROSS JOIN chunks c
           ON c.document_id = wanted.value WHERE +c.workspace_id = ? ORDER BY c.document_id, c.ordinal`,
        [jsonList(new Set(documentIds)), workspaceId],
      );
      const found = new Map<string, string[]>();
      for (const { id, document_id } of rows) {
        const ids = found.get(document_id);
        if (ids) ids.push(id);
        else found.set(document_id, [id]);
      }
      return found;
    },

    chunkTokens: (workspaceId, ids, tokenizerFingerprint) => {
      const rows = sql.all<{ chunk_id: string; tokens: Uint8Array }>(
        `SELECT t.chunk_id, t.tokens FROM json_each(?) wanted
         CROSS JOIN chunks c ON c.id = wanted.value CROSS JOIN chunk_tokens t ON t.chunk_id = c.id
         WHERE +c.workspace_id = ? AND t.tokenizer = ?`,
        [jsonList(new Set(ids)), workspaceId, tokenizerFingerprint],
      );
      return new Map(rows.map((row) => [row.chunk_id, int32Of(row.tokens)]));
    },

    putChunkTokens: (tokenizerFingerprint, tokens) =>
      sql.write(() => {
        for (const [chunkId, ids] of tokens) putTokens(sql, chunkId, tokenizerFingerprint, ids);
      }),

    chunkVectors: (workspaceId, ids, fingerprint = embedder()) => {
      const rows = sql.rows<[chunkId: string, vector: Uint8Array]>(
        `SELECT v.chunk_id, v.vector FROM json_each(@ids) wanted
         CROSS JOIN vectors v ON v.chunk_id = wanted.value
         WHERE +v.workspace_id = @workspaceId AND (@embedder IS NULL OR +v.embedder = @embedder)`,
        { workspaceId, embedder: orNull(fingerprint), ids: jsonList(ids) },
      );
      return new Map(rows.map(([chunkId, vector]) => [chunkId, float32Of(vector)]));
    },

    extractionsOfDocument: (documentId) =>
      sql
        .column<string>(
          `SELECT e.extraction FROM chunks c JOIN chunk_extractions e ON e.chunk_id = c.id
           WHERE c.document_id = ? ORDER BY c.ordinal`,
          [documentId],
        )
        .map((text) => parseJson<ChunkExtraction>(text)),

    putChunkVectors: (fingerprint, vectors) =>
      sql.write(() => {
        for (const [chunkId, vector] of vectors) {
          const owner = sql.get<{ workspace_id: string; document_id: string }>(
            'SELECT workspace_id, document_id FROM chunks WHERE id = ?',
            [chunkId],
          );
          if (!owner) continue;
          const { workspace_id: workspaceId, document_id: documentId } = owner;
          putVector(sql, { chunkId, workspaceId, documentId, embedder: fingerprint, vector });
        }
      }),

    hasVectors: (workspaceId, fingerprint) => hasVectors(sql, workspaceId, fingerprint),

    dropOtherVectors: (workspaceId, fingerprint, limit) =>
      sql.write(() => removeOtherVectors(sql, workspaceId, fingerprint, limit)),

    chunksWithoutVector: (workspaceId, fingerprint, limit) =>
      sql.column<string>(
        `SELECT c.id FROM chunks c WHERE c.workspace_id = ? AND NOT EXISTS
           (SELECT 1 FROM vectors v WHERE v.chunk_id = c.id AND v.embedder = ?) ORDER BY c.n LIMIT ?`,
        [workspaceId, fingerprint, limit],
      ),
  };
}

function ordinalOf(sql: Sql, documentId: string, after: string | undefined): number {
  if (after === undefined) return -1;
  const ordinal = sql.column<number>(
    'SELECT ordinal FROM chunks WHERE document_id = ? AND id = ?',
    [documentId, after],
  )[0];
  if (ordinal === undefined) throw new NotFoundError('page cursor', after);
  return ordinal;
}

/** Inserts the chunk, or brings everything of it up to date but its row number. Returns the row number. */
export function upsertChunk(sql: Sql, chunk: Chunk): number {
  return sql.get<{ n: number }>(
    `INSERT INTO chunks (id, workspace_id, document_id, ordinal, heading_path, text, start, end, page, sentences, token_count)
     VALUES (@id, @workspaceId, @documentId, @ordinal, @headingPath, @text, @start, @end, @page, @sentences, @tokenCount)
     ON CONFLICT (id) DO UPDATE SET ordinal = excluded.ordinal, heading_path = excluded.heading_path,
       text = excluded.text, start = excluded.start, end = excluded.end, page = excluded.page,
       sentences = excluded.sentences, token_count = excluded.token_count
     RETURNING n`,
    {
      id: chunk.id,
      workspaceId: chunk.workspaceId,
      documentId: chunk.documentId,
      ordinal: chunk.ordinal,
      headingPath: JSON.stringify(chunk.headingPath),
      text: chunk.text,
      start: chunk.start,
      end: chunk.end,
      page: orNull(chunk.page),
      sentences: JSON.stringify(chunk.sentences.flatMap((span) => [span.start, span.end])),
      tokenCount: chunk.tokenCount,
    },
  )!.n;
}

/** A chunk that is gone is passed over. */
export function putTokens(sql: Sql, chunkId: string, tokenizer: string, tokens: Int32Array): void {
  sql.run(
    `INSERT INTO chunk_tokens (chunk_id, tokenizer, tokens) SELECT id, ?, ? FROM chunks WHERE id = ?
     ON CONFLICT (chunk_id) DO UPDATE SET tokenizer = excluded.tokenizer, tokens = excluded.tokens`,
    [tokenizer, bytesOf(tokens), chunkId],
  );
}

export function putExtraction(sql: Sql, extraction: ChunkExtraction): void {
  const { chunkId, mentions, triples } = extraction;
  sql.run(
    `INSERT INTO chunk_extractions (chunk_id, extraction) VALUES (?, ?)
     ON CONFLICT (chunk_id) DO UPDATE SET extraction = excluded.extraction`,
    [chunkId, JSON.stringify({ chunkId, mentions, triples })],
  );
}

function chunkOf([
  id,
  workspaceId,
  documentId,
  ordinal,
  headingPath,
  text,
  start,
  end,
  page,
  sentences,
  tokenCount,
]: ChunkRow): Chunk {
  return {
    id,
    workspaceId,
    documentId,
    ordinal,
    headingPath: parseJson<string[]>(headingPath),
    text,
    start,
    end,
    page: orUndefined(page),
    sentences: pairsToSpans(parseJson<number[]>(sentences)),
    tokenCount,
  };
}

function pairsToSpans(numbers: readonly number[]): Span[] {
  const spans: Span[] = [];
  for (let i = 0; i + 1 < numbers.length; i += 2)
    spans.push({ start: numbers[i]!, end: numbers[i + 1]! });
  return spans;
}
