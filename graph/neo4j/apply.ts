/** The statements that bring the graph from what documents said to what they say now. */
import { deleteEntities, writeEntities } from './apply-entities.ts';
import type { Target } from './apply-entities.ts';
import type { EntityChange, FactChange, FirstNaming } from './change.ts';
import { whole } from './connection.ts';
import type { Transaction } from './connection.ts';
import type { Keys } from './keys.ts';
import type { StoredSaid } from './read-said.ts';
import type { Said, SaidMention, SaidSupport } from './said.ts';
import { inSlices } from './slices.ts';

export async function applyChanges(
  tx: Transaction,
  target: Target,
  rows: { readonly removed: StoredSaid; readonly added: Said },
  facts: readonly FactChange[],
  entities: readonly EntityChange[],
): Promise<void> {
  await deleteSaid(tx, rows.removed);
  await deleteFacts(tx, target.keys, facts);
  await writeEntities(tx, target, entities);
  await deleteEntities(tx, target.keys, entities);
  await writeChunks(tx, target.keys, rows.added);
  const said = new Map(entities.map((entity) => [entity.id, entity.said]));
  await writeMentions(tx, target.keys, rows.added.mentions, said);
  await writeSupports(tx, target.keys, rows.added.supports, said);
  await writeFacts(tx, target.keys, facts);
  await deleteSilentChunks(tx, target.keys, rows.removed);
}

async function deleteSaid(tx: Transaction, removed: StoredSaid): Promise<void> {
  const refs = [...removed.mentions, ...removed.supports].map((row) => row.ref);
  await inSlices(refs, (slice) =>
    tx.rows('UNWIND $refs AS ref MATCH ()-[r]->() WHERE elementId(r) = ref DELETE r', {
      refs: slice,
    }),
  );
}

async function deleteFacts(
  tx: Transaction,
  keys: Keys,
  facts: readonly FactChange[],
): Promise<void> {
  const gone = facts.filter((fact) => fact.supportsBefore > 0 && fact.supports === 0);
  await inSlices(gone, (slice) =>
    tx.rows('UNWIND $keys AS key MATCH ()-[f:FACT {key: key}]->() DELETE f', {
      keys: slice.map((fact) => keys.of(fact.id)),
    }),
  );
}

async function writeChunks(tx: Transaction, keys: Keys, added: Said): Promise<void> {
  const places = new Set(
    [...added.mentions, ...added.supports].map((row) =>
      JSON.stringify([row.documentId, row.chunkId]),
    ),
  );
  const chunks = [...places].map((place) => {
    const [documentId, chunkId] = JSON.parse(place) as [string, string];
    const key = keys.chunk(documentId, chunkId);
    const document = keys.document(documentId);
    return { key, idKey: keys.chunkId(chunkId), document, documentId, chunkId };
  });
  await inSlices(chunks, (rows) =>
    tx.rows(
      `UNWIND $rows AS row
       MERGE (d:Document {key: row.document}) ON CREATE SET d.tenant = $tenant, d.id = row.documentId
       MERGE (c:Chunk {key: row.key})
       ON CREATE SET c.idKey = row.idKey, c.id = row.chunkId, c.documentId = row.documentId
       MERGE (d)-[:HAS]->(c)`,
      { rows, tenant: keys.tenant },
    ),
  );
}

/** How each entity was first named. A property that says the same is left out: null is no property. */
type SaidOf = ReadonlyMap<string, FirstNaming>;

const unless = (same: string, value: string): string | null => (value === same ? null : value);

async function writeMentions(
  tx: Transaction,
  keys: Keys,
  mentions: readonly SaidMention[],
  saidOf: SaidOf,
): Promise<void> {
  await inSlices(mentions, (slice) =>
    tx.rows(
      `UNWIND $chunks AS chunk MATCH (c:Chunk {key: chunk.key})
       UNWIND chunk.rows AS row MATCH (e:Entity {key: row[0]})
       CREATE (c)-[:MENTIONS {surface: row[1], name: row[2], type: row[3], start: row[4], end: row[5]}]->(e)`,
      {
        chunks: byChunk(slice, keys, ({ entityId: id, name, surface, type, start, end }) => [
          keys.of(id),
          unless(name, surface),
          unless(saidOf.get(id)!.name, name),
          unless(saidOf.get(id)!.type, type),
          whole(start),
          whole(end),
        ]),
      },
    ),
  );
}

async function writeSupports(
  tx: Transaction,
  keys: Keys,
  supports: readonly SaidSupport[],
  saidOf: SaidOf,
): Promise<void> {
  await inSlices(supports, (slice) =>
    tx.rows(
      `UNWIND $chunks AS chunk MATCH (c:Chunk {key: chunk.key})
       UNWIND chunk.rows AS row MATCH (s:Entity {key: row[0]})
       CREATE (c)-[:SUPPORTS {fact: row[1], subjectName: row[2], subjectType: row[3], objectName: row[4],
         objectType: row[5], confidence: row[6], spans: row[7], validFrom: row[8], validTo: row[9],
         validSpan: row[10]}]->(s)`,
      {
        chunks: byChunk(slice, keys, ({ factId, subject, object, confidence, spans, valid }) => [
          keys.of(subject.id),
          keys.of(factId),
          unless(saidOf.get(subject.id)!.name, subject.name),
          unless(saidOf.get(subject.id)!.type, subject.type),
          unless(saidOf.get(object.id)!.name, object.name),
          unless(saidOf.get(object.id)!.type, object.type),
          confidence,
          spans.map(whole),
          valid?.from ?? null,
          valid?.to ?? null,
          valid ? [valid.span.start, valid.span.end].map(whole) : null,
        ]),
      },
    ),
  );
}

/** Rows as lists of values under their chunk: less to send and fewer chunks to look up. */
function byChunk<Row extends { documentId: string; chunkId: string }>(
  rows: readonly Row[],
  keys: Keys,
  valuesOf: (row: Row) => unknown[],
): { key: string; rows: unknown[][] }[] {
  const groups = new Map<string, unknown[][]>();
  for (const row of rows) {
    const place = JSON.stringify([row.documentId, row.chunkId]);
    const group = groups.get(place);
    if (group) group.push(valuesOf(row));
    else groups.set(place, [valuesOf(row)]);
  }
  return [...groups].map(([place, values]) => {
    const [documentId, chunkId] = JSON.parse(place) as [string, string];
    return { key: keys.chunk(documentId, chunkId), rows: values };
  });
}

async function writeFacts(
  tx: Transaction,
  keys: Keys,
  facts: readonly FactChange[],
): Promise<void> {
  const alive = facts.filter((fact) => fact.supports > 0);
  const stay = await confidenceOfOthers(
    tx,
    keys,
    alive.filter((fact) => fact.lostSupport),
  );
  const rows = alive.map((fact) => factValues(fact, stay.get(fact.id) ?? 0, keys));
  const isFresh = (i: number): boolean => alive[i]!.supportsBefore === 0;
  await inSlices(
    rows.filter((_, i) => isFresh(i)),
    (slice) =>
      tx.rows(
        `UNWIND $rows AS row MATCH (s:Entity {key: row[0]}) MATCH (o:Entity {key: row[1]})
         CREATE (s)-[:FACT {key: row[2], rank: row[3], relation: row[4], negated: row[5],
           confidence: row[6], supports: row[7]}]->(o)`,
        { rows: slice },
      ),
  );
  await inSlices(
    rows.filter((_, i) => !isFresh(i)),
    (slice) =>
      tx.rows(
        `UNWIND $rows AS row MATCH ()-[f:FACT {key: row[2]}]->()
         SET f.rank = row[3], f.confidence = row[6], f.supports = row[7]`,
        { rows: slice },
      ),
  );
}

function factValues(fact: FactChange, others: number, keys: Keys): unknown[] {
  const { id, subjectId, objectId, relation, negated, supports } = fact;
  const confidence = Math.max(fact.confidence, others);
  return [
    keys.of(subjectId),
    keys.of(objectId),
    keys.of(id),
    keys.factRank(id, confidence),
    relation,
    negated,
    confidence,
    whole(supports),
  ];
}

/** Of what is in the graph now: what went is gone already, and what comes does no harm. */
async function confidenceOfOthers(
  tx: Transaction,
  keys: Keys,
  facts: readonly FactChange[],
): Promise<Map<string, number>> {
  const found = await inSlices(facts, (slice) =>
    tx.rows<{ key: string; confidence: number }>(
      `UNWIND $keys AS key MATCH ()-[p:SUPPORTS {fact: key}]->()
       RETURN key, max(p.confidence) AS confidence`,
      { keys: slice.map((fact) => keys.of(fact.id)) },
    ),
  );
  return new Map(found.map(({ key, confidence }) => [keys.idOf(key), confidence]));
}

async function deleteSilentChunks(tx: Transaction, keys: Keys, removed: StoredSaid): Promise<void> {
  const documents = new Set(
    [...removed.mentions, ...removed.supports].map((row) => keys.document(row.documentId)),
  );
  if (documents.size === 0) return;
  const parameters = { documents: [...documents] };
  await tx.rows(
    `UNWIND $documents AS key MATCH (:Document {key: key})-[:HAS]->(c:Chunk)
     WHERE NOT EXISTS { (c)-[:MENTIONS|SUPPORTS]->() } DETACH DELETE c`,
    parameters,
  );
  await tx.rows(
    `UNWIND $documents AS key MATCH (d:Document {key: key})
     WHERE NOT EXISTS { (d)-[:HAS]->() } DELETE d`,
    parameters,
  );
}
