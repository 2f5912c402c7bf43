/** What chunks said at the last write of their documents. */
import type { Transaction } from './connection.ts';
import type { Keys } from './keys.ts';
import { unpackChunk } from './packed-chunk.ts';
import type { Said } from './said.ts';
import { inSlices } from './slices.ts';

export interface StoredChunk {
  readonly key: string;
  readonly documentId: string;
  readonly chunkId: string;
  readonly packed: string;
}

/** What a query over `c:Chunk` returns. */
export const CHUNK = 'c.key AS key, c.documentId AS documentId, c.id AS chunkId, c.said AS packed';

export function chunksOfDocuments(
  tx: Transaction,
  keys: Keys,
  documentIds: readonly string[],
): Promise<StoredChunk[]> {
  return tx.rows<StoredChunk>(
    `UNWIND $documents AS key MATCH (:Document {key: key})-[:HAS]->(c:Chunk) RETURN ${CHUNK}`,
    { documents: documentIds.map(keys.document) },
  );
}

export function chunksByKeys(tx: Transaction, chunkKeys: Iterable<string>): Promise<StoredChunk[]> {
  return inSlices([...new Set(chunkKeys)], (slice) =>
    tx.rows<StoredChunk>(`UNWIND $keys AS key MATCH (c:Chunk {key: key}) RETURN ${CHUNK}`, {
      keys: slice,
    }),
  );
}

export function chunksByIds(
  tx: Transaction,
  keys: Keys,
  chunkIds: readonly string[],
): Promise<StoredChunk[]> {
  return tx.rows<StoredChunk>(`UNWIND $keys AS key MATCH (c:Chunk {idKey: key}) RETURN ${CHUNK}`, {
    keys: [...new Set(chunkIds)].map(keys.chunkId),
  });
}

export function saidByChunks(chunks: readonly StoredChunk[]): Said {
  const said: Said = { mentions: [], supports: [] };
  for (const chunk of chunks) {
    const { mentions, supports } = unpackChunk(chunk, chunk.packed);
    for (const row of mentions) said.mentions.push(row);
    for (const row of supports) said.supports.push(row);
  }
  return said;
}
