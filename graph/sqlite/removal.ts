/** Removal of chunks, documents and workspaces, exactly: rows of every index go in the same transaction. */
import { NotFoundError, StaleRunError } from '../errors.ts';
import { unusedBlobs } from './blobs.ts';
import type { CorpusContext } from './context.ts';
import { documentRow } from './documents.ts';
import { removeGraphOfWorkspace } from './graph-write.ts';
import { requireRun } from './jobs.ts';
import { kvKeysOfChunks, unusedKvKeys } from './kv-registry.ts';
import { deleteLexicalRow, dropLexicalTable } from './lexical-table.ts';
import { jsonList } from './sql.ts';
import type { Sql } from './sql.ts';
import { removeVectors, trimLog } from './vector-table.ts';
import { workspaceNumber } from './workspaces.ts';

export interface RemovalOutcome {
  obsoleteKvKeys: string[];
  obsoleteBlobs: string[];
}

/**
 * Removes chunks with their tokens, vectors, extractions, index rows and KV entries; call inside a write
 * transaction. Returns the KV keys they had, whether or not other chunks use them too.
 */
export function removeChunks(sql: Sql, workspaceId: string, chunkIds: readonly string[]): string[] {
  if (chunkIds.length === 0) return [];
  const kvKeys = kvKeysOfChunks(sql, chunkIds);
  const n = workspaceNumber(sql, workspaceId);
  const rows = sql.column<number>(
    'SELECT n FROM chunks WHERE id IN (SELECT value FROM json_each(?))',
    [jsonList(chunkIds)],
  );
  for (const row of rows) deleteLexicalRow(sql, n, row);
  removeVectors(sql, chunkIds);
  for (const row of rows) sql.run('DELETE FROM chunks WHERE n = ?', [row]);
  return kvKeys;
}

/** A document that is already gone has nothing to give back: a delete that crashed may run again. */
export function removeDocument(
  { sql }: CorpusContext,
  workspaceId: string,
  documentId: string,
  runToken: string,
): RemovalOutcome {
  return sql.write(() => {
    const job = requireRun(sql, runToken, { documentId });
    const document = documentRow(sql, workspaceId, documentId);
    if (!document) return { obsoleteKvKeys: [], obsoleteBlobs: [] };
    if (document.version > job.version) {
      throw new StaleRunError(
        `Document ${documentId} was handed in again after its deletion was ordered.`,
      );
    }
    const chunkIds = sql.column<string>('SELECT id FROM chunks WHERE document_id = ?', [
      documentId,
    ]);
    const kvKeys = removeChunks(sql, workspaceId, chunkIds);
    const hashes = sql.column<string>(
      'SELECT content_hash FROM document_blobs WHERE document_id = ?',
      [documentId],
    );
    sql.run('DELETE FROM documents WHERE id = ?', [documentId]);
    trimLog(sql);
    return { obsoleteKvKeys: unusedKvKeys(sql, kvKeys), obsoleteBlobs: unusedBlobs(sql, hashes) };
  });
}

export function deleteWorkspace({ sql }: CorpusContext, id: string): RemovalOutcome {
  return sql.write(() => {
    const n = sql.column<number>('SELECT n FROM workspaces WHERE id = ?', [id])[0];
    if (n === undefined) throw new NotFoundError('workspace', id);
    const kvKeys = sql.column<string>(
      `SELECT k.kv_key FROM chunk_kv k JOIN chunks c ON c.id = k.chunk_id WHERE c.workspace_id = @id
       UNION SELECT k.kv_key FROM chunk_kv_behind k JOIN chunks c ON c.id = k.chunk_id WHERE c.workspace_id = @id`,
      { id },
    );
    const hashes = sql.column<string>(
      'SELECT b.content_hash FROM document_blobs b JOIN documents d ON d.id = b.document_id WHERE d.workspace_id = ?',
      [id],
    );
    dropLexicalTable(sql, n);
    sql.run('DELETE FROM vectors WHERE workspace_id = ?', [id]);
    sql.run('DELETE FROM vector_log WHERE workspace_id = ?', [id]);
    removeGraphOfWorkspace(sql, id);
    sql.run('DELETE FROM workspaces WHERE n = ?', [n]); // the rest follows by foreign key
    sql.run('DELETE FROM graph_text_log WHERE workspace_id = ?', [id]); // what has just gone is in it
    return { obsoleteKvKeys: unusedKvKeys(sql, kvKeys), obsoleteBlobs: unusedBlobs(sql, hashes) };
  });
}
