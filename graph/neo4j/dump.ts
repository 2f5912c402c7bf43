/** The canonical text of a workspace; the same lines as from SQLite. See `GraphStore.dump`. */
import { dumpLine, entityLine, factLines } from '../dump-lines.ts';
import type { Transaction } from './connection.ts';
import type { Keys } from './keys.ts';
import { ENTITY, FACT, entityFrom, withSupport } from './records.ts';
import type { EntityRow, FactRow } from './records.ts';
import { CHUNK, saidByChunks } from './read-said.ts';
import type { StoredChunk } from './read-said.ts';
import { derive, parseTally } from './tally.ts';

export async function dumpGraph(tx: Transaction, keys: Keys): Promise<string[]> {
  return [
    ...(await entityLines(tx, keys)),
    ...(await allFactLines(tx, keys)),
    ...(await mentionLines(tx, keys)),
  ].sort();
}

const range = (keys: Keys) => ({ start: keys.rankStart, end: keys.rankEnd });

async function entityLines(tx: Transaction, keys: Keys): Promise<string[]> {
  const rows = await tx.rows<EntityRow & { tally: string }>(
    `MATCH (e:Entity) WHERE e.rank > $start AND e.rank < $end RETURN ${ENTITY}, e.tally AS tally`,
    range(keys),
  );
  return rows.flatMap((row) => {
    const entity = entityFrom(row, keys);
    const aliases = derive(parseTally(row.tally, row))?.aliases ?? [];
    return [
      entityLine(entity),
      ...aliases.map(({ form, folded, count }) =>
        dumpLine('alias', [entity.id, form, folded, count]),
      ),
    ];
  });
}

async function allFactLines(tx: Transaction, keys: Keys): Promise<string[]> {
  const rows = await tx.rows<FactRow>(
    `MATCH (s:Entity)-[f:FACT]->(o:Entity) WHERE f.rank > $start AND f.rank < $end RETURN ${FACT}`,
    range(keys),
  );
  const facts = await withSupport(tx, keys, rows);
  return facts.flatMap(factLines);
}

async function mentionLines(tx: Transaction, keys: Keys): Promise<string[]> {
  const chunks = await tx.rows<StoredChunk>(
    `MATCH (:Document {tenant: $tenant})-[:HAS]->(c:Chunk) RETURN ${CHUNK}`,
    { tenant: keys.tenant },
  );
  return saidByChunks(chunks).mentions.map(
    ({ entityId, documentId, chunkId, start, end, surface, name, type }) =>
      dumpLine('mention', [entityId, documentId, chunkId, start, end, surface, name, type]),
  );
}
