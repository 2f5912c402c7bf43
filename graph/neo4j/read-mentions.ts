/** Where entities are spoken of. */
import type { Mention } from '../types.ts';
import { whole } from './connection.ts';
import type { Transaction } from './connection.ts';
import type { Keys } from './keys.ts';
import { unpackChunk } from './packed-chunk.ts';
import { atLeastNone } from './read.ts';
import { CHUNK } from './read-said.ts';
import type { StoredChunk } from './read-said.ts';
import { byPlace, compareRanks, mentionFrom } from './records.ts';
import type { Called } from './records.ts';

export async function mentionsOfChunks(
  tx: Transaction,
  keys: Keys,
  chunkIds: readonly string[],
): Promise<Mention[]> {
  const rows = await tx.rows<StoredChunk & { called: readonly (Called & { key: string })[] }>(
    `UNWIND $chunks AS chunk MATCH (c:Chunk {idKey: chunk})-[:MENTIONS]->(e:Entity)
     WITH c, collect({key: e.key, name: e.name, type: e.type}) AS called RETURN ${CHUNK}, called`,
    { chunks: [...new Set(chunkIds)].map(keys.chunkId) },
  );
  return rows
    .flatMap((row) => {
      const called = new Map(row.called.map((each) => [keys.idOf(each.key), each]));
      return mentionsIn(row).map((said) => mentionFrom(said, called.get(said.entityId)!));
    })
    .sort(byPlace);
}

export async function mentionsOfEntities(
  tx: Transaction,
  keys: Keys,
  entityIds: readonly string[],
  limitPerEntity: number,
): Promise<Mention[]> {
  const limit = atLeastNone(limitPerEntity);
  const rows = await tx.rows<Called & { entity: string; chunks: readonly StoredChunk[] }>(
    // Every chunk has one at least, and the texts of chunks follow each other.
    `UNWIND $entities AS entity MATCH (e:Entity {key: entity}) WHERE e.rank STARTS WITH $start
     CALL (e) {
       MATCH (c:Chunk)-[:MENTIONS]->(e) WITH c ORDER BY c.documentId, c.start, c.id LIMIT $limit
       RETURN collect(c {.documentId, chunkId: c.id, packed: c.said}) AS chunks
     }
     RETURN entity, e.name AS name, e.type AS type, chunks`,
    {
      entities: [...new Set(entityIds)].map(keys.of),
      start: keys.rankStart,
      limit: whole(limit),
    },
  );
  return rows
    .flatMap(({ entity, chunks, ...called }) =>
      chunks
        .flatMap((chunk) => mentionsIn(chunk).filter((said) => keys.of(said.entityId) === entity))
        .map((said) => mentionFrom(said, called))
        .sort(byPlace)
        .slice(0, limit),
    )
    .sort((a, b) => compareRanks(a.entityId, b.entityId) || byPlace(a, b));
}

const mentionsIn = (chunk: StoredChunk) => unpackChunk(chunk, chunk.packed).mentions;

export async function chunkFrequency(
  tx: Transaction,
  keys: Keys,
  entityIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await tx.rows<{ key: string; chunks: number }>(
    `UNWIND $entities AS entity MATCH (e:Entity {key: entity}) WHERE e.rank STARTS WITH $start
     CALL (e) { MATCH (c:Chunk)-[:MENTIONS]->(e) RETURN count(DISTINCT c.id) AS chunks }
     RETURN e.key AS key, chunks`,
    { entities: [...new Set(entityIds)].map(keys.of), start: keys.rankStart },
  );
  const counted = new Map(rows.map((row) => [keys.idOf(row.key), row.chunks]));
  return new Map(entityIds.map((id) => [id, counted.get(id) ?? 0]));
}
