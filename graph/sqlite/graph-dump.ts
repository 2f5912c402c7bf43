import { ENTITY_COLUMNS, SELECT_FACTS, selectEntities, selectFacts } from './graph-rows.ts';
import type { Sql } from './sql.ts';

/** One sorted line per entity, fact, support and mention; see `GraphStore.dump`. */
export function dumpGraph(sql: Sql, workspaceId: string): string[] {
  return sql.read(() =>
    [
      ...entityLines(sql, workspaceId),
      ...aliasLines(sql, workspaceId),
      ...factLines(sql, workspaceId),
      ...mentionLines(sql, workspaceId),
    ].sort(),
  );
}

function entityLines(sql: Sql, workspaceId: string): string[] {
  const text = `SELECT ${ENTITY_COLUMNS} FROM entities e WHERE e.workspace_id = @workspaceId`;
  return selectEntities(sql, text, { workspaceId }).map((entity) =>
    line('entity', Object.values(entity)),
  );
}

function aliasLines(sql: Sql, workspaceId: string): string[] {
  const rows = sql.all<Record<string, unknown>>(
    'SELECT entity_id, form, folded, count FROM entity_aliases WHERE workspace_id = ?',
    [workspaceId],
  );
  return rows.map((row) => line('alias', Object.values(row)));
}

function factLines(sql: Sql, workspaceId: string): string[] {
  const facts = selectFacts(sql, `${SELECT_FACTS} WHERE f.workspace_id = @workspaceId`, {
    workspaceId,
  });
  return facts.flatMap(({ id, subject, relation, object, confidence, negated, support }) => [
    line('fact', [
      id,
      subject.id,
      subject.name,
      relation,
      object.id,
      object.name,
      confidence,
      negated,
    ]),
    ...support.map((place) => line('support', [id, ...Object.values(place)])),
  ]);
}

function mentionLines(sql: Sql, workspaceId: string): string[] {
  const rows = sql.all<Record<string, unknown>>(
    `SELECT entity_id, document_id, chunk_id, start, end, surface, name, type FROM mentions WHERE workspace_id = ?`,
    [workspaceId],
  );
  return rows.map((row) => line('mention', Object.values(row)));
}

function line(kind: string, fields: readonly unknown[]): string {
  return `${kind} ${JSON.stringify(fields)}`;
}
