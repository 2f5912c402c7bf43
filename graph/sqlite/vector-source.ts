import type { StoredVector, VectorSource } from '../vectors/vector-source.ts';
import { float32Of } from './codec.ts';
import type { DocumentFilters } from './document-filters.ts';
import { IS_SEARCHABLE } from './searchable.ts';
import { jsonList } from './sql.ts';
import type { Sql } from './sql.ts';
import { LOG_ENTRIES_KEPT, newestChange } from './vector-table.ts';

interface VectorRow {
  readonly label: number;
  readonly document: number;
  readonly vector: Uint8Array;
}

interface ChangeRow extends Partial<VectorRow> {
  readonly seq: number;
  readonly changed: number;
}

export function sqliteVectorSource(
  sql: Sql,
  filters: DocumentFilters,
  workspaceId: string,
  embedder: string,
): VectorSource {
  const of = [workspaceId, embedder];
  return {
    count: () =>
      sql.column<number>(
        'SELECT count(*) FROM vectors WHERE workspace_id = ? AND embedder = ?',
        of,
      )[0]!,
    dimension: () =>
      sql.column<number>(
        'SELECT dim FROM vectors WHERE workspace_id = ? AND embedder = ? LIMIT 1',
        of,
      )[0],
    sync: () => syncVectors(sql),
    newestChange: () => newestChange(sql),
    hasForgotten: (seq) => seq < newestChange(sql) - LOG_ENTRIES_KEPT,

    changes: (seq, limit) =>
      sql
        .all<ChangeRow>(
          `SELECT l.seq, l.label AS changed, v.label, d.n AS document, v.vector FROM vector_log l
           LEFT JOIN vectors v ON v.label = l.label LEFT JOIN documents d ON d.id = v.document_id
           WHERE l.workspace_id = ? AND l.seq > ? AND l.embedder = ? ORDER BY l.seq LIMIT ?`,
          [workspaceId, seq, embedder, limit],
        )
        .map((row) => ({
          seq: row.seq,
          label: row.changed,
          added: row.vector ? stored(row as VectorRow) : undefined,
        })),

    vectors: (afterLabel, limit) =>
      sql
        .all<VectorRow>(
          `SELECT v.label, d.n AS document, v.vector FROM vectors v JOIN documents d ON d.id = v.document_id
           WHERE v.workspace_id = ? AND v.embedder = ? AND v.label > ? ORDER BY v.label LIMIT ?`,
          [...of, afterLabel, limit],
        )
        .map(stored),

    vectorsAt: (labels) =>
      sql
        .all<VectorRow>(
          `SELECT v.label, d.n AS document, v.vector FROM json_each(?) wanted
           CROSS JOIN vectors v ON v.label = wanted.value JOIN documents d ON d.id = v.document_id`,
          [jsonList(labels)],
        )
        .map(stored),

    labelsOf: (documents) =>
      sql.column<number>(
        `SELECT v.label FROM json_each(?) wanted CROSS JOIN documents d ON d.n = wanted.value
         CROSS JOIN vectors v ON v.document_id = d.id WHERE +v.embedder = ?`,
        [jsonList(documents), embedder],
      ),

    labels: (afterLabel, limit) =>
      sql.all<{ label: number; document: number }>(
        `SELECT v.label, d.n AS document FROM vectors v JOIN documents d ON d.id = v.document_id
         WHERE v.workspace_id = ? AND v.embedder = ? AND v.label > ? ORDER BY v.label LIMIT ?`,
        [...of, afterLabel, limit],
      ),

    allowed: (filter) => filters.allowed(workspaceId, filter),

    ids: (labels) => {
      const rows = sql.rows<[label: number, chunkId: string]>(
        'SELECT v.label, v.chunk_id FROM json_each(?) wanted CROSS JOIN vectors v ON v.label = wanted.value',
        [jsonList(labels)],
      );
      return new Map(rows);
    },
  };
}

/** Any synced commit takes those before it along, those of other connections too. */
export function syncVectors(sql: Sql): void {
  sql.writeSynced(() =>
    sql.run(`UPDATE revisions SET value = value + 1 WHERE name = 'saved_indices'`),
  );
}

/** The embedder whose vector was stored last. */
export function newestEmbedder(sql: Sql, workspaceId: string): string | undefined {
  const latest = sql.column<string>(
    'SELECT embedder FROM vector_log WHERE workspace_id = ? AND removed = 0 ORDER BY seq DESC LIMIT 1',
    [workspaceId],
  )[0];
  return (
    latest ??
    sql.column<string>('SELECT embedder FROM vectors WHERE workspace_id = ? LIMIT 1', [
      workspaceId,
    ])[0]
  );
}

/** Chunks of enabled documents that have a vector of this embedder, sorted. */
export function searchableChunkIds(sql: Sql, workspaceId: string, embedder: string): string[] {
  return sql.column<string>(
    `SELECT v.chunk_id FROM vectors v JOIN documents d ON d.id = v.document_id
     WHERE v.workspace_id = ? AND v.embedder = ? AND ${IS_SEARCHABLE} ORDER BY v.chunk_id`,
    [workspaceId, embedder],
  );
}

function stored(row: VectorRow): StoredVector {
  return { label: row.label, document: row.document, vector: float32Of(row.vector) };
}
