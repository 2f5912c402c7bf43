import { jsonList } from './sql.ts';
import type { Sql } from './sql.ts';

/** Those of `hashes` (sha256 of original bytes) that no document of any workspace needs, sorted. */
export function unusedBlobs(sql: Sql, hashes: readonly string[]): string[] {
  return sql.column<string>(
    `SELECT DISTINCT value FROM json_each(?)
     WHERE NOT EXISTS (SELECT 1 FROM document_blobs WHERE content_hash = value) ORDER BY value`,
    [jsonList(hashes)],
  );
}

/** Hashes of all original bytes that some document needs, sorted: what a clean-up must keep. */
export function usedBlobs(sql: Sql): string[] {
  return sql.column<string>(
    'SELECT DISTINCT content_hash FROM document_blobs ORDER BY content_hash',
  );
}
