/**
 * One FTS5 table per workspace: term statistics of one tenant never show in the scores of another, and a
 * question reads only its own workspace's postings. The table's name is made from the workspace's row
 * number, never from text. It keeps the folded text: a contentless table would save that, but its
 * statistics go on counting deleted rows, so scores would depend on history.
 */
import type { Chunk } from '../types.ts';
import { parseJson } from './codec.ts';
import { indexText } from './lexical-text.ts';
import type { Sql } from './sql.ts';

export function lexicalTable(workspaceNumber: number): string {
  return `chunk_fts_${Math.trunc(workspaceNumber)}`;
}

export function createLexicalTable(sql: Sql, workspaceNumber: number): void {
  sql.db.exec(
    `CREATE VIRTUAL TABLE ${lexicalTable(workspaceNumber)} USING fts5(
       title, headings, text, tokenize = 'unicode61 remove_diacritics 2')`,
  );
}

export function dropLexicalTable(sql: Sql, workspaceNumber: number): void {
  sql.db.exec(`DROP TABLE IF EXISTS ${lexicalTable(workspaceNumber)}`);
}

/** `rowid`: `chunks.n`. The title is the first entry of the heading path. */
export function putLexicalRow(
  sql: Sql,
  workspaceNumber: number,
  rowid: number,
  chunk: Pick<Chunk, 'headingPath' | 'text'>,
): void {
  const [title = '', ...headings] = chunk.headingPath;
  deleteLexicalRow(sql, workspaceNumber, rowid);
  sql.run(
    `INSERT INTO ${lexicalTable(workspaceNumber)} (rowid, title, headings, text) VALUES (?, ?, ?, ?)`,
    [rowid, indexText(title), indexText(headings.join('\n')), indexText(chunk.text)],
  );
}

export function deleteLexicalRow(sql: Sql, workspaceNumber: number, rowid: number): void {
  sql.run(`DELETE FROM ${lexicalTable(workspaceNumber)} WHERE rowid = ?`, [rowid]);
}

/** Makes the index of a workspace anew from its chunks. */
export function rebuildLexicalTable(sql: Sql, workspaceId: string, workspaceNumber: number): void {
  dropLexicalTable(sql, workspaceNumber);
  createLexicalTable(sql, workspaceNumber);
  const rows = sql.all<{ n: number; heading_path: string; text: string }>(
    'SELECT n, heading_path, text FROM chunks WHERE workspace_id = ?',
    [workspaceId],
  );
  for (const row of rows) {
    const headingPath = parseJson<string[]>(row.heading_path);
    putLexicalRow(sql, workspaceNumber, row.n, { headingPath, text: row.text });
  }
}
