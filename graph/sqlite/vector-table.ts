/**
 * The embeddings of chunks: the source of truth of every vector index, with a log of changes that an
 * index in another thread or process follows. One vector per chunk and embedder.
 */
import { DimensionError, StorageError } from '../errors.ts';
import { bytesOf } from './codec.ts';
import { jsonList, orNull } from './sql.ts';
import type { Sql } from './sql.ts';

/** Entries that the log keeps; an index further behind than this starts over. */
export const LOG_ENTRIES_KEPT = 1_000_000;

export interface NewVector {
  readonly chunkId: string;
  readonly workspaceId: string;
  readonly documentId: string;
  /** Fingerprint of the embedder. */
  readonly embedder: string;
  readonly vector: Float32Array;
}

/**
 * Stores the vector at unit length under a new label. Call inside a write transaction.
 * Throws DimensionError if the embedder's other vectors have another length, StorageError for NaN.
 */
export function putVector(
  sql: Sql,
  { chunkId, workspaceId, documentId, embedder, vector }: NewVector,
): void {
  requireSameDimension(sql, workspaceId, embedder, vector.length);
  removeVectors(sql, [chunkId], embedder);
  const { lastInsertRowid } = sql.run(
    `INSERT INTO vectors (chunk_id, workspace_id, document_id, embedder, dim, vector) VALUES (?, ?, ?, ?, ?, ?)`,
    [
      chunkId,
      workspaceId,
      documentId,
      embedder,
      vector.length,
      bytesOf(toUnitLength(vector, chunkId)),
    ],
  );
  logChange(sql, workspaceId, embedder, Number(lastInsertRowid), 0);
}

/** Of one embedder, or of all. Call inside a write transaction. */
export function removeVectors(sql: Sql, chunkIds: readonly string[], embedder?: string): void {
  const rows = sql.all<VectorKey>(
    `SELECT label, workspace_id, embedder FROM vectors WHERE chunk_id IN (SELECT value FROM json_each(@ids))
     AND (@embedder IS NULL OR embedder = @embedder)`,
    { ids: jsonList(chunkIds), embedder: orNull(embedder) },
  );
  removeRows(sql, rows);
}

/** Removes up to `limit` vectors of other embedders than this one; returns how many. */
export function removeOtherVectors(
  sql: Sql,
  workspaceId: string,
  embedder: string,
  limit: number,
): number {
  const rows = sql.all<VectorKey>(
    `SELECT label, workspace_id, embedder FROM vectors WHERE workspace_id = @workspaceId AND embedder < @embedder
     UNION ALL
     SELECT label, workspace_id, embedder FROM vectors WHERE workspace_id = @workspaceId AND embedder > @embedder
     LIMIT @limit`,
    { workspaceId, embedder, limit },
  );
  removeRows(sql, rows);
  return rows.length;
}

export function hasVectors(sql: Sql, workspaceId: string, embedder: string): boolean {
  const found = sql.column(
    'SELECT 1 FROM vectors WHERE workspace_id = ? AND embedder = ? LIMIT 1',
    [workspaceId, embedder],
  );
  return found.length > 0;
}

interface VectorKey {
  readonly label: number;
  readonly workspace_id: string;
  readonly embedder: string;
}

function removeRows(sql: Sql, rows: readonly VectorKey[]): void {
  for (const row of rows) {
    sql.run('DELETE FROM vectors WHERE label = ?', [row.label]);
    logChange(sql, row.workspace_id, row.embedder, row.label, 1);
  }
}

/** Sequence number of the newest change, 0 if there never was one. */
export function newestChange(sql: Sql): number {
  return sql.column<number>(`SELECT coalesce(max(seq), 0) FROM vector_log`)[0]!;
}

export function trimLog(sql: Sql): void {
  sql.run('DELETE FROM vector_log WHERE seq <= ?', [newestChange(sql) - LOG_ENTRIES_KEPT]);
}

function logChange(
  sql: Sql,
  workspaceId: string,
  embedder: string,
  label: number,
  removed: 0 | 1,
): void {
  sql.run('INSERT INTO vector_log (workspace_id, embedder, label, removed) VALUES (?, ?, ?, ?)', [
    workspaceId,
    embedder,
    label,
    removed,
  ]);
}

function requireSameDimension(sql: Sql, workspaceId: string, embedder: string, dim: number): void {
  const known = sql.column<number>(
    'SELECT dim FROM vectors WHERE workspace_id = ? AND embedder = ? LIMIT 1',
    [workspaceId, embedder],
  )[0];
  if (known !== undefined && known !== dim) throw new DimensionError(known, dim);
}

/** A zero vector stays zero: it is similar to nothing. */
function toUnitLength(vector: Float32Array, chunkId: string): Float32Array {
  const norm = Math.hypot(...vector);
  if (!Number.isFinite(norm)) {
    throw new StorageError(
      `The embedding of chunk ${chunkId} holds a number that is not finite.`,
      'Check the embedding model; ingest the document again.',
    );
  }
  const isUnit = Math.abs(norm - 1) < 1e-5;
  return isUnit || norm === 0 ? vector : vector.map((value) => value / norm);
}
