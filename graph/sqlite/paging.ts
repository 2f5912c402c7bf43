import { NotFoundError } from '../errors.ts';
import type { Page, PageRequest } from '../types.ts';
import type { Sql } from './sql.ts';

const MAX_PAGE = 200;

export function pageLimit(page: PageRequest): number {
  return Math.min(Math.max(Math.trunc(page.limit) || 1, 1), MAX_PAGE);
}

/** Cuts a list that was asked for with one row more than the page holds. */
export function cutPage<T>(rows: readonly T[], limit: number): Page<T> {
  return { data: rows.slice(0, limit), hasMore: rows.length > limit };
}

type NumberedTable = 'workspaces' | 'documents' | 'jobs' | 'answers' | 'chunks' | 'conversations';

/** Row number of the last item of the page before; newest-first lists start below the largest number. */
export function newestFirstCursor(
  sql: Sql,
  table: NumberedTable,
  after: string | undefined,
): number {
  return after === undefined ? Number.MAX_SAFE_INTEGER : rowNumber(sql, table, after);
}

/** As above for lists with the oldest first. */
export function oldestFirstCursor(
  sql: Sql,
  table: NumberedTable,
  after: string | undefined,
): number {
  return after === undefined ? 0 : rowNumber(sql, table, after);
}

function rowNumber(sql: Sql, table: NumberedTable, id: string): number {
  const n = sql.column<number>(`SELECT n FROM ${table} WHERE id = ?`, [id])[0];
  if (n === undefined) throw new NotFoundError('page cursor', id);
  return n;
}
