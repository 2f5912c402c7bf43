/** Full-text and vector search in Neo4j, wired beside the embedded indices that stand in for them. */
import type { DocumentFilters } from '../../sqlite/document-filters.ts';
import type { SqliteLexicalIndex } from '../../sqlite/lexical.ts';
import type { Sql } from '../../sqlite/sql.ts';
import type { HnswVectorIndex } from '../../vectors/hnsw-vector-index.ts';
import type { SearchLabels } from '../../vectors/graph-text-index.ts';
import { connectNeo4j } from '../connection.ts';
import type { Neo4jOptions } from '../connection.ts';
import { keysOf } from '../keys.ts';
import { followed } from './fallback.ts';
import { removeIndices } from './follower.ts';
import { neo4jLexicalIndex } from './lexical-index.ts';
import { neo4jTextSearch, neo4jVectorIndex } from './vector-index.ts';

export interface Indices {
  readonly lexical: SqliteLexicalIndex;
  readonly vectors: HnswVectorIndex;
  readonly searchTexts: SearchLabels;
}

interface Options {
  readonly neo4j: Neo4jOptions;
  readonly exactBelow?: number;
  readonly onProblem: (error: unknown) => void;
}

export function withNeo4jIndices(
  { lexical, vectors, searchTexts }: Indices,
  sql: Sql,
  filters: DocumentFilters,
  { neo4j, exactBelow, onProblem }: Options,
): Indices {
  const connection = connectNeo4j(neo4j);
  const parts = { connection, sql, filters, followed: followed(connection, onProblem) };
  const options = { exactBelow, embedder: () => vectors.embedder };
  return {
    lexical: { ...lexical, ...neo4jLexicalIndex(parts, lexical) },
    vectors: {
      ...vectors,
      get embedder() {
        return vectors.embedder;
      },
      ...neo4jVectorIndex(parts, vectors, options),
      forget: async (workspaceId) => {
        await vectors.forget(workspaceId);
        await parts.followed.settled();
        await removeIndices(connection, keysOf(connection.namespace, workspaceId).tenant);
      },
      close: async () => {
        await parts.followed.close();
        await vectors.close();
        await connection.close();
      },
    },
    searchTexts: neo4jTextSearch(parts, searchTexts, exactBelow),
  };
}
