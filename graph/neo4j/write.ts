/**
 * Writing the graph. Within one transaction: lock the workspace, read what the documents said, write the
 * difference to what they say now, and bring the facts and entities that it touches up to date. A second
 * write of the same finds no difference, so a commit of unknown outcome is simply repeated.
 */
import type { EntityType, GraphChange } from '../types.ts';
import { applyChanges } from './apply.ts';
import type { ChunkChange } from './apply.ts';
import type { Target } from './apply-entities.ts';
import { entityChanges, factChanges, summary } from './change.ts';
import type { EntityChange, EntityState, FactChange, FactState, Rows } from './change.ts';
import { whole } from './connection.ts';
import type { Transaction } from './connection.ts';
import type { Keys } from './keys.ts';
import type { Prepared, PreparedChunk } from './prepare.ts';
import { chunksOfDocuments, saidByChunks } from './read-said.ts';
import type { StoredChunk } from './read-said.ts';
import { difference, mentionFields, supportFields } from './said.ts';
import type { Said, SaidSupport } from './said.ts';
import { placesIn } from './records.ts';
import { inSlices } from './slices.ts';
import { parseTally } from './tally.ts';
import type { FreshChunk } from './write-new.ts';

/** Documents whose change can be told by `changesSince`. */
const LOG_LENGTH = 256;

/** Every document of the list has its whole content replaced; no extractions: it is removed. */
export async function replaceInGraph(
  tx: Transaction,
  target: Target,
  prepared: Prepared,
): Promise<GraphChange> {
  await lockWorkspace(tx, target);
  const { rows, chunks, facts, entities } = await changes(tx, target, prepared);
  await applyChanges(tx, target, chunks, facts, entities);
  const change = summary(rows, facts, entities);
  const { removed, added } = rows;
  if ([removed, added].some(({ mentions, supports }) => mentions.length + supports.length > 0)) {
    await noteChange(tx, target.keys, prepared.documentIds, change, rows);
  }
  return change;
}

/** What `replaceInGraph` would do; writes nothing. */
export async function previewInGraph(
  tx: Transaction,
  target: Target,
  prepared: Prepared,
): Promise<GraphChange> {
  const { rows, facts, entities } = await changes(tx, target, prepared);
  return summary(rows, facts, entities);
}

interface Changes {
  readonly rows: Rows;
  readonly chunks: ChunkChange;
  readonly facts: FactChange[];
  readonly entities: EntityChange[];
}

async function changes(tx: Transaction, { keys }: Target, prepared: Prepared): Promise<Changes> {
  const stored = await chunksOfDocuments(tx, keys, prepared.documentIds);
  const { rows, chunks } = compare(stored, prepared);
  const entities = await entityStates(tx, keys, rows);
  const facts = factChanges(rows, await factStates(tx, keys, rows, entities), placeIn(keys));
  return { rows, chunks, facts, entities: entityChanges(rows, facts, entities) };
}

/** Chunks that are written as they were before say the same: only the others are looked into. */
function compare(
  stored: readonly StoredChunk[],
  { documentIds, said: after, chunks: now }: Prepared,
): { rows: Rows; chunks: ChunkChange } {
  const isSame = ({ key, packed }: StoredChunk): boolean => now.get(key)?.packed === packed;
  const same = new Set(stored.filter(isSame).map(({ key }) => key));
  const removed = stored.filter(({ key }) => !same.has(key));
  const added = [...now.values()].filter(({ key }) => !same.has(key));
  const speaking = new Set([...now.values()].map(({ documentId }) => documentId));
  const gone = saidByChunks(removed);
  const come: Said = {
    mentions: added.flatMap(({ said }) => said.mentions),
    supports: added.flatMap(({ said }) => said.supports),
  };
  const mentions = difference(gone.mentions, come.mentions, mentionFields);
  const supports = difference(gone.supports, come.supports, supportFields);
  return {
    rows: {
      before: saidByChunks(stored),
      after,
      removed: { mentions: mentions.removed, supports: supports.removed },
      added: { mentions: mentions.added, supports: supports.added },
    },
    chunks: {
      removed: removed.map(({ key }) => key),
      added: added.map(freshChunk),
      silent: stored.length === 0 ? [] : documentIds.filter((id) => !speaking.has(id)),
    },
  };
}

function freshChunk({ said: { mentions }, ...chunk }: PreparedChunk): FreshChunk {
  return {
    ...chunk,
    mentioned: [...new Set(mentions.map((row) => row.entityId))],
    start: mentions.reduce((least, row) => Math.min(least, row.start), Number.MAX_SAFE_INTEGER),
  };
}

/** Writers of one workspace follow each other: counts are read and written back. */
async function lockWorkspace(tx: Transaction, { workspaceId, keys }: Target): Promise<void> {
  await tx.rows(
    `MERGE (w:Workspace {key: $tenant})
     ON CREATE SET w.id = $workspaceId, w.epoch = randomUUID(), w.version = 0, w.log = [],
       w.entities = 0, w.facts = 0, w.mentions = 0
     SET w.key = w.key`,
    { tenant: keys.tenant, workspaceId },
  );
}

/** By id. A fact whose ends are not both there is new, and is not asked for. */
async function factStates(
  tx: Transaction,
  keys: Keys,
  { removed, added }: Rows,
  entities: ReadonlyMap<string, EntityState>,
): Promise<Map<string, FactState>> {
  const ids = new Set<string>();
  for (const { factId: id, subject, object } of [...removed.supports, ...added.supports]) {
    if (entities.has(subject.id) && entities.has(object.id)) ids.add(id);
  }
  const found = await inSlices([...ids].map(keys.of), (slice) =>
    tx.rows<{ key: string; places: string; confidence: number }>(
      `UNWIND $keys AS key MATCH ()-[f:FACT {key: key}]->() USING INDEX f:FACT(key)
       RETURN key, f.places AS places, f.confidence AS confidence`,
      { keys: slice },
    ),
  );
  return new Map(
    found.map(({ key, places, confidence }) => [
      keys.idOf(key),
      { places: placesIn(places), confidence },
    ]),
  );
}

/** The key of the chunk of a row. A key is a digest, and the rows of a chunk mostly follow each other. */
function placeIn(keys: Keys): (row: SaidSupport) => string {
  let last: { row: SaidSupport; key: string } | undefined;
  return (row) => {
    if (last?.row.chunkId !== row.chunkId || last.row.documentId !== row.documentId) {
      last = { row, key: keys.chunk(row.documentId, row.chunkId) };
    }
    return last.key;
  };
}

/** By id, of all that rows name which go or come. */
async function entityStates(
  tx: Transaction,
  keys: Keys,
  { removed, added }: Rows,
): Promise<Map<string, EntityState>> {
  const ids = new Set<string>();
  for (const { mentions, supports } of [removed, added]) {
    for (const row of mentions) ids.add(row.entityId);
    for (const row of supports) ids.add(row.subject.id).add(row.object.id);
  }
  const found = await inSlices([...ids].map(keys.of), (slice) =>
    tx.rows<EntityRow>(
      `UNWIND $keys AS key MATCH (e:Entity {key: key})
       RETURN key, e.tally AS tally, e.name AS name, e.type AS type, e.factCount AS factCount,
         e.documentCount AS documentCount`,
      { keys: slice },
    ),
  );
  return new Map(
    found.map((row) => [keys.idOf(row.key), { ...row, tally: parseTally(row.tally, row) }]),
  );
}

interface EntityRow extends Omit<EntityState, 'tally'> {
  readonly key: string;
  readonly tally: string;
  readonly name: string;
  readonly type: EntityType;
}

async function noteChange(
  tx: Transaction,
  keys: Keys,
  documentIds: readonly string[],
  change: GraphChange,
  { before, after }: Rows,
): Promise<void> {
  await tx.rows(
    `MATCH (w:Workspace {key: $tenant})
     SET w.version = w.version + $written, w.log = (w.log + $documents)[-$kept..],
       w.entities = w.entities + $entities, w.facts = w.facts + $facts, w.mentions = w.mentions + $mentions`,
    {
      tenant: keys.tenant,
      documents: documentIds,
      written: whole(documentIds.length),
      kept: whole(LOG_LENGTH),
      entities: whole(change.entitiesAdded - change.entitiesRemoved),
      facts: whole(change.factsAdded - change.factsRemoved),
      mentions: whole(after.mentions.length - before.mentions.length),
    },
  );
}
