import type { CorpusStore } from '../types.ts';
import type { CorpusContext } from './context.ts';
import { jsonList } from './sql.ts';
import type { Sql } from './sql.ts';

type KvMethods = Pick<
  CorpusStore,
  'setChunkKv' | 'chunkKv' | 'setKvBehind' | 'kvBehind' | 'kvKeys' | 'kvCount' | 'pinnedKvKeys'
>;

/** Keys with the chunk each belongs to, whatever it was computed behind. */
const ALL_KV = `(SELECT chunk_id, kv_key FROM chunk_kv UNION ALL SELECT chunk_id, kv_key FROM chunk_kv_behind)`;

export function kvMethods({ sql }: CorpusContext): KvMethods {
  return {
    // A chunk that was removed in the meantime is passed over: nothing may refer to its cache.
    setChunkKv: (entries) =>
      sql.write(() => {
        for (const [chunkId, key] of entries) {
          sql.run(
            `INSERT INTO chunk_kv (chunk_id, kv_key) SELECT id, ? FROM chunks WHERE id = ?
             ON CONFLICT (chunk_id) DO UPDATE SET kv_key = excluded.kv_key`,
            [key, chunkId],
          );
        }
      }),

    chunkKv: (chunkIds) => {
      const rows = sql.all<{ chunk_id: string; kv_key: string }>(
        'SELECT chunk_id, kv_key FROM chunk_kv WHERE chunk_id IN (SELECT value FROM json_each(?))',
        [jsonList(chunkIds)],
      );
      return new Map(rows.map((row) => [row.chunk_id, row.kv_key]));
    },

    setKvBehind: (chunkId, contextId, key) =>
      void sql.run(
        `INSERT INTO chunk_kv_behind (chunk_id, context_id, kv_key)
         SELECT a.id, b.id, ? FROM chunks a JOIN chunks b ON b.workspace_id = a.workspace_id
         WHERE a.id = ? AND b.id = ?
         ON CONFLICT (chunk_id, context_id) DO UPDATE SET kv_key = excluded.kv_key`,
        [key, chunkId, contextId],
      ),

    kvBehind: (chunkIds) =>
      sql.all(
        `SELECT chunk_id AS chunkId, context_id AS contextId, kv_key AS key FROM chunk_kv_behind
         WHERE chunk_id IN (SELECT value FROM json_each(?)) ORDER BY chunk_id, context_id`,
        [jsonList(chunkIds)],
      ),

    pinnedKvKeys: (workspaceId) =>
      sql.column<string>(
        `SELECT DISTINCT k.kv_key FROM documents d JOIN chunks c ON c.document_id = d.id
         JOIN chunk_kv k ON k.chunk_id = c.id
         WHERE d.pinned = 1 AND d.workspace_id = ? ORDER BY k.kv_key`,
        [workspaceId],
      ),

    kvKeys: (workspaceId) =>
      sql.column<string>(
        `SELECT DISTINCT k.kv_key FROM ${ALL_KV} k JOIN chunks c ON c.id = k.chunk_id
         WHERE c.workspace_id = ? ORDER BY k.kv_key`,
        [workspaceId],
      ),

    kvCount: (workspaceId) =>
      sql.get<{ count: number }>(
        `SELECT COUNT(DISTINCT k.kv_key) AS count FROM chunk_kv k JOIN chunks c ON c.id = k.chunk_id
         WHERE c.workspace_id = ?`,
        [workspaceId],
      )?.count ?? 0,
  };
}

export function kvKeysOfChunks(sql: Sql, chunkIds: readonly string[]): string[] {
  return sql.column<string>(
    `SELECT kv_key FROM chunk_kv WHERE chunk_id IN (SELECT value FROM json_each(@ids))
     UNION SELECT kv_key FROM chunk_kv_behind
       WHERE chunk_id IN (SELECT value FROM json_each(@ids)) OR context_id IN (SELECT value FROM json_each(@ids))`,
    { ids: jsonList(chunkIds) },
  );
}

/** Those of `keys` that no chunk refers to, sorted. */
export function unusedKvKeys(sql: Sql, keys: readonly string[]): string[] {
  return sql.column<string>(
    `SELECT value FROM json_each(?)
     WHERE NOT EXISTS (SELECT 1 FROM chunk_kv WHERE kv_key = value)
       AND NOT EXISTS (SELECT 1 FROM chunk_kv_behind WHERE kv_key = value) ORDER BY value`,
    [jsonList(keys)],
  );
}
