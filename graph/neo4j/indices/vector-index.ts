import { DimensionError } from '../../errors.ts';
import { newestEmbedder, sqliteVectorSource } from '../../sqlite/vector-source.ts';
import type { ScoredChunk, VectorIndex } from '../../types.ts';
import type { SearchLabels } from '../../vectors/graph-text-index.ts';
import type { VectorSource } from '../../vectors/vector-source.ts';
import type { Neo4jConnection } from '../connection.ts';
import { whole } from '../connection.ts';
import type { Neo4jIndexParts } from './lexical-index.ts';
import { vectorIndex, vectorSpace } from './space.ts';
import type { Space } from './space.ts';
import { vectorChanges } from './sources.ts';

/** Up to so many vectors are compared one by one: quicker than the index, and exact. */
const EXACT_BELOW = 2_000;
/** How many times more candidates are asked for than hits, and again when a filter left too few. */
const WIDER = 4;

export interface Neo4jVectorOptions {
  readonly exactBelow?: number;
  /** Whose vectors are searched; `undefined`: those of the one that stored the newest. */
  readonly embedder: () => string | undefined;
}

/**
 * Neo4j's vector index. It knows no filters, so more candidates are asked for, and where a filter lets through
 * little the allowed documents are compared one by one. `embedded` answers while Neo4j cannot.
 */
export function neo4jVectorIndex(
  parts: Neo4jIndexParts,
  embedded: Pick<VectorIndex, 'search' | 'ids'>,
  { exactBelow, embedder: current }: Neo4jVectorOptions,
): Omit<VectorIndex, 'close'> {
  const { sql, filters } = parts;
  return {
    search: async (workspaceId, vector, options) => {
      const embedder = options.embedder ?? current() ?? newestEmbedder(sql, workspaceId);
      if (embedder === undefined) return [];
      const source = sqliteVectorSource(sql, filters, workspaceId, embedder);
      const limit = Math.trunc(options.limit);
      const otherwise = () => embedded.search(workspaceId, vector, options);
      const allows = source.allowed(options.filter);
      const space = { workspaceId, name: embedder, source };
      return searchSpace(parts, space, vector, { limit, allows, exactBelow, otherwise });
    },
    ids: (workspaceId) => embedded.ids(workspaceId),
  };
}

/** The same for the labels of statements, which are the ids of their nodes. */
export function neo4jTextSearch(
  parts: Neo4jIndexParts,
  embedded: SearchLabels,
  exactBelow: number | undefined,
): SearchLabels {
  return async (space, vector, limit) => {
    const { workspaceId, kind, embedder, source } = space;
    const otherwise = async (): Promise<ScoredChunk[]> =>
      (await embedded(space, vector, limit)).map(({ label, score }) => ({
        chunkId: String(label),
        score,
      }));
    const labels = { workspaceId, name: `${kind} ${embedder}`, source };
    const options = { limit, allows: undefined, exactBelow, otherwise };
    const hits = await searchSpace(parts, labels, vector, options);
    return hits.map(({ chunkId, score }) => ({ label: Number(chunkId), score }));
  };
}

interface SearchedSpace {
  readonly workspaceId: string;
  /** Of what is embedded by whom. */
  readonly name: string;
  readonly source: VectorSource;
}

interface SpaceSearch {
  readonly limit: number;
  readonly allows: ((document: number) => boolean) | undefined;
  readonly exactBelow: number | undefined;
  /** Answers while Neo4j cannot. */
  readonly otherwise: () => Promise<ScoredChunk[]>;
}

async function searchSpace(
  { connection, sql, followed }: Neo4jIndexParts,
  { workspaceId, name, source }: SearchedSpace,
  vector: Float32Array,
  { limit, allows, exactBelow = EXACT_BELOW, otherwise }: SpaceSearch,
): Promise<ScoredChunk[]> {
  const dimension = source.dimension();
  if (dimension === undefined) return [];
  if (vector.length !== dimension) throw new DimensionError(dimension, vector.length);
  if (limit <= 0) return [];
  if (vector.every((value) => value === 0)) return otherwise(); // has no direction
  const space = vectorSpace(connection.namespace, workspaceId, name, dimension);
  const documents = () =>
    sql
      .column<number>('SELECT n FROM documents WHERE workspace_id = ?', [workspaceId])
      .filter((n) => allows?.(n) ?? true);
  const search = { connection, space, vector: [...vector], limit, allows, documents };
  const work = () =>
    source.count() <= exactBelow ? oneByOne(search) : throughIndex(search, source, exactBelow);
  return followed.search(space, vectorChanges(sql, source, dimension), work, otherwise);
}

interface Search {
  readonly connection: Neo4jConnection;
  readonly space: Space;
  readonly vector: readonly number[];
  readonly limit: number;
  readonly allows: ((document: number) => boolean) | undefined;
  /** Numbers of the documents that are allowed. */
  readonly documents: () => number[];
}

/** A cosine; Neo4j gives (1 + cosine) / 2. */
const SIMILARITY = '2 * vector.similarity.cosine(c.vector, $vector) - 1 AS score';

async function oneByOne(search: Search): Promise<ScoredChunk[]> {
  const { connection, space, vector, limit, allows } = search;
  const condition = allows ? 'WHERE c.document IN $documents' : '';
  return connection.read((tx) =>
    tx.rows<ScoredChunk>(
      `MATCH (c:${space.label}) ${condition} WITH c, ${SIMILARITY}
       RETURN c.chunk AS chunkId, score ORDER BY score DESC, chunkId LIMIT $limit`,
      {
        vector,
        limit: whole(limit),
        ...(allows && { documents: search.documents().map(whole) }),
      },
    ),
  );
}

async function throughIndex(
  search: Search,
  source: VectorSource,
  exactBelow: number,
): Promise<ScoredChunk[]> {
  const { connection, space, vector, limit, allows } = search;
  if (allows) {
    const documents = search.documents();
    const isFew = documents.length <= exactBelow && source.labelsOf(documents).length <= exactBelow;
    if (isFew) return oneByOne(search);
  }
  const most = source.count();
  for (let candidates = WIDER * limit; candidates < most; candidates *= WIDER) {
    const found = await connection.read((tx) =>
      tx.rows<ScoredChunk & { document: number }>(
        `CALL db.index.vector.queryNodes($index, $candidates, $vector) YIELD node AS c
         WITH c, ${SIMILARITY} RETURN c.chunk AS chunkId, c.document AS document, score
         ORDER BY score DESC, chunkId`,
        { index: vectorIndex(space.label), candidates: whole(candidates), vector },
      ),
    );
    const allowed = found.filter(({ document }) => allows?.(document) ?? true);
    if (allowed.length < limit) continue;
    return allowed.slice(0, limit).map(({ chunkId, score }) => ({ chunkId, score }));
  }
  return oneByOne(search);
}
