/** What documents said at their last write, with the identity of each relationship that holds it. */
import type { EntityType, ValidTime } from '../types.ts';
import type { Transaction } from './connection.ts';
import type { Keys } from './keys.ts';
import type { SaidMention, SaidSupport } from './said.ts';

interface Stored {
  /** Of the relationship; holds until the end of the transaction. */
  readonly ref: string;
}
export type StoredMention = SaidMention & Stored;
export type StoredSupport = SaidSupport & Stored;

export interface StoredSaid {
  readonly mentions: StoredMention[];
  readonly supports: StoredSupport[];
}

/** What a mention leaves out is as its entity was first named. */
export const SAID_MENTION = `coalesce(m.name, e.saidName) AS name,
  coalesce(m.surface, m.name, e.saidName) AS surface, coalesce(m.type, e.saidType) AS type`;

export async function readSaid(
  tx: Transaction,
  keys: Keys,
  documentIds: readonly string[],
): Promise<StoredSaid> {
  const documents = documentIds.map(keys.document);
  const mentions = await tx.rows<Omit<StoredMention, 'entityId'> & { entity: string }>(
    `UNWIND $documents AS key MATCH (:Document {key: key})-[:HAS]->(c:Chunk)-[m:MENTIONS]->(e:Entity)
     RETURN elementId(m) AS ref, c.documentId AS documentId, c.id AS chunkId, e.key AS entity,
       ${SAID_MENTION}, m.start AS start, m.end AS end`,
    { documents },
  );
  const supports = await tx.rows<SupportRow>(
    `UNWIND $documents AS key MATCH (:Document {key: key})-[:HAS]->(c:Chunk)-[p:SUPPORTS]->(s:Entity)
     MATCH ()-[f:FACT {key: p.fact}]->(o:Entity)
     RETURN elementId(p) AS ref, c.documentId AS documentId, c.id AS chunkId, p {.*} AS said,
       coalesce(p.subjectName, s.saidName) AS subjectName, coalesce(p.subjectType, s.saidType) AS subjectType,
       coalesce(p.objectName, o.saidName) AS objectName, coalesce(p.objectType, o.saidType) AS objectType,
       s.key AS subject, f.relation AS relation, f.negated AS negated, o.key AS object`,
    { documents },
  );
  return {
    mentions: mentions.map((row) => ({ ...row, entityId: keys.idOf(row.entity) })),
    supports: supports.map((row) => storedSupport(row, keys)),
  };
}

interface SupportRow extends Stored {
  readonly documentId: string;
  readonly chunkId: string;
  readonly subject: string;
  readonly relation: string;
  readonly negated: boolean;
  readonly object: string;
  readonly subjectName: string;
  readonly subjectType: EntityType;
  readonly objectName: string;
  readonly objectType: EntityType;
  readonly said: SupportProperties;
}

/** Properties of a SUPPORTS relationship; names and types apart. */
export interface SupportProperties {
  readonly fact: string;
  readonly confidence: number;
  readonly spans: readonly number[];
  /** Null where a query asks for a property that is not there. */
  readonly validFrom?: string | null;
  readonly validTo?: string | null;
  readonly validSpan?: readonly number[] | null;
}

function storedSupport(row: SupportRow, keys: Keys): StoredSupport {
  const { ref, documentId, chunkId, relation, negated, said } = row;
  return {
    ref,
    documentId,
    chunkId,
    factId: keys.idOf(said.fact),
    subject: { id: keys.idOf(row.subject), name: row.subjectName, type: row.subjectType },
    relation,
    object: { id: keys.idOf(row.object), name: row.objectName, type: row.objectType },
    negated,
    confidence: said.confidence,
    spans: said.spans,
    valid: validOf(said),
  };
}

export function validOf({
  validFrom,
  validTo,
  validSpan,
}: SupportProperties): ValidTime | undefined {
  if (!validSpan) return undefined;
  return {
    ...(typeof validFrom === 'string' && { from: validFrom }),
    ...(typeof validTo === 'string' && { to: validTo }),
    span: { start: validSpan[0]!, end: validSpan[1]! },
  };
}
