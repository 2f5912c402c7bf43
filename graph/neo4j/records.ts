/** Records of queries as the objects of the port. */
import type { Entity, EntityType, Fact, FactSupport, Mention } from '../types.ts';
import type { Transaction } from './connection.ts';
import type { Keys } from './keys.ts';
import { PLACE_LENGTH } from './keys.ts';
import { chunksByKeys, saidByChunks } from './read-said.ts';
import type { SaidMention, SaidSupport } from './said.ts';
import { compareCodePoints } from './tally.ts';

/** What a query over `e:Entity` returns. */
export const ENTITY = `e.key AS key, e.name AS name, e.type AS type, e.aliases AS aliases,
  e.mentionCount AS mentionCount, e.factCount AS factCount, e.documentCount AS documentCount`;

export interface EntityRow {
  readonly key: string;
  readonly name: string;
  readonly type: EntityType;
  readonly aliases: readonly string[] | null;
  readonly mentionCount: number;
  readonly factCount: number;
  readonly documentCount: number;
}

export function entityFrom(row: EntityRow, keys: Keys): Entity {
  const { name, type, aliases, mentionCount, factCount, documentCount } = row;
  return {
    id: keys.idOf(row.key),
    name,
    type,
    aliases: aliases ?? [],
    mentionCount,
    factCount,
    documentCount,
  };
}

/** What a query over `(s)-[f:FACT]->(o)` returns. */
export const FACT = `f.key AS key, f.rank AS rank, f.relation AS relation, coalesce(f.negated, false) AS negated,
  f.confidence AS confidence, f.places AS places, s.key AS subject, s.name AS subjectName, s.type AS subjectType,
  o.key AS object, o.name AS objectName, o.type AS objectType`;

export interface FactRow {
  readonly key: string;
  readonly rank: string;
  readonly relation: string;
  readonly negated: boolean;
  readonly confidence: number;
  readonly places: string;
  readonly subject: string;
  readonly subjectName: string;
  readonly subjectType: EntityType;
  readonly object: string;
  readonly objectName: string;
  readonly objectType: EntityType;
}

/** The keys of chunks, which stand in a fact one after the other: Neo4j writes a short text sooner than a list. */
export function placesIn(places: string): string[] {
  return Array.from({ length: places.length / PLACE_LENGTH }, (_, i) =>
    places.slice(i * PLACE_LENGTH, (i + 1) * PLACE_LENGTH),
  );
}

export const placesText = (places: readonly string[]): string => places.join('');

/** Facts with all their support, in the order of the rows. */
export async function withSupport(
  tx: Transaction,
  keys: Keys,
  rows: readonly FactRow[],
): Promise<Fact[]> {
  const support = await supportOf(tx, keys, rows);
  return rows.map((row) => ({
    id: keys.idOf(row.key),
    subject: { id: keys.idOf(row.subject), name: row.subjectName, type: row.subjectType },
    relation: row.relation,
    object: { id: keys.idOf(row.object), name: row.objectName, type: row.objectType },
    confidence: row.confidence,
    negated: row.negated,
    support: (support.get(keys.idOf(row.key)) ?? []).map(supportFrom).sort(bySentence),
  }));
}

async function supportOf(
  tx: Transaction,
  keys: Keys,
  rows: readonly FactRow[],
): Promise<Map<string, SaidSupport[]>> {
  if (rows.length === 0) return new Map();
  const wanted = new Set(rows.map((row) => keys.idOf(row.key)));
  const chunks = await chunksByKeys(
    tx,
    rows.flatMap((row) => placesIn(row.places)),
  );
  const found = saidByChunks(chunks).supports.filter((row) => wanted.has(row.factId));
  return groupBy(found, (row) => row.factId);
}

function supportFrom({ documentId, chunkId, spans, valid }: SaidSupport): FactSupport {
  const spanAt = (i: number) => ({ start: spans[i]!, end: spans[i + 1]! });
  return {
    documentId,
    chunkId,
    subjectSpan: spanAt(0),
    relationSpan: spanAt(2),
    objectSpan: spanAt(4),
    sentence: spanAt(6),
    ...(valid && { valid }),
  };
}

function bySentence(a: FactSupport, b: FactSupport): number {
  return (
    compareCodePoints(a.documentId, b.documentId) ||
    a.sentence.start - b.sentence.start ||
    a.subjectSpan.start - b.subjectSpan.start ||
    a.objectSpan.start - b.objectSpan.start ||
    a.relationSpan.start - b.relationSpan.start ||
    compareCodePoints(a.chunkId, b.chunkId)
  );
}

/** How an entity is called by all that speak of it. */
export interface Called {
  readonly name: string;
  readonly type: EntityType;
}

export function mentionFrom(row: SaidMention, { name, type }: Called): Mention {
  const { entityId, documentId, chunkId, surface, start, end } = row;
  return { entityId, entityName: name, documentId, chunkId, surface, type, span: { start, end } };
}

export function byPlace(a: Mention, b: Mention): number {
  return (
    compareCodePoints(a.documentId, b.documentId) ||
    a.span.start - b.span.start ||
    a.span.end - b.span.end ||
    compareRanks(a.entityId, b.entityId) ||
    compareCodePoints(a.chunkId, b.chunkId)
  );
}

/** Of ids, which are ASCII. */
export function compareRanks(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

export function groupBy<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
