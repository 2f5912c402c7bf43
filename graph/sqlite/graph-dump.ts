import { dumpLine, entityLine, factLines } from '../dump-lines.ts';
import { PLACES, WORKSPACE } from './graph-keys.ts';
import { ENTITY_COLUMNS, SELECT_FACTS, selectEntities, selectFacts } from './graph-rows.ts';
import type { Sql } from './sql.ts';

/** One sorted line per entity, fact, support and mention; see `GraphStore.dump`. */
export function dumpGraph(sql: Sql, workspaceId: string): string[] {
  return sql.read(() =>
    [
      ...entityLines(sql, workspaceId),
      ...aliasLines(sql, workspaceId),
      ...allFactLines(sql, workspaceId),
      ...mentionLines(sql, workspaceId),
    ].sort(),
  );
}

function entityLines(sql: Sql, workspaceId: string): string[] {
  const text = `SELECT ${ENTITY_COLUMNS} FROM entities e WHERE e.workspace = ${WORKSPACE}`;
  return selectEntities(sql, text, { workspaceId }).map(entityLine);
}

function aliasLines(sql: Sql, workspaceId: string): string[] {
  const rows = sql.all<Record<string, unknown>>(
    `SELECT e.id, a.form, a.folded, a.written FROM entities e CROSS JOIN entity_forms a ON a.entity = e.n
     WHERE e.workspace = ${WORKSPACE} AND (NOT a.everyday OR a.form = e.name)`,
    { workspaceId },
  );
  return rows.map((row) => dumpLine('alias', Object.values(row)));
}

function allFactLines(sql: Sql, workspaceId: string): string[] {
  const text = `${SELECT_FACTS} WHERE f.workspace = ${WORKSPACE}`;
  return selectFacts(sql, text, { workspaceId }).flatMap(factLines);
}

function mentionLines(sql: Sql, workspaceId: string): string[] {
  const rows = sql.all<Record<string, unknown>>(
    `SELECT e.id, d.id AS document_id, c.id AS chunk_id, m.start, m.end,
       coalesce(m.surface, m.name, e.said_name) AS surface, coalesce(m.name, e.said_name) AS name,
       coalesce(m.type, e.said_type) AS type
     FROM graph_documents d CROSS JOIN graph_chunks c ON c.n >= d.first_chunk AND c.n < d.first_chunk + d.chunk_count
     CROSS JOIN mentions m ON m.n >= c.n * ${PLACES} AND m.n < (c.n + 1) * ${PLACES}
     CROSS JOIN entities e ON e.n = m.entity WHERE d.workspace = ${WORKSPACE}`,
    { workspaceId },
  );
  return rows.map((row) => dumpLine('mention', Object.values(row)));
}
