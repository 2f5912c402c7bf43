/** Row numbers of workspaces and chunks in the graph tables. */
import type { Sql } from './sql.ts';

/** Row numbers of mentions and supports are `chunk * PLACES + place`: the rows of a chunk lie together. */
export const PLACES = 2 ** 20;

/** For `WHERE x.workspace = …` with a bound `@workspaceId`. */
export const WORKSPACE = '(SELECT n FROM graph_workspaces WHERE id = @workspaceId)';

export function findGraphWorkspace(sql: Sql, workspaceId: string): number | undefined {
  return sql.column<number>('SELECT n FROM graph_workspaces WHERE id = ?', [workspaceId])[0];
}

export function graphWorkspace(sql: Sql, workspaceId: string): number {
  const found = findGraphWorkspace(sql, workspaceId);
  if (found !== undefined) return found;
  return Number(
    sql.run('INSERT INTO graph_workspaces (id) VALUES (?)', [workspaceId]).lastInsertRowid,
  );
}

/** First row number, and the one behind the last, of the rows of chunks [first, first + count). */
export function rowRange(firstChunk: number, chunkCount: number): [number, number] {
  return [firstChunk * PLACES, (firstChunk + chunkCount) * PLACES];
}
