/** Questions to the graph. Names, ids and queries are bound values, never part of a statement. */
import { NotFoundError } from '../errors.ts';
import { normalizeName, normalizeRelation } from '../names.ts';
import type { Entity, Fact, GraphStats, GraphStore, Mention, Page, PageRequest } from '../types.ts';
import {
  ENTITY_COLUMNS,
  SELECT_FACTS,
  selectEntities,
  selectFacts,
  selectMentions,
} from './graph-rows.ts';
import { cutPage, pageLimit } from './paging.ts';
import { jsonList, orNull } from './sql.ts';
import type { Sql } from './sql.ts';

type EntityFilter = Parameters<GraphStore['entities']>[1];
type FactFilter = Parameters<GraphStore['facts']>[1];

export function entitiesByIds(sql: Sql, workspaceId: string, ids: Iterable<string>): Entity[] {
  return selectEntities(
    sql,
    `SELECT ${ENTITY_COLUMNS} FROM json_each(@ids) wanted CROSS JOIN entities e ON e.id = wanted.value
     WHERE e.workspace_id = @workspaceId ORDER BY e.mention_count DESC, e.id`,
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
    `SELECT ${ENTITY_COLUMNS} FROM entities e WHERE e.workspace_id = @workspaceId
       AND (@lastId IS NULL OR e.mention_count < @lastCount OR (e.mention_count = @lastCount AND e.id > @lastId))
       AND (@type IS NULL OR e.type = @type)
       AND (@query IS NULL OR e.id IN
         (SELECT entity_id FROM entity_aliases WHERE workspace_id = @workspaceId AND instr(folded, @query) > 0))
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
    'SELECT id, mention_count FROM entities WHERE workspace_id = ? AND id = ?',
    [workspaceId, id],
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
    `SELECT DISTINCT a.folded, a.entity_id FROM json_each(?) wanted CROSS JOIN entity_aliases a
       ON a.workspace_id = ? AND a.folded = wanted.value`,
    [jsonList(new Set(names.map(normalizeName))), workspaceId],
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
  const conditions = [`${isNarrow ? '+' : ''}f.workspace_id = @workspaceId`];
  if (entityId !== undefined) {
    conditions.push(`f.id IN (SELECT id FROM facts WHERE subject_id = @entityId
      UNION SELECT id FROM facts WHERE object_id = @entityId)`);
  }
  const supported =
    'f.id IN (SELECT fact_id FROM fact_support WHERE workspace_id = @workspaceId AND';
  if (documentId !== undefined) conditions.push(`${supported} document_id = @documentId)`);
  if (chunkId !== undefined) conditions.push(`${supported} chunk_id = @chunkId)`);
  if (relation !== undefined) conditions.push('f.relation = @relation');
  return conditions;
}

function lastFact(sql: Sql, workspaceId: string, id: string): { id: string; confidence: number } {
  const row = sql.get<{ id: string; confidence: number }>(
    'SELECT id, confidence FROM facts WHERE workspace_id = ? AND id = ?',
    [workspaceId, id],
  );
  if (!row) throw new NotFoundError('page cursor', id);
  return row;
}

export function factsOfChunks(sql: Sql, workspaceId: string, chunkIds: readonly string[]): Fact[] {
  return selectFacts(
    sql,
    `${SELECT_FACTS} WHERE f.id IN (SELECT s.fact_id FROM json_each(@chunkIds) wanted CROSS JOIN fact_support s
       ON s.workspace_id = @workspaceId AND s.chunk_id = wanted.value) ORDER BY f.confidence DESC, f.id`,
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
    `${SELECT_FACTS} WHERE +f.workspace_id = @workspaceId AND f.id IN (
       SELECT b.id FROM json_each(@ids) wanted CROSS JOIN facts b ON b.subject_id = wanted.value
       UNION SELECT b.id FROM json_each(@ids) wanted CROSS JOIN facts b ON b.object_id = wanted.value)
     ORDER BY f.confidence DESC, f.id LIMIT @limit`,
    { workspaceId, ids: jsonList(entityIds), limit: Math.max(0, Math.trunc(limit)) },
  );
}

const MENTION_COLUMNS =
  'm.entity_id, e.name AS entity_name, m.document_id, m.chunk_id, m.surface, e.type, m.start, m.end';

export function mentionsOfChunks(
  sql: Sql,
  workspaceId: string,
  chunkIds: readonly string[],
): Mention[] {
  return selectMentions(
    sql,
    `SELECT ${MENTION_COLUMNS} FROM json_each(@chunkIds) wanted
     CROSS JOIN mentions m ON m.workspace_id = @workspaceId AND m.chunk_id = wanted.value
     CROSS JOIN entities e ON e.id = m.entity_id
     ORDER BY m.document_id, m.start, m.end, m.entity_id, m.chunk_id`,
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
         (PARTITION BY m.entity_id ORDER BY m.document_id, m.start, m.end, m.chunk_id) AS place
       FROM json_each(@ids) wanted CROSS JOIN mentions m ON m.entity_id = wanted.value
       CROSS JOIN entities e ON e.id = m.entity_id
       -- The plus keeps SQLite from scanning the whole workspace by an index that starts with it.
       WHERE +m.workspace_id = @workspaceId)
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
    `SELECT wanted.value AS id, count(DISTINCT m.chunk_id) AS chunks FROM json_each(?) wanted
     CROSS JOIN mentions m ON m.entity_id = wanted.value WHERE +m.workspace_id = ? GROUP BY wanted.value`,
    [jsonList(new Set(entityIds)), workspaceId],
  );
  const counted = new Map(rows.map((row) => [row.id, row.chunks]));
  return new Map(entityIds.map((id) => [id, counted.get(id) ?? 0]));
}

export function graphStats(sql: Sql, workspaceId: string): GraphStats {
  return sql.get<GraphStats>(
    `SELECT (SELECT count(*) FROM entities WHERE workspace_id = @workspaceId) AS entities,
       (SELECT count(*) FROM facts WHERE workspace_id = @workspaceId) AS facts,
       (SELECT count(*) FROM mentions WHERE workspace_id = @workspaceId) AS mentions`,
    { workspaceId },
  )!;
}
