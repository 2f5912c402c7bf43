/** The statements that bring the graph from what documents said to what they say now. */
import { deleteEntities, writeLooks } from './apply-entities.ts';
import type { Target } from './apply-entities.ts';
import type { EntityChange, FactChange } from './change.ts';
import type { Transaction } from './connection.ts';
import type { Keys } from './keys.ts';
import { chunksByKeys, saidByChunks } from './read-said.ts';
import { placesText } from './records.ts';
import { inSlices } from './slices.ts';
import { writeNew } from './write-new.ts';
import type { FreshChunk } from './write-new.ts';

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
  await deleteEntities(tx, target.keys, entities);
  await writeDocuments(tx, target.keys, chunks.added);
  await writeNew(tx, target.keys, chunks.added, facts, entities);
  await updateFacts(tx, target.keys, facts, others);
  await writeLooks(tx, target, entities);
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

async function writeDocuments(
  tx: Transaction,
  keys: Keys,
  chunks: readonly FreshChunk[],
): Promise<void> {
  const ids = [...new Set(chunks.map((chunk) => chunk.documentId))];
  await inSlices(ids, (slice) =>
    tx.rows(
      `UNWIND $rows AS row
       MERGE (d:Document {key: row[1]}) ON CREATE SET d.tenant = $tenant, d.id = row[0]`,
      { rows: slice.map((id) => [id, keys.document(id)]), tenant: keys.tenant },
    ),
  );
}

async function updateFacts(
  tx: Transaction,
  keys: Keys,
  facts: readonly FactChange[],
  others: ReadonlyMap<string, number>,
): Promise<void> {
  const known = facts.filter((fact) => fact.placesBefore > 0 && fact.places.length > 0);
  await inSlices(known, (slice) =>
    tx.rows(
      `UNWIND $rows AS row MATCH ()-[f:FACT {key: row[0]}]->() USING INDEX f:FACT(key)
       SET f.rank = row[1], f.confidence = row[2], f.places = row[3]`,
      {
        rows: slice.map((fact) => {
          const confidence = Math.max(fact.confidence, others.get(fact.id) ?? 0);
          return [
            keys.of(fact.id),
            keys.factRank(fact.id, confidence),
            confidence,
            placesText(fact.places),
          ];
        }),
      },
    ),
  );
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
