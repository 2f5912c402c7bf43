/** Questions to the graph. Names, ids and queries are parameters; the text of a query is made of fixed parts. */
import { NotFoundError } from '../errors.ts';
import { entityId, normalizeName, normalizeRelation } from '../names.ts';
import type { Entity, Fact, GraphStats, GraphStore, Page, PageRequest } from '../types.ts';
import { whole } from './connection.ts';
import type { Transaction } from './connection.ts';
import type { Keys } from './keys.ts';
import { chunksByIds, chunksOfDocuments, saidByChunks } from './read-said.ts';
import type { StoredChunk } from './read-said.ts';
import { ENTITY, FACT, entityFrom, groupBy, withSupport } from './records.ts';
import type { EntityRow, FactRow } from './records.ts';

type EntityFilter = Parameters<GraphStore['entities']>[1];
type FactFilter = Parameters<GraphStore['facts']>[1];

const MAX_PAGE = 200;

function pageLimit(page: PageRequest): number {
  return Math.min(Math.max(Math.trunc(page.limit) || 1, 1), MAX_PAGE);
}

function cutPage<T>(rows: readonly T[], limit: number): Page<T> {
  return { data: rows.slice(0, limit), hasMore: rows.length > limit };
}

export const atLeastNone = (limit: number): number => Math.max(0, Math.trunc(limit));

/** Most mentions first, then by id. */
export async function entitiesByIds(
  tx: Transaction,
  keys: Keys,
  ids: Iterable<string>,
): Promise<Entity[]> {
  const rows = await tx.rows<EntityRow>(
    `UNWIND $keys AS key MATCH (e:Entity {key: key}) WHERE e.rank STARTS WITH $start
     RETURN ${ENTITY} ORDER BY e.rank`,
    { keys: [...new Set(ids)].map(keys.of), start: keys.rankStart },
  );
  return rows.map((row) => entityFrom(row, keys));
}

export async function entityPage(
  tx: Transaction,
  keys: Keys,
  filter: EntityFilter,
  page: PageRequest,
): Promise<Page<Entity>> {
  const limit = pageLimit(page);
  const query = normalizeName(filter.query ?? '');
  const conditions = ['e.rank > $after AND e.rank < $end'];
  if (filter.type !== undefined) conditions.push('e.type = $type');
  if (query !== '') conditions.push('any(form IN e.folded WHERE form CONTAINS $query)');
  const rows = await tx.rows<EntityRow>(
    `MATCH (e:Entity) WHERE ${conditions.join(' AND ')}
     RETURN ${ENTITY} ORDER BY e.rank LIMIT $limit`,
    {
      after: await startOfPage(tx, keys, 'entity', page.after),
      end: keys.rankEnd,
      type: filter.type ?? null,
      query,
      limit: whole(limit + 1),
    },
  );
  return cutPage(
    rows.map((row) => entityFrom(row, keys)),
    limit,
  );
}

const RANK_OF = {
  entity: 'MATCH (e:Entity {key: $key}) WHERE e.rank STARTS WITH $start RETURN e.rank AS rank',
  fact: 'MATCH ()-[f:FACT {key: $key}]->() USING INDEX f:FACT(key) WHERE f.rank STARTS WITH $start RETURN f.rank AS rank',
} as const;

/** The rank that the page starts behind. Throws NotFoundError if its last item is gone. */
async function startOfPage(
  tx: Transaction,
  keys: Keys,
  kind: keyof typeof RANK_OF,
  after: string | undefined,
): Promise<string> {
  const start = keys.rankStart;
  if (after === undefined) return start;
  const [row] = await tx.rows<{ rank: string }>(RANK_OF[kind], { key: keys.of(after), start });
  if (!row) throw new NotFoundError('page cursor', after);
  return row.rank;
}

export async function entitiesByName(
  tx: Transaction,
  workspaceId: string,
  keys: Keys,
  names: readonly string[],
): Promise<Map<string, Entity[]>> {
  const foldedOf = new Map(names.map((name) => [name, normalizeName(name)]));
  const folded = [...new Set(foldedOf.values())];
  const rows = await tx.rows<EntityRow & { wanted: string }>(
    // Of its own forms an entity has most under its key: its id is made from them.
    `UNWIND $wanted AS wanted
     CALL (wanted) {
       MATCH (e:Entity {key: wanted.entity}) WHERE wanted.folded IN e.folded RETURN e
       UNION MATCH (:Name {key: wanted.name})-[:NAMES]->(e:Entity) RETURN e
     }
     WITH wanted, e WHERE e.rank STARTS WITH $start
     RETURN wanted.folded AS wanted, ${ENTITY} ORDER BY e.rank`,
    {
      start: keys.rankStart,
      wanted: folded.map((form) => ({
        folded: form,
        entity: keys.of(entityId(workspaceId, form)),
        name: keys.name(form),
      })),
    },
  );
  const byForm = groupBy(rows, (row) => row.wanted);
  return new Map(
    [...foldedOf].flatMap(([name, form]) => {
      const found = byForm.get(form);
      return found ? [[name, found.map((row) => entityFrom(row, keys))] as const] : [];
    }),
  );
}

export async function factPage(
  tx: Transaction,
  keys: Keys,
  filter: FactFilter,
  page: PageRequest,
): Promise<Page<Fact>> {
  const limit = pageLimit(page);
  const { entityId: id, documentId, chunkId, relation } = filter;
  const isPlaced = documentId !== undefined || chunkId !== undefined;
  const rows = await tx.rows<FactRow>(
    `${factSource(filter)} WHERE ${factConditions(filter).join(' AND ')}
     RETURN ${FACT} ORDER BY rank LIMIT $limit`,
    {
      after: await startOfPage(tx, keys, 'fact', page.after),
      end: keys.rankEnd,
      limit: whole(limit + 1),
      ...(id !== undefined && { entity: keys.of(id) }),
      ...(isPlaced && { facts: await factKeysAt(tx, keys, filter) }),
      ...(relation !== undefined && { relation: normalizeRelation(relation) }),
    },
  );
  return cutPage(await withSupport(tx, keys, rows), limit);
}

/** Begins at what narrows most. */
function factSource({ entityId: id, documentId, chunkId }: FactFilter): string {
  if (chunkId !== undefined || documentId !== undefined) {
    return 'UNWIND $facts AS key MATCH (s:Entity)-[f:FACT {key: key}]->(o:Entity) USING INDEX f:FACT(key)';
  }
  if (id !== undefined) {
    return `MATCH (:Entity {key: $entity})-[f:FACT]-() WITH DISTINCT f, startNode(f) AS s, endNode(f) AS o
      WITH f, s, o`;
  }
  return 'MATCH (s:Entity)-[f:FACT]->(o:Entity)';
}

function factConditions({ entityId: id, relation }: FactFilter): string[] {
  const conditions = ['f.rank > $after AND f.rank < $end'];
  if (id !== undefined) conditions.push('(s.key = $entity OR o.key = $entity)');
  if (relation !== undefined) conditions.push('f.relation = $relation');
  return conditions;
}

/** Keys of the facts that a document, a chunk, or this chunk of this document says. */
async function factKeysAt(
  tx: Transaction,
  keys: Keys,
  { documentId, chunkId }: FactFilter,
): Promise<string[]> {
  const chunks =
    chunkId === undefined
      ? await chunksOfDocuments(tx, keys, [documentId!])
      : await chunksByIds(tx, keys, [chunkId]);
  const here = chunks.filter(
    (chunk) => documentId === undefined || chunk.documentId === documentId,
  );
  return factKeysIn(here, keys);
}

function factKeysIn(chunks: readonly StoredChunk[], keys: Keys): string[] {
  return [...new Set(saidByChunks(chunks).supports.map((row) => keys.of(row.factId)))];
}

export async function factsOfChunks(
  tx: Transaction,
  keys: Keys,
  chunkIds: readonly string[],
): Promise<Fact[]> {
  const facts = factKeysIn(await chunksByIds(tx, keys, chunkIds), keys);
  const rows = await tx.rows<FactRow>(
    `UNWIND $facts AS key MATCH (s:Entity)-[f:FACT {key: key}]->(o:Entity) USING INDEX f:FACT(key)
     RETURN ${FACT} ORDER BY rank`,
    { facts },
  );
  return withSupport(tx, keys, rows);
}

/** The most confident first; ids break ties. */
export async function factsOfEntities(
  tx: Transaction,
  keys: Keys,
  entityIds: Iterable<string>,
  limit: number,
): Promise<Fact[]> {
  return withSupport(tx, keys, await factRowsOfEntities(tx, keys, entityIds, limit));
}

/** The same without their support, which is read from every chunk that says them. */
export async function factRowsOfEntities(
  tx: Transaction,
  keys: Keys,
  entityIds: Iterable<string>,
  limit: number,
): Promise<FactRow[]> {
  return tx.rows<FactRow>(
    `UNWIND $entities AS entity MATCH (:Entity {key: entity})-[f:FACT]-()
     WITH DISTINCT f WHERE f.rank STARTS WITH $start
     WITH f ORDER BY f.rank LIMIT $limit
     WITH f, startNode(f) AS s, endNode(f) AS o RETURN ${FACT} ORDER BY rank`,
    {
      entities: [...new Set(entityIds)].map(keys.of),
      start: keys.rankStart,
      limit: whole(atLeastNone(limit)),
    },
  );
}

export async function graphStats(tx: Transaction, { tenant }: Keys): Promise<GraphStats> {
  const [stats] = await tx.rows<GraphStats>(
    `MATCH (w:Workspace {key: $tenant})
     RETURN w.entities AS entities, w.facts AS facts, w.mentions AS mentions`,
    { tenant },
  );
  return stats ?? { entities: 0, facts: 0, mentions: 0 };
}
