/** Questions to the graph. Names, ids and queries are bound values, never part of a statement. */
import { NotFoundError } from '../errors.ts';
import { normalizeName, normalizeRelation } from '../names.ts';
import type {
  Entity,
  Fact,
  GraphStats,
  GraphStore,
  Mention,
  MentioningChunk,
  Page,
  PageRequest,
} from '../types.ts';
import {
  ENTITY_COLUMNS,
  SELECT_FACTS,
  selectEntities,
  selectFacts,
  selectMentions,
} from './graph-rows.ts';
import { PLACES, WORKSPACE } from './graph-keys.ts';
import { cutPage, pageLimit } from './paging.ts';
import { jsonList, orNull } from './sql.ts';
import type { Sql } from './sql.ts';

type EntityFilter = Parameters<GraphStore['entities']>[1];
type FactFilter = Parameters<GraphStore['facts']>[1];

export function entitiesByIds(sql: Sql, workspaceId: string, ids: Iterable<string>): Entity[] {
  return selectEntities(
    sql,
    `SELECT ${ENTITY_COLUMNS} FROM json_each(@ids) wanted CROSS JOIN entities e ON e.id = wanted.value
     WHERE +e.workspace = ${WORKSPACE} ORDER BY e.mention_count DESC, e.id`,
    { workspaceId, ids: jsonList(new Set(ids)) },
  );
}

export function entityPage(
  sql: Sql,
  workspaceId: string,
  filter: EntityFilter,
  page: PageRequest,
): Page<Entity> {
  const limit = pageLimit(page);
  const last = page.after === undefined ? undefined : lastEntity(sql, workspaceId, page.after);
  const found = selectEntities(
    sql,
    `SELECT ${ENTITY_COLUMNS} FROM entities e WHERE e.workspace = ${WORKSPACE}
       AND (@lastId IS NULL OR e.mention_count < @lastCount OR (e.mention_count = @lastCount AND e.id > @lastId))
       AND (@type IS NULL OR e.type = @type)
       AND (@query IS NULL OR e.n IN
         (SELECT a.entity FROM entity_forms a WHERE a.workspace = ${WORKSPACE} AND instr(a.folded, @query) > 0
            AND (NOT a.everyday OR a.form = e.name)))
     ORDER BY e.mention_count DESC, e.id LIMIT @limit`,
    {
      workspaceId,
      lastId: orNull(last?.id),
      lastCount: last?.mention_count ?? 0,
      type: orNull(filter.type),
      query: normalizeName(filter.query ?? '') || null,
      limit: limit + 1,
    },
  );
  return cutPage(found, limit);
}

function lastEntity(
  sql: Sql,
  workspaceId: string,
  id: string,
): { id: string; mention_count: number } {
  const row = sql.get<{ id: string; mention_count: number }>(
    `SELECT id, mention_count FROM entities WHERE +workspace = ${WORKSPACE} AND id = @id`,
    { workspaceId, id },
  );
  if (!row) throw new NotFoundError('page cursor', id);
  return row;
}

export function entitiesByName(
  sql: Sql,
  workspaceId: string,
  names: readonly string[],
): Map<string, Entity[]> {
  const rows = sql.all<{ folded: string; entity_id: string }>(
    `SELECT DISTINCT a.folded, e.id AS entity_id FROM json_each(@names) wanted CROSS JOIN entity_forms a
       ON a.workspace = ${WORKSPACE} AND a.folded = wanted.value CROSS JOIN entities e ON e.n = a.entity
     WHERE NOT a.everyday OR a.form = e.name`,
    { workspaceId, names: jsonList(new Set(names.map(normalizeName))) },
  );
  const idsByForm = new Map<string, Set<string>>();
  for (const { folded, entity_id } of rows) {
    idsByForm.set(folded, (idsByForm.get(folded) ?? new Set()).add(entity_id));
  }
  const entities = entitiesByIds(
    sql,
    workspaceId,
    rows.map((row) => row.entity_id),
  );
  const found = new Map<string, Entity[]>();
  for (const name of names) {
    const ids = idsByForm.get(normalizeName(name));
    if (ids)
      found.set(
        name,
        entities.filter((entity) => ids.has(entity.id)),
      );
  }
  return found;
}

export function factPage(
  sql: Sql,
  workspaceId: string,
  filter: FactFilter,
  page: PageRequest,
): Page<Fact> {
  const limit = pageLimit(page);
  const last = page.after === undefined ? undefined : lastFact(sql, workspaceId, page.after);
  const found = selectFacts(
    sql,
    `${SELECT_FACTS} WHERE ${factConditions(filter).join(' AND ')}
       AND (@lastId IS NULL OR f.confidence < @lastConfidence OR (f.confidence = @lastConfidence AND f.id > @lastId))
     ORDER BY f.confidence DESC, f.id LIMIT @limit`,
    {
      workspaceId,
      lastId: orNull(last?.id),
      lastConfidence: last?.confidence ?? 0,
      limit: limit + 1,
      ...(filter.entityId !== undefined && { entityId: filter.entityId }),
      ...(filter.documentId !== undefined && { documentId: filter.documentId }),
      ...(filter.chunkId !== undefined && { chunkId: filter.chunkId }),
      ...(filter.relation !== undefined && { relation: normalizeRelation(filter.relation) }),
    },
  );
  return cutPage(found, limit);
}

/** Fixed fragments; a narrow filter takes the ids first, by a plus that keeps SQLite off the rank index. */
function factConditions({ entityId, documentId, chunkId, relation }: FactFilter): string[] {
  const isNarrow = entityId !== undefined || documentId !== undefined || chunkId !== undefined;
  const conditions = [`${isNarrow ? '+' : ''}f.workspace = ${WORKSPACE}`];
  if (entityId !== undefined) {
    const entity = '(SELECT n FROM entities WHERE id = @entityId)';
    conditions.push(`f.n IN (SELECT n FROM facts WHERE subject = ${entity}
      UNION SELECT n FROM facts WHERE object = ${entity})`);
  }
  if (documentId !== undefined) {
    conditions.push(`f.n IN (SELECT p.fact FROM graph_documents d CROSS JOIN fact_support p
      ON p.n >= d.first_chunk * ${PLACES} AND p.n < (d.first_chunk + d.chunk_count) * ${PLACES}
      WHERE d.workspace = ${WORKSPACE} AND d.id = @documentId)`);
  }
  if (chunkId !== undefined) {
    conditions.push(`f.n IN (SELECT p.fact FROM graph_chunks c CROSS JOIN fact_support p
      ON p.n >= c.n * ${PLACES} AND p.n < (c.n + 1) * ${PLACES} WHERE c.id = @chunkId)`);
  }
  if (relation !== undefined) conditions.push('f.relation = @relation');
  return conditions;
}

function lastFact(sql: Sql, workspaceId: string, id: string): { id: string; confidence: number } {
  const row = sql.get<{ id: string; confidence: number }>(
    `SELECT id, confidence FROM facts WHERE +workspace = ${WORKSPACE} AND id = @id`,
    { workspaceId, id },
  );
  if (!row) throw new NotFoundError('page cursor', id);
  return row;
}

export function factsOfChunks(sql: Sql, workspaceId: string, chunkIds: readonly string[]): Fact[] {
  return selectFacts(
    sql,
    `${SELECT_FACTS} WHERE +f.workspace = ${WORKSPACE} AND f.n IN (SELECT p.fact FROM json_each(@chunkIds) wanted
       CROSS JOIN graph_chunks c ON c.id = wanted.value
       CROSS JOIN fact_support p ON p.n >= c.n * ${PLACES} AND p.n < (c.n + 1) * ${PLACES}) ORDER BY f.confidence DESC, f.id`,
    { workspaceId, chunkIds: jsonList(chunkIds) },
  );
}

/** The most confident first; ids break ties. */
export function factsOfEntities(
  sql: Sql,
  workspaceId: string,
  entityIds: Iterable<string>,
  limit: number,
): Fact[] {
  return selectFacts(
    sql,
    `${SELECT_FACTS} WHERE f.n IN (
       SELECT b.n FROM json_each(@ids) wanted CROSS JOIN entities e ON e.id = wanted.value
         CROSS JOIN facts b ON b.subject = e.n WHERE +b.workspace = ${WORKSPACE}
       UNION SELECT b.n FROM json_each(@ids) wanted CROSS JOIN entities e ON e.id = wanted.value
         CROSS JOIN facts b ON b.object = e.n WHERE +b.workspace = ${WORKSPACE})
     ORDER BY f.confidence DESC, f.id LIMIT @limit`,
    { workspaceId, ids: jsonList(entityIds), limit: Math.max(0, Math.trunc(limit)) },
  );
}

/** By row number, in this order. */
export function factsByNumbers(sql: Sql, numbers: readonly number[]): Fact[] {
  return selectFacts(
    sql,
    `SELECT wanted.key AS place, found.* FROM json_each(@numbers) wanted
     CROSS JOIN (${SELECT_FACTS}) found ON found.n = wanted.value ORDER BY wanted.key`,
    { numbers: jsonList(numbers) },
  );
}

/** Mentions `m` with entity `e`, chunk `c` and document `d`; joins and a WHERE clause come around it. */
const MENTION_COLUMNS = `e.id AS entity_id, e.name AS entity_name, d.id AS document_id, c.id AS chunk_id,
  coalesce(m.surface, m.name, e.said_name) AS surface, e.type, m.start, m.end`;

export function mentionsOfChunks(
  sql: Sql,
  workspaceId: string,
  chunkIds: readonly string[],
): Mention[] {
  return selectMentions(
    sql,
    `SELECT ${MENTION_COLUMNS} FROM json_each(@chunkIds) wanted CROSS JOIN graph_chunks c ON c.id = wanted.value
     CROSS JOIN graph_documents d ON d.n = c.document AND +d.workspace = ${WORKSPACE}
     CROSS JOIN mentions m ON m.n >= c.n * ${PLACES} AND m.n < (c.n + 1) * ${PLACES}
     CROSS JOIN entities e ON e.n = m.entity
     ORDER BY d.id, m.start, m.end, e.id, c.id`,
    { workspaceId, chunkIds: jsonList(new Set(chunkIds)) },
  );
}

export function mentionsOfEntities(
  sql: Sql,
  workspaceId: string,
  entityIds: readonly string[],
  limitPerEntity: number,
): Mention[] {
  return selectMentions(
    sql,
    `SELECT * FROM (
       SELECT ${MENTION_COLUMNS}, row_number() OVER
         (PARTITION BY e.n ORDER BY d.id, m.start, m.end, c.id) AS place
       FROM json_each(@ids) wanted CROSS JOIN entities e ON e.id = wanted.value
       CROSS JOIN mentions m ON m.entity = e.n
       CROSS JOIN graph_chunks c ON c.n = m.n / ${PLACES} CROSS JOIN graph_documents d ON d.n = c.document
       -- The plus keeps SQLite from scanning the whole workspace by an index that starts with it.
       WHERE +e.workspace = ${WORKSPACE})
     WHERE place <= @limit ORDER BY entity_id, place`,
    {
      workspaceId,
      ids: jsonList(new Set(entityIds)),
      limit: Math.max(0, Math.trunc(limitPerEntity)),
    },
  );
}

export function chunkFrequency(
  sql: Sql,
  workspaceId: string,
  entityIds: readonly string[],
): Map<string, number> {
  const rows = sql.all<{ id: string; chunks: number }>(
    `SELECT e.id, count(DISTINCT m.n / ${PLACES}) AS chunks FROM json_each(@ids) wanted
     CROSS JOIN entities e ON e.id = wanted.value CROSS JOIN mentions m ON m.entity = e.n
     WHERE +e.workspace = ${WORKSPACE} GROUP BY e.n`,
    { workspaceId, ids: jsonList(new Set(entityIds)) },
  );
  const counted = new Map(rows.map((row) => [row.id, row.chunks]));
  return new Map(entityIds.map((id) => [id, counted.get(id) ?? 0]));
}

export function mentioningChunks(
  sql: Sql,
  workspaceId: string,
  entityIds: readonly string[],
  mostChunks: number,
): Map<string, MentioningChunk[]> {
  const ids = [...new Set(entityIds)];
  const few = sql.rows<[place: number, n: number]>(
    // Counting stops behind the limit, so that what is mentioned everywhere costs no more than the rest.
    `SELECT wanted.key, e.n FROM json_each(@ids) wanted CROSS JOIN entities e ON e.id = wanted.value
     WHERE +e.workspace = ${WORKSPACE} AND (e.mention_count <= @most OR @most >= (SELECT count(*) FROM
       (SELECT DISTINCT m.n / ${PLACES} FROM mentions m WHERE m.entity = e.n LIMIT @most + 1)))`,
    { workspaceId, ids: jsonList(ids), most: Math.max(0, Math.trunc(mostChunks)) },
  );
  const places = sql.rows<[place: number, chunkId: string, start: number]>(
    `SELECT wanted.key, c.id, m.start FROM json_each(?) wanted CROSS JOIN mentions m ON m.entity = wanted.value
     CROSS JOIN graph_chunks c ON c.n = m.n / ${PLACES}`,
    [jsonList(few.map(([, n]) => n))],
  );
  const starts = few.map(() => new Map<string, number>());
  for (const [place, chunkId, start] of places) {
    const known = starts[place]!.get(chunkId);
    if (known === undefined || start < known) starts[place]!.set(chunkId, start);
  }
  return new Map(few.map(([place], i) => [ids[place]!, chunksOf(starts[i]!)]));
}

function chunksOf(starts: ReadonlyMap<string, number>): MentioningChunk[] {
  return Array.from(starts, ([chunkId, start]) => ({ chunkId, start }));
}

export function graphStats(sql: Sql, workspaceId: string): GraphStats {
  return sql.get<GraphStats>(
    `SELECT (SELECT count(*) FROM entities WHERE workspace = ${WORKSPACE}) AS entities,
       (SELECT count(*) FROM facts WHERE workspace = ${WORKSPACE}) AS facts,
       (SELECT coalesce(sum(mention_count), 0) FROM entities WHERE workspace = ${WORKSPACE}) AS mentions`,
    { workspaceId },
  )!;
}
