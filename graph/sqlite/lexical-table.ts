/**
 * One FTS5 table per workspace: term statistics of one tenant never show in the scores of another, and a
 * question reads only its own workspace's postings. The table's name is made from the workspace's row
 * number, never from text. It keeps the folded text: a contentless table would save that, but its
 * statistics go on counting deleted rows, so scores would depend on history.
 */
import type { Chunk } from '../types.ts';
import { parseJson } from './codec.ts';
import { indexText } from './lexical-text.ts';
import { TOKENIZER } from './lexical-tokens.ts';
import type { Sql } from './sql.ts';

/** Removed rows that the log keeps; an index in memory that is further behind starts over. */
const LOG_ENTRIES_KEPT = 100_000;
/** Stands in the log for every row. */
const ALL_ROWS = 0;

export function lexicalTable(workspaceNumber: number): string {
  return `chunk_fts_${Math.trunc(workspaceNumber)}`;
}

export function createLexicalTable(sql: Sql, workspaceNumber: number): void {
  sql.db.exec(
    `CREATE VIRTUAL TABLE ${lexicalTable(workspaceNumber)} USING fts5(
       title, headings, text, ${TOKENIZER})`,
  );
}

export function dropLexicalTable(sql: Sql, workspaceNumber: number): void {
  sql.db.exec(`DROP TABLE IF EXISTS ${lexicalTable(workspaceNumber)}`);
}

/** `rowid`: `chunks.n`, of a row that is not there. The title is the first entry of the heading path. */
export function insertLexicalRow(
  sql: Sql,
  workspaceNumber: number,
  rowid: number,
  chunk: Pick<Chunk, 'headingPath' | 'text'>,
): void {
  const [title = '', ...headings] = chunk.headingPath;
  sql.run(
    `INSERT INTO ${lexicalTable(workspaceNumber)} (rowid, title, headings, text) VALUES (?, ?, ?, ?)`,
    [rowid, indexText(title), indexText(headings.join('\n')), indexText(chunk.text)],
  );
}

export function deleteLexicalRow(sql: Sql, workspaceNumber: number, rowid: number): void {
  sql.run(`DELETE FROM ${lexicalTable(workspaceNumber)} WHERE rowid = ?`, [rowid]);
  logRemoval(sql, workspaceNumber, rowid);
}

/** Newest entry of the log of removed rows. */
export function newestRemoval(sql: Sql): number {
  return sql.column<number>('SELECT coalesce(max(seq), 0) FROM lexical_log')[0]!;
}

/** Rows removed since entry `seq`; `undefined` if that is too long ago, or if all rows are new. */
export function removalsSince(
  sql: Sql,
  workspaceNumber: number,
  seq: number,
): readonly number[] | undefined {
  if (seq < newestRemoval(sql) - LOG_ENTRIES_KEPT) return undefined;
  const rows = sql.column<number>(
    'SELECT row FROM lexical_log WHERE seq > ? AND workspace = ? ORDER BY seq',
    [seq, workspaceNumber],
  );
  return rows.includes(ALL_ROWS) ? undefined : rows;
}

function logRemoval(sql: Sql, workspaceNumber: number, rowid: number): void {
  const { lastInsertRowid } = sql.run('INSERT INTO lexical_log (workspace, row) VALUES (?, ?)', [
    workspaceNumber,
    rowid,
  ]);
  sql.run('DELETE FROM lexical_log WHERE seq < ?', [Number(lastInsertRowid) - LOG_ENTRIES_KEPT]);
}

/** Makes the index of a workspace anew from its chunks. */
export function rebuildLexicalTable(sql: Sql, workspaceId: string, workspaceNumber: number): void {
  dropLexicalTable(sql, workspaceNumber);
  createLexicalTable(sql, workspaceNumber);
  logRemoval(sql, workspaceNumber, ALL_ROWS);
  const rows = sql.all<{ n: number; heading_path: string; text: string }>(
    'SELECT n, heading_path, text FROM chunks WHERE workspace_id = ?',
    [workspaceId],
  );
  for (const row of rows) {
    const headingPath = parseJson<string[]>(row.heading_path);
    insertLexicalRow(sql, workspaceNumber, row.n, { headingPath, text: row.text });
  }
}
