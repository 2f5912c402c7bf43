/** The statements that bring the graph from what documents said to what they say now. */
import { deleteEntities, writeEntities } from './apply-entities.ts';
import type { Target } from './apply-entities.ts';
import type { EntityChange, FactChange } from './change.ts';
import { whole } from './connection.ts';
import type { Transaction } from './connection.ts';
import type { Keys } from './keys.ts';
import { chunksByKeys, saidByChunks } from './read-said.ts';
import type { StoredChunk } from './read-said.ts';
import { inSlices } from './slices.ts';

/** A chunk to be written, with the entities that it mentions. */
export interface FreshChunk extends StoredChunk {
  readonly mentioned: readonly string[];
  /** Where its first mention starts; chunks of a document follow each other by it. */
  readonly start: number;
}

export interface ChunkChange {
  /** Chunks that are gone or say something else. */
  readonly removed: readonly string[];
  readonly added: readonly FreshChunk[];
  /** Documents without any chunk that says something. */
  readonly silent: readonly string[];
}

export async function applyChanges(
  tx: Transaction,
  target: Target,
  chunks: ChunkChange,
  facts: readonly FactChange[],
  entities: readonly EntityChange[],
): Promise<void> {
  const others = await confidenceOfOthers(tx, facts);
  await deleteChunks(tx, target.keys, chunks);
  await deleteFacts(tx, target.keys, facts);
  await writeEntities(tx, target, entities);
  await deleteEntities(tx, target.keys, entities);
  await writeChunks(tx, target.keys, chunks.added);
  await writeFacts(tx, target.keys, facts, others);
}

async function deleteChunks(
  tx: Transaction,
  keys: Keys,
  { removed, silent }: ChunkChange,
): Promise<void> {
  await inSlices(removed, (slice) =>
    tx.rows('UNWIND $keys AS key MATCH (c:Chunk {key: key}) DETACH DELETE c', { keys: slice }),
  );
  await inSlices(silent, (slice) =>
    tx.rows('UNWIND $keys AS key MATCH (d:Document {key: key}) DETACH DELETE d', {
      keys: slice.map(keys.document),
    }),
  );
}

async function deleteFacts(
  tx: Transaction,
  keys: Keys,
  facts: readonly FactChange[],
): Promise<void> {
  const gone = facts.filter((fact) => fact.placesBefore > 0 && fact.places.length === 0);
  await inSlices(gone, (slice) =>
    tx.rows(
      'UNWIND $keys AS key MATCH ()-[f:FACT {key: key}]->() USING INDEX f:FACT(key) DELETE f',
      {
        keys: slice.map((fact) => keys.of(fact.id)),
      },
    ),
  );
}

async function writeChunks(
  tx: Transaction,
  keys: Keys,
  chunks: readonly FreshChunk[],
): Promise<void> {
  const documents = new Map(
    chunks.map((chunk) => [chunk.documentId, keys.document(chunk.documentId)]),
  );
  await inSlices([...documents], (rows) =>
    tx.rows(
      `UNWIND $rows AS row
       MERGE (d:Document {key: row[1]}) ON CREATE SET d.tenant = $tenant, d.id = row[0]`,
      { rows, tenant: keys.tenant },
    ),
  );
  await inSlices(chunks, (slice) =>
    tx.rows(
      `UNWIND $rows AS row MATCH (d:Document {key: row[0]})
       CREATE (d)-[:HAS]->(c:Chunk {key: row[1], idKey: row[2], id: row[3], documentId: row[4],
         start: row[5], said: row[6]})
       WITH c, row UNWIND row[7] AS mentioned MATCH (e:Entity {key: mentioned})
       CREATE (c)-[:MENTIONS]->(e)`,
      {
        rows: slice.map(({ key, documentId, chunkId, start, packed, mentioned }) => [
          documents.get(documentId),
          key,
          keys.chunkId(chunkId),
          chunkId,
          documentId,
          whole(start),
          packed,
          mentioned.map(keys.of),
        ]),
      },
    ),
  );
}

async function writeFacts(
  tx: Transaction,
  keys: Keys,
  facts: readonly FactChange[],
  others: ReadonlyMap<string, number>,
): Promise<void> {
  const alive = facts.filter((fact) => fact.places.length > 0);
  const valuesOf = (fact: FactChange): unknown[] =>
    factValues(fact, others.get(fact.id) ?? 0, keys);
  await inSlices(
    alive.filter((fact) => fact.placesBefore === 0),
    (slice) =>
      tx.rows(
        `UNWIND $rows AS row MATCH (s:Entity {key: row[4]}) MATCH (o:Entity {key: row[5]})
         CREATE (s)-[:FACT {key: row[0], rank: row[1], confidence: row[2], places: row[3],
           relation: row[6], negated: row[7]}]->(o)`,
        { rows: slice.map(valuesOf) },
      ),
  );
  await inSlices(
    alive.filter((fact) => fact.placesBefore > 0),
    (slice) =>
      tx.rows(
        `UNWIND $rows AS row MATCH ()-[f:FACT {key: row[0]}]->() USING INDEX f:FACT(key)
         SET f.rank = row[1], f.confidence = row[2], f.places = row[3]`,
        { rows: slice.map((fact) => valuesOf(fact).slice(0, 4)) },
      ),
  );
}

function factValues(fact: FactChange, others: number, keys: Keys): unknown[] {
  const { id, subjectId, objectId, relation, negated, places } = fact;
  const confidence = Math.max(fact.confidence, others);
  const ends = [keys.of(subjectId), keys.of(objectId)];
  return [
    keys.of(id),
    keys.factRank(id, confidence),
    confidence,
    places,
    ...ends,
    relation,
    negated,
  ];
}

/** By fact, where the documents that change do not know it. */
async function confidenceOfOthers(
  tx: Transaction,
  facts: readonly FactChange[],
): Promise<Map<string, number>> {
  const asked = new Set(facts.filter((fact) => fact.othersToAsk.length > 0).map((fact) => fact.id));
  const highest = new Map<string, number>();
  if (asked.size === 0) return highest;
  const chunks = await chunksByKeys(
    tx,
    facts.flatMap((fact) => fact.othersToAsk),
  );
  for (const { factId, confidence } of saidByChunks(chunks).supports) {
    if (asked.has(factId)) highest.set(factId, Math.max(highest.get(factId) ?? 0, confidence));
  }
  return highest;
}
