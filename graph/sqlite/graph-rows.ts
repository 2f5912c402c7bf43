/** Rows of the graph tables as the objects of the port. */
import type { Entity, EntityType, Fact, FactSupport, Mention, ValidTime } from '../types.ts';
import { parseJson } from './codec.ts';
import { PLACES } from './graph-keys.ts';
import { jsonList } from './sql.ts';
import type { Sql, SqlValue } from './sql.ts';

interface EntityRow {
  readonly id: string;
  readonly name: string;
  readonly type: EntityType;
  readonly mention_count: number;
  readonly fact_count: number;
  readonly document_count: number;
  /** JSON list of the other forms, the most frequent first. */
  readonly aliases: string;
}

/** Columns of `entities e`. */
export const ENTITY_COLUMNS = `e.id, e.name, e.type, e.mention_count, e.fact_count, e.document_count,
  (SELECT json_group_array(form) FROM (SELECT form FROM entity_forms a
     WHERE a.entity = e.n AND a.form <> e.name AND NOT a.everyday ORDER BY a.written DESC, a.form)) AS aliases`;

export function selectEntities(
  sql: Sql,
  text: string,
  parameters: Readonly<Record<string, SqlValue>>,
): Entity[] {
  return sql.all<EntityRow>(text, parameters).map((row) => ({
    id: row.id,
    name: row.name,
    type: row.type,
    aliases: parseJson<string[]>(row.aliases),
    mentionCount: row.mention_count,
    factCount: row.fact_count,
    documentCount: row.document_count,
  }));
}

interface FactRow {
  readonly n: number;
  readonly id: string;
  readonly relation: string;
  readonly negated: number;
  readonly confidence: number;
  readonly subject_id: string;
  readonly subject_name: string;
  readonly subject_type: EntityType;
  readonly object_id: string;
  readonly object_name: string;
  readonly object_type: EntityType;
}

/** Start of a query over `facts f` with its subject `s` and object `o`; a WHERE clause follows. */
export const SELECT_FACTS = `SELECT f.n, f.id, f.relation, f.negated, f.confidence, s.id AS subject_id, s.name AS subject_name,
  s.type AS subject_type, o.id AS object_id, o.name AS object_name, o.type AS object_type
  FROM facts f CROSS JOIN entities s ON s.n = f.subject CROSS JOIN entities o ON o.n = f.object`;

/** Facts with all their support, in the order of the rows. */
export function selectFacts(
  sql: Sql,
  text: string,
  parameters: Readonly<Record<string, SqlValue>>,
): Fact[] {
  const rows = sql.all<FactRow>(text, parameters);
  const support = supportOf(
    sql,
    rows.map((row) => row.n),
  );
  return rows.map((row) => ({
    id: row.id,
    subject: { id: row.subject_id, name: row.subject_name, type: row.subject_type },
    relation: row.relation,
    object: { id: row.object_id, name: row.object_name, type: row.object_type },
    confidence: row.confidence,
    negated: row.negated === 1,
    support: support.get(row.n) ?? [],
  }));
}

interface SupportRow {
  readonly fact: number;
  readonly document_id: string;
  readonly chunk_id: string;
  readonly subject_start: number;
  readonly subject_end: number;
  readonly relation_start: number;
  readonly relation_end: number;
  readonly object_start: number;
  readonly object_end: number;
  readonly sentence_start: number;
  readonly sentence_end: number;
  readonly valid_from: string | null;
  readonly valid_to: string | null;
  readonly valid_start: number | null;
  readonly valid_end: number | null;
}

function supportOf(sql: Sql, facts: readonly number[]): Map<number, FactSupport[]> {
  const rows = sql.all<SupportRow>(
    `SELECT p.*, c.id AS chunk_id, d.id AS document_id FROM json_each(?) wanted
     CROSS JOIN fact_support p ON p.fact = wanted.value
     CROSS JOIN graph_chunks c ON c.n = p.n / ${PLACES} CROSS JOIN graph_documents d ON d.n = c.document
     ORDER BY d.id, p.sentence_start, p.subject_start, p.object_start, p.relation_start, c.id`,
    [jsonList(facts)],
  );
  const byFact = new Map<number, FactSupport[]>();
  for (const row of rows) {
    const list = byFact.get(row.fact);
    if (list) list.push(supportFrom(row));
    else byFact.set(row.fact, [supportFrom(row)]);
  }
  return byFact;
}

function supportFrom(row: SupportRow): FactSupport {
  return {
    documentId: row.document_id,
    chunkId: row.chunk_id,
    subjectSpan: { start: row.subject_start, end: row.subject_end },
    relationSpan: { start: row.relation_start, end: row.relation_end },
    objectSpan: { start: row.object_start, end: row.object_end },
    sentence: { start: row.sentence_start, end: row.sentence_end },
    ...(row.valid_start !== null && { valid: validFrom(row) }),
  };
}

function validFrom({ valid_from, valid_to, valid_start, valid_end }: SupportRow): ValidTime {
  return {
    ...(valid_from !== null && { from: valid_from }),
    ...(valid_to !== null && { to: valid_to }),
    span: { start: valid_start!, end: valid_end! },
  };
}

interface MentionRow {
  readonly entity_id: string;
  readonly entity_name: string;
  readonly document_id: string;
  readonly chunk_id: string;
  readonly surface: string;
  readonly type: EntityType;
  readonly start: number;
  readonly end: number;
}

export function selectMentions(
  sql: Sql,
  text: string,
  parameters: Readonly<Record<string, SqlValue>>,
): Mention[] {
  return sql.all<MentionRow>(text, parameters).map((row) => ({
    entityId: row.entity_id,
    entityName: row.entity_name,
    documentId: row.document_id,
    chunkId: row.chunk_id,
    surface: row.surface,
    type: row.type,
    span: { start: row.start, end: row.end },
  }));
}
