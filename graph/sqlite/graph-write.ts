/**
 * Writing the graph. What documents say (mentions, fact support) is stored as said; entities and facts are
 * derived from it anew for whatever a change touches. So the graph depends on the documents that are in
 * it, and not on the order in which they came.
 */
import { entityId, factId, normalizeName, normalizeRelation } from '../names.ts';
import type { ChunkExtraction, ExtractedMention, ExtractedTriple, GraphChange } from '../types.ts';
import { refreshEntity, refreshFact } from './graph-derive.ts';
import { jsonList } from './sql.ts';
import type { Sql } from './sql.ts';

/** Ids of entities and facts that a document speaks of. */
interface Touched {
  readonly entities: Set<string>;
  readonly facts: Set<string>;
}

/** Call inside a write transaction. An empty list of extractions removes what the document says. */
export function replaceInGraph(
  sql: Sql,
  workspaceId: string,
  documentId: string,
  extractions: readonly ChunkExtraction[],
): GraphChange {
  const touched = saidBy(sql, workspaceId, documentId);
  sql.run('DELETE FROM mentions WHERE workspace_id = ? AND document_id = ?', [
    workspaceId,
    documentId,
  ]);
  sql.run('DELETE FROM fact_support WHERE workspace_id = ? AND document_id = ?', [
    workspaceId,
    documentId,
  ]);
  for (const { chunkId, mentions, triples } of extractions) {
    const place = { workspaceId, documentId, chunkId };
    for (const mention of mentions) insertMention(sql, place, mention);
    for (const triple of triples) insertSupport(sql, place, triple);
  }
  const said = saidBy(sql, workspaceId, documentId);
  for (const id of said.entities) touched.entities.add(id);
  for (const id of said.facts) touched.facts.add(id);
  return derive(sql, touched);
}

export function removeGraphOfWorkspace(sql: Sql, workspaceId: string): void {
  for (const table of ['mentions', 'fact_support', 'facts', 'entity_aliases', 'entities']) {
    sql.run(`DELETE FROM ${table} WHERE workspace_id = ?`, [workspaceId]);
  }
}

function saidBy(sql: Sql, workspaceId: string, documentId: string): Touched {
  const place = [workspaceId, documentId];
  const where = 'WHERE workspace_id = ? AND document_id = ?';
  return {
    entities: new Set(
      sql.column<string>(
        `SELECT entity_id FROM mentions ${where} UNION SELECT subject_id FROM fact_support ${where}
         UNION SELECT object_id FROM fact_support ${where}`,
        [...place, ...place, ...place],
      ),
    ),
    facts: new Set(sql.column<string>(`SELECT DISTINCT fact_id FROM fact_support ${where}`, place)),
  };
}

function derive(sql: Sql, touched: Touched): GraphChange {
  const facts = census(touched.facts, existing(sql, 'facts', touched.facts), (id) =>
    refreshFact(sql, id),
  );
  const entities = census(touched.entities, existing(sql, 'entities', touched.entities), (id) =>
    refreshEntity(sql, id),
  );
  return {
    factsAdded: facts.added,
    factsRemoved: facts.removed,
    factsKept: facts.kept,
    entitiesAdded: entities.added,
    entitiesRemoved: entities.removed,
    entitiesKept: entities.kept,
  };
}

/** Refreshes every id; `refresh` says whether the thing exists afterwards. */
function census(
  ids: Iterable<string>,
  before: ReadonlySet<string>,
  refresh: (id: string) => boolean,
) {
  const counts = { added: 0, removed: 0, kept: 0 };
  for (const id of ids) {
    const existed = before.has(id);
    const exists = refresh(id);
    if (existed && exists) counts.kept++;
    else if (existed) counts.removed++;
    else if (exists) counts.added++;
  }
  return counts;
}

function existing(sql: Sql, table: 'facts' | 'entities', ids: Iterable<string>): Set<string> {
  return new Set(
    sql.column<string>(`SELECT id FROM ${table} WHERE id IN (SELECT value FROM json_each(?))`, [
      jsonList(ids),
    ]),
  );
}

interface Place {
  readonly workspaceId: string;
  readonly documentId: string;
  readonly chunkId: string;
}

/** A name without any character is no entity. */
function isNameless(name: string): boolean {
  return normalizeName(name) === '';
}

function insertMention(
  sql: Sql,
  place: Place,
  { name, surface, type, span }: ExtractedMention,
): void {
  if (isNameless(name)) return;
  sql.run(
    `INSERT INTO mentions (workspace_id, document_id, chunk_id, entity_id, name, surface, type, start, end)
     VALUES (@workspaceId, @documentId, @chunkId, @entityId, @name, @surface, @type, @start, @end)
     ON CONFLICT DO NOTHING`,
    {
      ...place,
      entityId: entityId(place.workspaceId, name),
      name,
      surface,
      type,
      start: span.start,
      end: span.end,
    },
  );
}

function insertSupport(sql: Sql, place: Place, triple: ExtractedTriple): void {
  const { subject, relation, object, negated, confidence, sentence } = triple;
  if (isNameless(subject.name) || isNameless(object.name)) return;
  const subjectId = entityId(place.workspaceId, subject.name);
  const objectId = entityId(place.workspaceId, object.name);
  sql.run(
    `INSERT INTO fact_support (workspace_id, document_id, chunk_id, fact_id, subject_id, subject_name, subject_type,
       relation, object_id, object_name, object_type, negated, confidence, subject_start, subject_end,
       relation_start, relation_end, object_start, object_end, sentence_start, sentence_end)
     VALUES (@workspaceId, @documentId, @chunkId, @factId, @subjectId, @subjectName, @subjectType,
       @relation, @objectId, @objectName, @objectType, @negated, @confidence, @subjectStart, @subjectEnd,
       @relationStart, @relationEnd, @objectStart, @objectEnd, @sentenceStart, @sentenceEnd)
     ON CONFLICT DO UPDATE SET confidence = max(confidence, excluded.confidence)`,
    {
      ...place,
      factId: factId(place.workspaceId, subjectId, relation.name, objectId, negated),
      subjectId,
      subjectName: subject.name,
      subjectType: subject.type,
      relation: normalizeRelation(relation.name),
      objectId,
      objectName: object.name,
      objectType: object.type,
      negated: Number(negated),
      confidence,
      subjectStart: subject.span.start,
      subjectEnd: subject.span.end,
      relationStart: relation.span.start,
      relationEnd: relation.span.end,
      objectStart: object.span.start,
      objectEnd: object.span.end,
      sentenceStart: sentence.start,
      sentenceEnd: sentence.end,
    },
  );
}
