import type { LexicalIndex, ScoredChunk, SearchFilter } from '../types.ts';
import type { DocumentFilters } from './document-filters.ts';
import { postingsCache, type ColumnWeights } from './lexical-postings.ts';
import { lexicalRows, type LexicalRows } from './lexical-rows.ts';
import { accumulator, bestByWords } from './lexical-score.ts';
import { lexicalTable, rebuildLexicalTable } from './lexical-table.ts';
import { anyWordQuery, phraseQuery, questionWords, wordsOf } from './lexical-text.ts';
import { lexicalTokens } from './lexical-tokens.ts';
import { filterCondition, IS_SEARCHABLE } from './searchable.ts';
import type { Sql } from './sql.ts';
import { findWorkspaceNumber, workspaceNumber } from './workspaces.ts';

const WEIGHTS: ColumnWeights = { title: 2.5, headings: 1.5, text: 1 };

/** Memory for postings, of all workspaces together. */
const POSTINGS_BYTES = 64 * 2 ** 20;
/** Workspaces whose rows are kept in memory. */
const MOST_WORKSPACES = 64;

export interface SqliteLexicalIndex extends LexicalIndex {
  documentFrequency(workspaceId: string, words: readonly string[]): Promise<Map<string, number>>;
  /** Makes the index anew from the chunks: the repair of a damaged one. */
  rebuild(workspaceId: string): Promise<void>;
}

/**
 * BM25. SQLite's FTS5 holds the index; its postings are kept in memory once they were read, and scored here.
 * Questions with words that are several tokens (scripts without spaces) are scored by FTS5 itself.
 * An unknown workspace has no chunks.
 */
export function sqliteLexicalIndex(sql: Sql, filters: DocumentFilters): SqliteLexicalIndex {
  const opened = new Map<number, LexicalRows>(); // least recently used first
  const postings = postingsCache(sql, WEIGHTS, POSTINGS_BYTES);
  const tokens = lexicalTokens(sql);
  const sums = accumulator();

  function rowsOf(n: number): LexicalRows {
    const rows = opened.get(n) ?? lexicalRows(sql, n);
    opened.delete(n);
    opened.set(n, rows);
    if (opened.size > MOST_WORKSPACES) forget(opened.keys().next().value!);
    return rows;
  }

  function forget(n: number): void {
    opened.delete(n);
    postings.forget(n);
  }

  /** Level with the present snapshot. */
  function levelRows(n: number): LexicalRows {
    let rows = rowsOf(n);
    while (!rows.follow()) {
      forget(n);
      rows = rowsOf(n);
    }
    return rows;
  }

  /** Loads the rows in slices, then does the work on one snapshot; `undefined`: no such workspace. */
  async function withRows<T>(
    workspaceId: string,
    work: (n: number, rows: LexicalRows) => T,
  ): Promise<T | undefined> {
    const known = findWorkspaceNumber(sql, workspaceId);
    if (known !== undefined) await rowsOf(known).load();
    return sql.read(() => {
      const n = findWorkspaceNumber(sql, workspaceId);
      if (n === undefined && known !== undefined) forget(known);
      return n === undefined ? undefined : work(n, levelRows(n));
    });
  }

  function scored(
    workspaceId: string,
    terms: readonly string[],
    limit: number,
    filter: SearchFilter | undefined,
  ): Promise<ScoredChunk[] | undefined> {
    return withRows(workspaceId, (n, rows) => {
      const lists = terms.map((term) => postings.get(n, rows, term));
      const allows = filters.allowed(workspaceId, filter);
      return bestByWords(lists, rows, allows, limit, sums)
        .map(({ place, score }) => ({ chunkId: rows.chunkId(place), score }))
        .toSorted((a, b) => b.score - a.score || (a.chunkId < b.chunkId ? -1 : 1))
        .slice(0, limit);
    });
  }

  return {
    search: async (workspaceId, query, { limit, filter }) => {
      const words = questionWords(query);
      const most = Math.max(0, Math.trunc(limit));
      if (words.length === 0 || most === 0) return [];
      const terms = words.map(tokens.only);
      if (terms.every((term) => term !== undefined)) {
        return (await scored(workspaceId, [...new Set(terms)], most, filter)) ?? [];
      }
      const n = findWorkspaceNumber(sql, workspaceId);
      return n === undefined ? [] : match(sql, n, anyWordQuery(words), most, filter);
    },

    documentFrequency: async (workspaceId, words) => {
      const found = await withRows(workspaceId, (n, rows) =>
        words.map((word): [string, number] => {
          const parts = wordsOf(word).map(tokens.only);
          const term = parts.length === 1 ? parts[0] : undefined;
          return [word, term === undefined ? 0 : postings.count(n, rows, term)];
        }),
      );
      return new Map(found ?? words.map((word) => [word, 0]));
    },

    phrase: async (workspaceId, phrase, limit) => {
      const expression = phraseQuery(phrase);
      const n = findWorkspaceNumber(sql, workspaceId);
      if (expression === undefined || n === undefined) return [];
      return match(sql, n, expression, limit, undefined).map((hit) => hit.chunkId);
    },

    count: async (workspaceId) => (await withRows(workspaceId, (_n, rows) => rows.live)) ?? 0,

    rebuild: async (workspaceId) =>
      sql.write(() => rebuildLexicalTable(sql, workspaceId, workspaceNumber(sql, workspaceId))),
  };
}

/** Search by FTS5 itself. */
function match(
  sql: Sql,
  n: number,
  expression: string,
  limit: number,
  filter: SearchFilter | undefined,
): ScoredChunk[] {
  const table = lexicalTable(n);
  const { text, parameters } = filterCondition(filter);
  const weights = `${WEIGHTS.title}, ${WEIGHTS.headings}, ${WEIGHTS.text}`;
  // CROSS JOIN: postings first, then the chunk and its document of each hit.
  return sql.all<ScoredChunk>(
    `SELECT c.id AS chunkId, -bm25(${table}, ${weights}) AS score
     FROM ${table} CROSS JOIN chunks c ON c.n = ${table}.rowid
     CROSS JOIN documents d ON d.id = c.document_id
     WHERE ${table} MATCH @expression AND ${IS_SEARCHABLE} AND ${text}
     ORDER BY score DESC, c.id LIMIT @limit`,
    { ...parameters, expression, limit: Math.max(0, Math.trunc(limit)) },
  );
}
