/**
 * The index of statements over any search of labels. A text belongs to all documents that say it, so filters are
 * applied to its uses: more hits are asked for until enough are left, and where few documents are allowed, what they
 * say is compared one by one.
 */
import type { DocumentFilters } from '../sqlite/document-filters.ts';
import type { Sql } from '../sqlite/sql.ts';
import {
  labelsSaidBy,
  newestTextEmbedder,
  sqliteTextSource,
  usesOf,
  type TextUse,
} from '../sqlite/graph-texts.ts';
import type { ScoredText, GraphTextIndex, GraphTextKind } from '../types.ts';
import { eachVectorAt } from './loaded-vectors.ts';
import type { OpenVectors } from './open-vectors.ts';
import { dot, topK, unitVector } from './top-k.ts';
import type { ScoredLabel } from './top-k.ts';
import type { VectorSource } from './vector-source.ts';

/** Uses of a text that are given with a hit. */
const MOST_USES = 16;
/** How many times more hits are asked for than wanted under a filter, and again when too few are left. */
const WIDER = 4;
/** Up to so many texts of allowed documents are compared one by one. */
const FEW = 2_000;

export interface GraphTextSpace {
  readonly workspaceId: string;
  readonly kind: GraphTextKind;
  readonly embedder: string;
  readonly source: VectorSource;
}

/** The nearest labels of a space, best first, without any filter. Throws DimensionError. */
export type SearchLabels = (
  space: GraphTextSpace,
  vector: Float32Array,
  limit: number,
) => Promise<ScoredLabel[]>;

export function embeddedTextSearch(opened: OpenVectors): SearchLabels {
  return async ({ workspaceId, kind, embedder, source }, vector, limit) => {
    const vectors = opened.of(workspaceId, `${kind} ${embedder}`, () => source);
    const hits = await vectors.search(vector, limit);
    return hits.map(({ id, score }) => ({ label: Number(id), score }));
  };
}

/** @param embedder whose vectors are searched; `undefined`: those of the one that stored the newest */
export function graphTextIndex(
  sql: Sql,
  filters: DocumentFilters,
  searchLabels: SearchLabels,
  embedder: () => string | undefined,
): GraphTextIndex {
  return {
    search: async (workspaceId, kind, vector, options) => {
      const used = options.embedder ?? embedder() ?? newestTextEmbedder(sql, workspaceId);
      const limit = Math.trunc(options.limit);
      if (used === undefined || limit <= 0) return [];
      const source = sqliteTextSource(sql, workspaceId, kind, used);
      if (source.dimension() === undefined) return [];
      const space = { workspaceId, kind, embedder: used, source };
      const allows = filters.allowed(workspaceId, options.filter);
      if (!allows) return withUses(sql, await searchLabels(space, vector, limit), undefined);
      for (let wanted = WIDER * limit; ; wanted *= WIDER) {
        const labels = await searchLabels(space, vector, wanted);
        const found = withUses(sql, labels, allows);
        if (found.length >= limit || labels.length < wanted) return found.slice(0, limit);
        const exact = await amongFew(sql, space, unitVector(vector), limit, allows);
        if (exact) return withUses(sql, exact, allows);
      }
    },
  };
}

/** Hits with chunks that say them; those that no allowed document says are left out. */
function withUses(
  sql: Sql,
  hits: readonly ScoredLabel[],
  allows: ((document: number) => boolean) | undefined,
): ScoredText[] {
  const some = allowedUses(sql, hits, MOST_USES, allows);
  // Of a text in many chunks the first may all be hidden.
  const rest = allows ? hits.filter(({ label }) => !some.has(label)) : [];
  const further = allowedUses(sql, rest, ALL, allows);
  return hits.flatMap(({ label, score }) => {
    const uses = some.get(label) ?? further.get(label);
    if (!uses) return [];
    return [{ text: uses[0]!.text, score, chunkIds: uses.map(({ chunkId }) => chunkId) }];
  });
}

/** SQLite's word for no limit. */
const ALL = -1;

function allowedUses(
  sql: Sql,
  hits: readonly ScoredLabel[],
  limit: number,
  allows: ((document: number) => boolean) | undefined,
): Map<number, TextUse[]> {
  const found = new Map<number, TextUse[]>();
  const labels = hits.map(({ label }) => label);
  if (labels.length === 0) return found;
  for (const use of usesOf(sql, labels, limit)) {
    if (allows && !allows(use.document)) continue;
    const uses = found.get(use.label);
    if (!uses) found.set(use.label, [use]);
    else if (uses.length < MOST_USES) uses.push(use);
  }
  return found;
}

/** Undefined if the allowed documents say too much for that. */
async function amongFew(
  sql: Sql,
  { workspaceId, kind, source }: GraphTextSpace,
  query: Float32Array,
  limit: number,
  allows: (document: number) => boolean,
): Promise<ScoredLabel[] | undefined> {
  const documents = sql
    .column<number>('SELECT n FROM documents WHERE workspace_id = ?', [workspaceId])
    .filter(allows);
  if (documents.length > FEW) return undefined;
  const labels = labelsSaidBy(sql, kind, documents);
  if (labels.length > FEW) return undefined;
  const best = topK(limit);
  await eachVectorAt(source, labels, ({ label, vector }) => {
    best.offer(label, dot(query, vector, 0));
  });
  return best.best();
}
