/**
 * What chunks say, as texts that are embedded: facts and names, each once in a workspace. Triggers let a text go with
 * the last chunk that says it, its vectors with the text, and note every vector that comes or goes in a log.
 */
import { DimensionError, StorageError } from '../errors.ts';
import type { GraphTextKind, GraphTextStore, UnembeddedText } from '../types.ts';
import type { StoredVector, VectorSource } from '../vectors/vector-source.ts';
import { bytesOf, float32Of } from './codec.ts';
import { jsonList } from './sql.ts';
import type { Sql } from './sql.ts';
import { syncVectors } from './vector-source.ts';
import { LOG_ENTRIES_KEPT } from './vector-table.ts';

export function sqliteGraphTextStore(sql: Sql): GraphTextStore {
  return {
    put: (documentId, said) =>
      sql.write(() => {
        for (const [chunkId, texts] of said) {
          const chunk = sql.get<{ n: number; workspace_id: string }>(
            'SELECT n, workspace_id FROM chunks WHERE id = ? AND document_id = ?',
            [chunkId, documentId],
          );
          if (!chunk) continue;
          const kept = texts.map(({ kind, text }) => {
            const label = labelOf(sql, chunk.workspace_id, kind, text);
            sql.run('INSERT OR IGNORE INTO graph_text_uses (chunk, label) VALUES (?, ?)', [
              chunk.n,
              label,
            ]);
            return label;
          });
          // Behind the new ones: a text that stays must not lose its vectors.
          sql.run(
            'DELETE FROM graph_text_uses WHERE chunk = ? AND label NOT IN (SELECT value FROM json_each(?))',
            [chunk.n, jsonList(kept)],
          );
        }
      }),

    withoutVector: (workspaceId, embedder, { documentId, limit }) =>
      documentId === undefined
        ? sql.all<UnembeddedText>(
            `SELECT s.label, s.kind, s.text FROM graph_texts s WHERE s.workspace_id = @workspaceId
             AND ${HAS_NONE} LIMIT @limit`,
            { workspaceId, embedder, limit },
          )
        : sql.all<UnembeddedText>(
            `SELECT DISTINCT s.label, s.kind, s.text FROM chunks c CROSS JOIN graph_text_uses u ON u.chunk = c.n
             CROSS JOIN graph_texts s ON s.label = u.label
             WHERE c.document_id = @documentId AND +s.workspace_id = @workspaceId AND ${HAS_NONE} LIMIT @limit`,
            { workspaceId, embedder, limit, documentId },
          ),

    putVectors: (embedder, vectors) =>
      sql.write(() => {
        for (const [label, vector] of vectors) putVector(sql, embedder, label, vector);
        sql.run('DELETE FROM graph_text_log WHERE seq <= ?', [
          newestChange(sql) - LOG_ENTRIES_KEPT,
        ]);
      }),

    hasVectors: (workspaceId, embedder) => {
      const found = (['fact', 'name'] satisfies GraphTextKind[]).some(
        (kind) => dimensionOf(sql, workspaceId, kind, embedder) !== undefined,
      );
      return found;
    },

    documentsWithout: (workspaceId, kind, after, limit) =>
      sql.column<string>(
        `SELECT d.id FROM documents d WHERE d.workspace_id = ? AND d.published_version > 0 AND d.id > ?
         AND NOT EXISTS (SELECT 1 FROM chunks c CROSS JOIN graph_text_uses u ON u.chunk = c.n
           CROSS JOIN graph_texts s ON s.label = u.label WHERE c.document_id = d.id AND s.kind = ?)
         ORDER BY d.id LIMIT ?`,
        [workspaceId, after, kind, limit],
      ),

    dropOthers: (workspaceId, embedder, limit) =>
      sql.write(() => {
        const rows = sql.all<{ label: number; embedder: string }>(
          `SELECT label, embedder FROM graph_text_vectors
           WHERE workspace_id = ? AND kind IN ('fact', 'name') AND embedder <> ? LIMIT ?`,
          [workspaceId, embedder, limit],
        );
        for (const row of rows) {
          sql.run('DELETE FROM graph_text_vectors WHERE label = ? AND embedder = ?', [
            row.label,
            row.embedder,
          ]);
        }
        return rows.length;
      }),
  };
}

const HAS_NONE = `NOT EXISTS (SELECT 1 FROM graph_text_vectors v WHERE v.label = s.label AND v.embedder = @embedder)`;

function labelOf(sql: Sql, workspaceId: string, kind: GraphTextKind, text: string): number {
  const key = [workspaceId, kind, text];
  const known = sql.column<number>(
    'SELECT label FROM graph_texts WHERE workspace_id = ? AND kind = ? AND text = ?',
    key,
  )[0];
  if (known !== undefined) return known;
  const { lastInsertRowid } = sql.run(
    'INSERT INTO graph_texts (workspace_id, kind, text) VALUES (?, ?, ?)',
    key,
  );
  return Number(lastInsertRowid);
}

/** Throws DimensionError if the embedder's other vectors have another length, StorageError for NaN. */
function putVector(sql: Sql, embedder: string, label: number, vector: Float32Array): void {
  const owner = sql.get<{ workspace_id: string; kind: GraphTextKind }>(
    'SELECT workspace_id, kind FROM graph_texts WHERE label = ?',
    [label],
  );
  if (!owner) return;
  const { workspace_id: workspaceId, kind } = owner;
  const known = dimensionOf(sql, workspaceId, kind, embedder);
  if (known !== undefined && known !== vector.length)
    throw new DimensionError(known, vector.length);
  sql.run(
    `INSERT OR IGNORE INTO graph_text_vectors (label, workspace_id, kind, embedder, dim, vector)
     VALUES (?, ?, ?, ?, ?, ?)`,
    [label, workspaceId, kind, embedder, vector.length, bytesOf(toUnitLength(vector))],
  );
}

function dimensionOf(
  sql: Sql,
  workspaceId: string,
  kind: GraphTextKind,
  embedder: string,
): number | undefined {
  return sql.column<number>(
    'SELECT dim FROM graph_text_vectors WHERE workspace_id = ? AND kind = ? AND embedder = ? LIMIT 1',
    [workspaceId, kind, embedder],
  )[0];
}

/** A zero vector stays zero: it is similar to nothing. */
function toUnitLength(vector: Float32Array): Float32Array {
  const norm = Math.hypot(...vector);
  if (!Number.isFinite(norm)) {
    throw new StorageError(
      'The embedding of a fact or name holds a number that is not finite.',
      'Check the embedding model; ingest the document again.',
    );
  }
  return norm === 0 ? vector : vector.map((value) => value / norm);
}

function newestChange(sql: Sql): number {
  return sql.column<number>('SELECT coalesce(max(seq), 0) FROM graph_text_log')[0]!;
}

/** The embedder whose vector of a statement was stored last. */
export function newestTextEmbedder(sql: Sql, workspaceId: string): string | undefined {
  return sql.column<string>(
    'SELECT embedder FROM graph_text_vectors WHERE workspace_id = ? ORDER BY rowid DESC LIMIT 1',
    [workspaceId],
  )[0];
}

interface VectorRow {
  readonly label: number;
  readonly vector: Uint8Array;
}

/** Vectors of one kind and embedder. Labels belong to many documents: filters are no matter of this source. */
export function sqliteTextSource(
  sql: Sql,
  workspaceId: string,
  kind: GraphTextKind,
  embedder: string,
): VectorSource {
  const of = [workspaceId, kind, embedder];
  const OF = 'v.workspace_id = ? AND v.kind = ? AND v.embedder = ?';
  return {
    count: () =>
      sql.column<number>(`SELECT count(*) FROM graph_text_vectors v WHERE ${OF}`, of)[0]!,
    dimension: () => dimensionOf(sql, workspaceId, kind, embedder),
    sync: () => syncVectors(sql),
    newestChange: () => newestChange(sql),
    hasForgotten: (seq) => seq < newestChange(sql) - LOG_ENTRIES_KEPT,
    changes: (seq, limit) =>
      sql
        .all<{ seq: number; label: number; vector: Uint8Array | null }>(
          `SELECT l.seq, l.label, v.vector FROM graph_text_log l
           LEFT JOIN graph_text_vectors v ON v.label = l.label AND v.embedder = l.embedder
           WHERE l.workspace_id = ? AND l.kind = ? AND l.embedder = ? AND l.seq > ? ORDER BY l.seq LIMIT ?`,
          [...of, seq, limit],
        )
        .map((row) => ({
          seq: row.seq,
          label: row.label,
          added: row.vector ? stored({ label: row.label, vector: row.vector }) : undefined,
        })),
    vectors: (afterLabel, limit) =>
      sql
        .all<VectorRow>(
          `SELECT v.label, v.vector FROM graph_text_vectors v WHERE ${OF} AND v.label > ? ORDER BY v.label LIMIT ?`,
          [...of, afterLabel, limit],
        )
        .map(stored),
    vectorsAt: (labels) =>
      sql
        .all<VectorRow>(
          `SELECT v.label, v.vector FROM json_each(?) wanted
           CROSS JOIN graph_text_vectors v ON v.label = wanted.value AND v.embedder = ?`,
          [jsonList(labels), embedder],
        )
        .map(stored),
    labelsOf: () => [],
    labels: (afterLabel, limit) =>
      sql
        .column<number>(
          `SELECT v.label FROM graph_text_vectors v WHERE ${OF} AND v.label > ? ORDER BY v.label LIMIT ?`,
          [...of, afterLabel, limit],
        )
        .map((label) => ({ label, document: NO_DOCUMENT })),
    allowed: () => undefined,
    ids: (labels) => {
      const there = sql.column<number>(
        `SELECT v.label FROM json_each(?) wanted
         CROSS JOIN graph_text_vectors v ON v.label = wanted.value AND v.embedder = ?`,
        [jsonList(labels), embedder],
      );
      return new Map(there.map((label) => [label, String(label)]));
    },
  };
}

const NO_DOCUMENT = 0;

function stored({ label, vector }: VectorRow): StoredVector {
  return { label, document: NO_DOCUMENT, vector: float32Of(vector) };
}

export interface TextUse {
  readonly label: number;
  readonly text: string;
  readonly chunkId: string;
  /** Number of the document. */
  readonly document: number;
}

/** At most `limit` uses of each label, in the order of chunks. */
export function usesOf(sql: Sql, labels: readonly number[], limit: number): TextUse[] {
  return sql.all<TextUse>(
    `SELECT s.label, s.text, c.id AS chunkId, d.n AS document FROM json_each(?) wanted
     CROSS JOIN graph_texts s ON s.label = wanted.value
     CROSS JOIN graph_text_uses u ON u.label = s.label
       AND u.chunk IN (SELECT chunk FROM graph_text_uses WHERE label = s.label ORDER BY chunk LIMIT ?)
     CROSS JOIN chunks c ON c.n = u.chunk CROSS JOIN documents d ON d.id = c.document_id
     ORDER BY wanted.key, u.chunk`,
    [jsonList(labels), limit],
  );
}

/** Labels that chunks of these documents use. */
export function labelsSaidBy(
  sql: Sql,
  kind: GraphTextKind,
  documents: readonly number[],
): number[] {
  return sql.column<number>(
    `SELECT DISTINCT s.label FROM json_each(?) wanted CROSS JOIN documents d ON d.n = wanted.value
     CROSS JOIN chunks c ON c.document_id = d.id CROSS JOIN graph_text_uses u ON u.chunk = c.n
     CROSS JOIN graph_texts s ON s.label = u.label WHERE s.kind = ?`,
    [jsonList(documents), kind],
  );
}
