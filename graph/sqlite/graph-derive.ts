/** Derives the row of one fact or one entity from all that documents say of it. */
import { normalizeName } from '../names.ts';
import type { Sql } from './sql.ts';

/** Whether the fact has any support; its row is brought up to date or removed. */
export function refreshFact(sql: Sql, id: string): boolean {
  sql.run('DELETE FROM facts WHERE id = ?', [id]);
  const { changes } = sql.run(
    `INSERT INTO facts (id, workspace_id, subject_id, relation, object_id, negated, confidence)
     SELECT fact_id, workspace_id, subject_id, relation, object_id, negated, max(confidence)
     FROM fact_support WHERE fact_id = ? GROUP BY fact_id`,
    [id],
  );
  return changes > 0;
}

/** Whether anything mentions the entity or says a fact of it; its row is brought up to date or removed. */
export function refreshEntity(sql: Sql, id: string): boolean {
  sql.run('DELETE FROM entities WHERE id = ?', [id]);
  sql.run('DELETE FROM entity_aliases WHERE entity_id = ?', [id]);
  const name = winner(sql, id, 'name');
  const type = winner(sql, id, 'type');
  if (name === undefined || type === undefined) return false;
  sql.run(INSERT_ENTITY, { id, name, type, normalizedName: normalizeName(name) });
  insertAliases(sql, id, name);
  return true;
}

/**
 * The name or type that most mentions give; where these are equal, most endpoints of facts; then the
 * first in the order of code points.
 */
function winner(sql: Sql, id: string, what: 'name' | 'type'): string | undefined {
  return sql.column<string>(
    `SELECT value FROM (
       SELECT ${what} AS value, count(*) AS mentions, 0 AS endpoints FROM mentions WHERE entity_id = @id GROUP BY 1
       UNION ALL
       SELECT subject_${what}, 0, count(*) FROM fact_support WHERE subject_id = @id GROUP BY 1
       UNION ALL
       SELECT object_${what}, 0, count(*) FROM fact_support WHERE object_id = @id GROUP BY 1)
     GROUP BY value ORDER BY sum(mentions) DESC, sum(endpoints) DESC, value LIMIT 1`,
    { id },
  )[0];
}

const INSERT_ENTITY = `
  WITH said AS (
    SELECT workspace_id, document_id FROM mentions WHERE entity_id = @id
    UNION SELECT workspace_id, document_id FROM fact_support WHERE subject_id = @id
    UNION SELECT workspace_id, document_id FROM fact_support WHERE object_id = @id)
  INSERT INTO entities (id, workspace_id, normalized_name, name, type, mention_count, fact_count, document_count)
  SELECT @id, min(workspace_id), @normalizedName, @name, @type,
    (SELECT count(*) FROM mentions WHERE entity_id = @id),
    (SELECT count(*) FROM (SELECT id FROM facts WHERE subject_id = @id UNION SELECT id FROM facts WHERE object_id = @id)),
    count(DISTINCT document_id)
  FROM said`;

/** Words that stand for an entity in one place only; as an alias they would name everything. */
const PRONOUNS = new Set(
  'i you he she it we they me him her us them his hers its our ours their theirs this that these those who which'.split(
    ' ',
  ),
);

/** Every form in which mentions write the entity, and every name they or facts give it. */
function insertAliases(sql: Sql, id: string, name: string): void {
  const forms = sql.all<{ form: string; count: number; workspace_id: string }>(
    `SELECT form, sum(count) AS count, min(workspace_id) AS workspace_id FROM (
       SELECT surface AS form, count(*) AS count, workspace_id FROM mentions WHERE entity_id = @id GROUP BY 1
       UNION ALL
       SELECT name, count(*), workspace_id FROM mentions WHERE entity_id = @id AND name <> surface GROUP BY 1
       UNION ALL
       SELECT subject_name, 0, workspace_id FROM fact_support WHERE subject_id = @id GROUP BY 1
       UNION ALL
       SELECT object_name, 0, workspace_id FROM fact_support WHERE object_id = @id GROUP BY 1)
     GROUP BY form`,
    { id },
  );
  for (const { form, count, workspace_id } of forms) {
    const folded = normalizeName(form);
    if (form !== name && (folded === '' || PRONOUNS.has(folded))) continue;
    sql.run(
      'INSERT INTO entity_aliases (entity_id, form, workspace_id, folded, count) VALUES (?, ?, ?, ?, ?)',
      [id, form, workspace_id, folded, count],
    );
  }
}
