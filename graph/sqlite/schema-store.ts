import { NotFoundError } from '../errors.ts';
import type {
  ModelReading,
  RejectedBy,
  RejectedFact,
  Schema,
  SchemaStore,
  StoredSchema,
} from '../schema/types.ts';
import type { Page, PageRequest } from '../types.ts';
import { parseJson } from './codec.ts';
import { cutPage, pageLimit } from './paging.ts';
import type { Sql } from './sql.ts';

interface SchemaContext {
  readonly sql: Sql;
  /** Present time as ISO 8601. */
  readonly now: () => string;
}

export function sqliteSchemaStore({ sql, now }: SchemaContext): SchemaStore {
  return {
    schema: (workspaceId) => readSchema(sql, workspaceId),
    putSchema: (workspaceId, schema) =>
      sql.writeSynced(() => putSchema(sql, workspaceId, schema, now())),
    restated: (workspaceId) => restated(sql, workspaceId),
    putRejections: (documentId, by, rejected) =>
      sql.write(() => putRejections(sql, documentId, by, rejected)),
    rejections: (workspaceId, filter, page) => rejections(sql, workspaceId, filter, page),
    rejectionCounts: (workspaceId) => rejectionCounts(sql, workspaceId),
    modelReadings: (documentId) => modelReadings(sql, documentId),
    putModelReading: (documentId, { chunkId, triples }) =>
      void sql.run(
        `INSERT INTO model_readings (chunk_id, document_id, triples) VALUES (?, ?, ?)
         ON CONFLICT (chunk_id) DO UPDATE SET triples = excluded.triples`,
        [chunkId, documentId, JSON.stringify(triples)],
      ),
    cachedReply: (key) =>
      sql.column<string>('SELECT reply FROM model_replies WHERE key = ?', [key])[0],
    cacheReply: (key, reply) =>
      void sql.run(
        `INSERT INTO model_replies (key, reply, created_at) VALUES (?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET reply = excluded.reply`,
        [key, reply, now()],
      ),
  };
}

interface SchemaRow {
  readonly body: string | null;
  readonly revision: number;
  readonly updated_at: string;
}

function readSchema(sql: Sql, workspaceId: string): StoredSchema | undefined {
  const row = sql.get<SchemaRow>(
    'SELECT body, revision, updated_at FROM schemas WHERE workspace_id = ?',
    [workspaceId],
  );
  if (row === undefined || row.body === null) return undefined;
  return {
    schema: parseJson<Schema>(row.body),
    revision: row.revision,
    updatedAt: row.updated_at,
  };
}

/** The row stays when the schema goes, so that a revision never comes twice. */
function putSchema(
  sql: Sql,
  workspaceId: string,
  schema: Schema | undefined,
  time: string,
): StoredSchema | undefined {
  sql.run(
    `INSERT INTO schemas (workspace_id, body, revision, updated_at) VALUES (?, ?, 1, ?)
     ON CONFLICT (workspace_id) DO UPDATE
     SET body = excluded.body, revision = revision + 1, updated_at = excluded.updated_at`,
    [workspaceId, schema === undefined ? null : JSON.stringify(schema), time],
  );
  sql.run(
    'UPDATE documents SET graph_version = 0 WHERE workspace_id = ? AND published_version > 0',
    [workspaceId],
  );
  return readSchema(sql, workspaceId);
}

function restated(sql: Sql, workspaceId: string): { documents: number; waiting: number } {
  const row = sql.get<{ documents: number; waiting: number | null }>(
    `SELECT count(*) AS documents, sum(graph_version <> published_version) AS waiting
     FROM documents WHERE workspace_id = ? AND published_version > 0`,
    [workspaceId],
  );
  return { documents: row?.documents ?? 0, waiting: row?.waiting ?? 0 };
}

function putRejections(
  sql: Sql,
  documentId: string,
  by: RejectedBy,
  rejected: Parameters<SchemaStore['putRejections']>[2],
): void {
  sql.run('DELETE FROM rejections WHERE document_id = ? AND made_by = ?', [documentId, by]);
  sql.run('DELETE FROM rejection_counts WHERE document_id = ? AND made_by = ?', [documentId, by]);
  for (const [reason, count] of Object.entries(rejected.counts))
    if (count > 0)
      sql.run(
        'INSERT INTO rejection_counts (document_id, made_by, reason, count) VALUES (?, ?, ?, ?)',
        [documentId, by, reason, count],
      );
  for (const { chunkId, reason, subject, relation, object, sentence } of rejected.list)
    sql.run(
      `INSERT INTO rejections
       (document_id, made_by, chunk_id, reason, subject, relation, object, sentence_start, sentence_end)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [documentId, by, chunkId, reason, subject, relation, object, sentence.start, sentence.end],
    );
}

interface RejectionRow {
  readonly n: number;
  readonly document_id: string;
  readonly chunk_id: string;
  readonly reason: string;
  readonly subject: string;
  readonly relation: string;
  readonly object: string;
  readonly sentence_start: number;
  readonly sentence_end: number;
}

function rejections(
  sql: Sql,
  workspaceId: string,
  { reason, documentId }: { readonly reason?: string; readonly documentId?: string },
  page: PageRequest,
): Page<RejectedFact> {
  const limit = pageLimit(page);
  const rows = sql.all<RejectionRow>(
    `SELECT r.* FROM rejections r JOIN documents d ON d.id = r.document_id
     WHERE d.workspace_id = $workspace AND r.n > $after
       AND ($reason IS NULL OR r.reason = $reason)
       AND ($document IS NULL OR r.document_id = $document)
     ORDER BY r.n LIMIT $limit`,
    {
      workspace: workspaceId,
      after: cursorOf(page.after),
      reason: reason ?? null,
      document: documentId ?? null,
      limit: limit + 1,
    },
  );
  return cutPage(rows.map(rejectedFact), limit);
}

function cursorOf(after: string | undefined): number {
  if (after === undefined) return 0;
  const n = Number(/^rej_(\d{1,15})$/.exec(after)?.[1]);
  if (Number.isNaN(n)) throw new NotFoundError('page cursor', after);
  return n;
}

function rejectedFact(row: RejectionRow): RejectedFact {
  return {
    id: `rej_${row.n}`,
    documentId: row.document_id,
    chunkId: row.chunk_id,
    reason: row.reason,
    subject: row.subject,
    relation: row.relation,
    object: row.object,
    sentence: { start: row.sentence_start, end: row.sentence_end },
  };
}

function rejectionCounts(sql: Sql, workspaceId: string): Record<string, number> {
  const rows = sql.all<{ reason: string; count: number }>(
    `SELECT reason, sum(count) AS count FROM rejection_counts
     WHERE document_id IN (SELECT id FROM documents WHERE workspace_id = ?)
     GROUP BY reason ORDER BY reason`,
    [workspaceId],
  );
  return Object.fromEntries(rows.map(({ reason, count }) => [reason, count]));
}

function modelReadings(sql: Sql, documentId: string): ModelReading[] {
  return sql
    .all<{ chunk_id: string; triples: string }>(
      'SELECT chunk_id, triples FROM model_readings WHERE document_id = ?',
      [documentId],
    )
    .map((row) => ({
      chunkId: row.chunk_id,
      triples: parseJson<ModelReading['triples']>(row.triples),
    }));
}
