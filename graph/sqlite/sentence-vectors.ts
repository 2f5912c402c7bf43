/**
 * Embeddings of sentences, quantised by row: one byte per dimension and one scale per sentence. All those of a chunk
 * are one row, so that judging a question's candidates is one statement.
 */
import { DimensionError, StorageError } from '../errors.ts';
import type { SentencesOfChunks, SentenceVectors } from '../types.ts';
import { jsonList, orNull } from './sql.ts';
import type { Sql } from './sql.ts';

/** Bytes of a sentence's scale, which stands before its numbers. */
const SCALE_BYTES = 4;
const LARGEST = 127;

export function sqliteSentenceVectors(
  sql: Sql,
  /** Whose vectors count; `undefined`: anybody's. */
  embedder: () => string | undefined,
): SentenceVectors {
  return {
    put: (fingerprint, vectors) => sql.write(() => putSentences(sql, fingerprint, vectors)),

    similarities: (workspaceId, chunkIds, vector) => {
      const rows = sql.all<{ chunk_id: string; vectors: Uint8Array }>(
        `SELECT v.chunk_id, v.vectors FROM json_each(@ids) wanted
         CROSS JOIN sentence_vectors v ON v.chunk_id = wanted.value
         WHERE +v.workspace_id = @workspaceId AND v.dim = @dim
           AND (@embedder IS NULL OR v.embedder = @embedder)`,
        {
          workspaceId,
          ids: jsonList(new Set(chunkIds)),
          dim: vector.length,
          embedder: orNull(embedder()),
        },
      );
      return new Map(rows.map((row) => [row.chunk_id, cosines(row.vectors, vector)]));
    },

    dropOthers: (workspaceId, fingerprint, limit) =>
      sql.write(() => {
        const rows = sql.all<{ chunk_id: string; embedder: string }>(
          `SELECT chunk_id, embedder FROM sentence_vectors
           WHERE workspace_id = ? AND embedder <> ? LIMIT ?`,
          [workspaceId, fingerprint, limit],
        );
        for (const row of rows) {
          sql.run('DELETE FROM sentence_vectors WHERE chunk_id = ? AND embedder = ?', [
            row.chunk_id,
            row.embedder,
          ]);
        }
        return rows.length;
      }),
  };
}

/** Call inside a write transaction. Throws DimensionError for vectors of unequal length, StorageError for NaN. */
export function putSentences(sql: Sql, embedder: string, sentences: SentencesOfChunks): void {
  for (const [chunkId, vectors] of sentences) {
    if (vectors.length === 0) continue;
    sql.run(
      `INSERT INTO sentence_vectors (chunk_id, embedder, workspace_id, dim, vectors)
       SELECT id, ?, workspace_id, ?, ? FROM chunks WHERE id = ?
       ON CONFLICT (chunk_id, embedder) DO UPDATE SET dim = excluded.dim, vectors = excluded.vectors`,
      [embedder, vectors[0]!.length, quantised(vectors, chunkId), chunkId],
    );
  }
}

/** [sentences x (scale + dim)] bytes */
function quantised(vectors: readonly Float32Array[], chunkId: string): Uint8Array {
  const dim = vectors[0]!.length;
  const bytes = new DataView(new ArrayBuffer(vectors.length * (SCALE_BYTES + dim)));
  vectors.forEach((vector, row) => {
    if (vector.length !== dim) throw new DimensionError(dim, vector.length);
    const at = row * (SCALE_BYTES + dim);
    const scale = largestOf(vector, chunkId) / LARGEST;
    bytes.setFloat32(at, scale, true);
    for (let i = 0; i < dim; i++)
      bytes.setInt8(at + SCALE_BYTES + i, scale > 0 ? Math.round(vector[i]! / scale) : 0);
  });
  return new Uint8Array(bytes.buffer);
}

function largestOf(vector: Float32Array, chunkId: string): number {
  let largest = 0;
  for (const value of vector) {
    if (!Number.isFinite(value)) {
      throw new StorageError(
        `The embedding of a sentence of chunk ${chunkId} holds a number that is not finite.`,
        'Check the embedding model; ingest the document again.',
      );
    }
    largest = Math.max(largest, Math.abs(value));
  }
  return largest;
}

/** Vectors are of unit length, so that the dot product is the cosine. */
function cosines(blob: Uint8Array, vector: Float32Array): Float32Array {
  const dim = vector.length;
  const bytes = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const numbers = new Int8Array(blob.buffer, blob.byteOffset, blob.byteLength);
  const found = new Float32Array(blob.byteLength / (SCALE_BYTES + dim));
  for (let row = 0; row < found.length; row++) {
    const at = row * (SCALE_BYTES + dim);
    let sum = 0;
    for (let i = 0; i < dim; i++) sum += vector[i]! * numbers[at + SCALE_BYTES + i]!;
    found[row] = sum * bytes.getFloat32(at, true);
  }
  return found;
}
