import type { LexicalIndex, ScoredChunk, SearchFilter } from '../types.ts';
import { lexicalTable, rebuildLexicalTable } from './lexical-table.ts';
import { anyWordQuery, phraseQuery } from './lexical-text.ts';
import { IS_SEARCHABLE } from './searchable.ts';
import { jsonList } from './sql.ts';
import type { Sql } from './sql.ts';
import { findWorkspaceNumber, workspaceNumber } from './workspaces.ts';

/** BM25 weights of title, headings and text. */
const WEIGHTS = '2.5, 1.5, 1.0';

export interface SqliteLexicalIndex extends LexicalIndex {
  /** Makes the index anew from the chunks: the repair of a damaged one. */
  rebuild(workspaceId: string): Promise<void>;
}

/** BM25 by SQLite FTS5. An unknown workspace has no chunks. */
export function sqliteLexicalIndex(sql: Sql): SqliteLexicalIndex {
  return {
    search: async (workspaceId, query, { limit, filter }) => {
      const expression = anyWordQuery(query);
      const n = findWorkspaceNumber(sql, workspaceId);
      if (expression === undefined || n === undefined) return [];
      return match(sql, n, expression, limit, filter);
    },

    phrase: async (workspaceId, phrase, limit) => {
      const expression = phraseQuery(phrase);
      const n = findWorkspaceNumber(sql, workspaceId);
      if (expression === undefined || n === undefined) return [];
      return match(sql, n, expression, limit, undefined).map((hit) => hit.chunkId);
    },

    count: async (workspaceId) => {
      const n = findWorkspaceNumber(sql, workspaceId);
      return n === undefined
        ? 0
        : sql.column<number>(`SELECT count(*) FROM ${lexicalTable(n)}`)[0]!;
    },

    rebuild: async (workspaceId) =>
      sql.write(() => rebuildLexicalTable(sql, workspaceId, workspaceNumber(sql, workspaceId))),
  };
}

function match(
  sql: Sql,
  n: number,
  expression: string,
  limit: number,
  filter: SearchFilter | undefined,
): ScoredChunk[] {
  const table = lexicalTable(n);
  const onlyThese = filter?.documentIds
    ? 'AND c.document_id IN (SELECT value FROM json_each(@documents))'
    : '';
  // CROSS JOIN: postings first, then the chunk and its document of each hit.
  return sql.all<ScoredChunk>(
    `SELECT c.id AS chunkId, -bm25(${table}, ${WEIGHTS}) AS score
     FROM ${table} CROSS JOIN chunks c ON c.n = ${table}.rowid
     CROSS JOIN documents d ON d.id = c.document_id
     WHERE ${table} MATCH @expression AND ${IS_SEARCHABLE} ${onlyThese}
     ORDER BY score DESC, c.id LIMIT @limit`,
    {
      expression,
      limit: Math.max(0, Math.trunc(limit)),
      ...(filter?.documentIds && { documents: jsonList(filter.documentIds) }),
    },
  );
}
