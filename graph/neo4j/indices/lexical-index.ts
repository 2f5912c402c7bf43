import type { DocumentFilters } from '../../sqlite/document-filters.ts';
import { questionWords, wordsOf } from '../../sqlite/lexical-text.ts';
import type { Sql } from '../../sqlite/sql.ts';
import { findWorkspaceNumber } from '../../sqlite/workspaces.ts';
import type { LexicalIndex, ScoredChunk, SearchFilter } from '../../types.ts';
import { whole } from '../connection.ts';
import type { Neo4jConnection } from '../connection.ts';
import type { Followed } from './fallback.ts';
import { textIndex, textSpace } from './space.ts';
import type { Space } from './space.ts';
import { textSource } from './sources.ts';

export interface Neo4jIndexParts {
  readonly connection: Neo4jConnection;
  readonly sql: Sql;
  readonly filters: DocumentFilters;
  readonly followed: Followed;
}

interface Hit extends ScoredChunk {
  readonly document: number;
}

/** How many times more hits are asked for than wanted, and again when too few are left. */
const WIDER = 4;
/** Up to so many hits are read so that the order of those with equal scores is always the same. */
const MOST_FOR_TIES = 1_000;

/**
 * Neo4j's full-text index (Lucene, BM25) over words that were folded here. The title's words stand in the
 * indexed text three times and those of headings twice. `embedded` answers while Neo4j cannot.
 */
export function neo4jLexicalIndex(parts: Neo4jIndexParts, embedded: LexicalIndex): LexicalIndex {
  const { connection, sql, filters, followed } = parts;

  async function matches(
    workspaceId: string,
    expression: string,
    limit: number,
    filter: SearchFilter | undefined,
    otherwise: () => Promise<ScoredChunk[]>,
  ): Promise<ScoredChunk[]> {
    const n = findWorkspaceNumber(sql, workspaceId);
    if (n === undefined || limit <= 0 || expression === '') return [];
    const space = textSpace(connection.namespace, workspaceId);
    const source = textSource(sql, workspaceId, n);
    const allows = filters.allowed(workspaceId, filter);
    const work = () => bestAllowed(connection, space, expression, limit, allows);
    return followed.search(space, source, work, otherwise);
  }

  return {
    search: (workspaceId, query, options) => {
      const { limit, filter } = options;
      const expression = questionWords(query).map((words) => literal('words', words));
      return matches(workspaceId, expression.join(' OR '), Math.trunc(limit), filter, () =>
        embedded.search(workspaceId, query, options),
      );
    },
    phrase: async (workspaceId, phrase, limit) => {
      const words = wordsOf(phrase).join(' ');
      const expression = words === '' ? '' : literal('text', words);
      const otherwise = async () =>
        (await embedded.phrase(workspaceId, phrase, limit)).map((chunkId) => ({
          chunkId,
          score: 0,
        }));
      const hits = await matches(workspaceId, expression, limit, undefined, otherwise);
      return hits.map((hit) => hit.chunkId);
    },
    count: async (workspaceId) => {
      const n = findWorkspaceNumber(sql, workspaceId);
      if (n === undefined) return 0;
      const space = textSpace(connection.namespace, workspaceId);
      const count = async () => {
        const text = `MATCH (c:${space.label}) RETURN count(c) AS count`;
        return (await connection.read((tx) => tx.rows<{ count: number }>(text)))[0]!.count;
      };
      const source = textSource(sql, workspaceId, n);
      return followed.search(space, source, count, () => embedded.count(workspaceId));
    },
  };
}

/** Words in a row, as Lucene takes them literally: between quotes nothing but these two signs has a meaning. */
function literal(field: 'words' | 'text', words: string): string {
  return `${field}:"${words.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** Asks for more until enough hits are allowed or there are no more: a filter never leaves too few. */
async function bestAllowed(
  connection: Neo4jConnection,
  { label }: Space,
  expression: string,
  limit: number,
  allows: ((document: number) => boolean) | undefined,
): Promise<ScoredChunk[]> {
  for (let most = WIDER * limit; ; most *= WIDER) {
    const hits = await connection.read((tx) =>
      tx.rows<Hit>(
        `CALL db.index.fulltext.queryNodes($index, $expression, {limit: $most}) YIELD node, score
         RETURN node.chunk AS chunkId, node.document AS document, score`,
        { index: textIndex(label), expression, most: whole(most) },
      ),
    );
    const allowed = allows ? hits.filter((hit) => allows(hit.document)) : hits;
    const isShort = allowed.length < limit;
    const cutsTies = allowed[limit - 1]?.score === hits.at(-1)?.score && most <= MOST_FOR_TIES;
    if (hits.length === most && (isShort || cutsTies)) continue;
    return allowed
      .map(({ chunkId, score }) => ({ chunkId, score }))
      .toSorted((a, b) => b.score - a.score || (a.chunkId < b.chunkId ? -1 : 1))
      .slice(0, limit);
  }
}
