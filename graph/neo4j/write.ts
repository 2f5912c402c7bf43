/**
 * Writing the graph. Within one transaction: lock the workspace, read what the documents said, write the
 * difference to what they say now, and bring the facts and entities that it touches up to date. A second
 * write of the same finds no difference, so a commit of unknown outcome is simply repeated.
 */
import type { GraphChange, SaidByDocument } from '../types.ts';
import { applyChanges } from './apply.ts';
import type { Target } from './apply-entities.ts';
import { entityChanges, factChanges, summary } from './change.ts';
import type {
  EntityChange,
  EntityState,
  FactChange,
  FactState,
  FirstNaming,
  Rows,
} from './change.ts';
import { whole } from './connection.ts';
import type { Transaction } from './connection.ts';
import type { Keys } from './keys.ts';
import { readSaid } from './read-said.ts';
import type { StoredMention, StoredSaid, StoredSupport } from './read-said.ts';
import { difference, mentionFields, saidIn, supportFields } from './said.ts';
import type { Said, SaidMention, SaidSupport } from './said.ts';
import { inSlices } from './slices.ts';
import { parseTally } from './tally.ts';

/** Documents whose change can be told by `changesSince`. */
const LOG_LENGTH = 256;

/** Every document of the list has its whole content replaced; no extractions: it is removed. */
export async function replaceInGraph(
  tx: Transaction,
  target: Target,
  documents: readonly SaidByDocument[],
): Promise<GraphChange> {
  await lockWorkspace(tx, target);
  const rows = await changedRows(tx, target, documents);
  const facts = await changedFacts(tx, target.keys, rows);
  const entities = await changedEntities(tx, target.keys, rows, facts);
  await applyChanges(tx, target, rows, facts, entities);
  const change = summary(rows, facts, entities);
  const { removed, added } = rows;
  if ([removed, added].some(({ mentions, supports }) => mentions.length + supports.length > 0)) {
    await noteChange(tx, target.keys, documents, change, rows);
  }
  return change;
}

/** What `replaceInGraph` would do; writes nothing. */
export async function previewInGraph(
  tx: Transaction,
  target: Target,
  documents: readonly SaidByDocument[],
): Promise<GraphChange> {
  const rows = await changedRows(tx, target, documents);
  const facts = await changedFacts(tx, target.keys, rows);
  return summary(rows, facts, await changedEntities(tx, target.keys, rows, facts));
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

interface StoredRows extends Rows {
  readonly removed: StoredSaid;
}

async function changedRows(
  tx: Transaction,
  { workspaceId, keys }: Target,
  documents: readonly SaidByDocument[],
): Promise<StoredRows> {
  const before = await readSaid(
    tx,
    keys,
    documents.map((each) => each.documentId),
  );
  const after: Said = saidIn(workspaceId, documents);
  const mentions = difference<StoredMention, SaidMention>(
    before.mentions,
    after.mentions,
    mentionFields,
  );
  const supports = difference<StoredSupport, SaidSupport>(
    before.supports,
    after.supports,
    supportFields,
  );
  return {
    before,
    after,
    removed: { mentions: mentions.removed, supports: supports.removed },
    added: { mentions: mentions.added, supports: supports.added },
  };
}

async function changedFacts(tx: Transaction, keys: Keys, rows: Rows): Promise<FactChange[]> {
  const ids = new Set([...rows.removed.supports, ...rows.added.supports].map((row) => row.factId));
  const found = await inSlices([...ids].map(keys.of), (slice) =>
    tx.rows<FactState & { key: string }>(
      `UNWIND $keys AS key MATCH ()-[f:FACT {key: key}]->()
       RETURN key, f.supports AS supports, f.confidence AS confidence`,
      { keys: slice },
    ),
  );
  return factChanges(rows, new Map(found.map((state) => [keys.idOf(state.key), state])));
}

async function changedEntities(
  tx: Transaction,
  keys: Keys,
  rows: Rows,
  facts: readonly FactChange[],
): Promise<EntityChange[]> {
  const ids = new Set<string>();
  for (const { mentions, supports } of [rows.removed, rows.added]) {
    for (const row of mentions) ids.add(row.entityId);
    for (const row of supports) ids.add(row.subject.id).add(row.object.id);
  }
  const found = await inSlices([...ids].map(keys.of), (slice) =>
    tx.rows<EntityRow>(
      `UNWIND $keys AS key MATCH (e:Entity {key: key})
       RETURN key, e.saidName AS name, e.saidType AS type, e.tally AS tally, e.factCount AS factCount,
         e.documentCount AS documentCount`,
      { keys: slice },
    ),
  );
  const states = new Map(
    found.map((row) => [
      keys.idOf(row.key),
      { ...row, said: { name: row.name, type: row.type }, tally: parseTally(row.tally) },
    ]),
  );
  return entityChanges(rows, facts, states);
}

interface EntityRow extends Omit<EntityState, 'tally' | 'said'>, FirstNaming {
  readonly key: string;
  readonly tally: string;
}

async function noteChange(
  tx: Transaction,
  keys: Keys,
  documents: readonly SaidByDocument[],
  change: GraphChange,
  { before, after }: Rows,
): Promise<void> {
  await tx.rows(
    `MATCH (w:Workspace {key: $tenant})
     SET w.version = w.version + $written, w.log = (w.log + $documents)[-$kept..],
       w.entities = w.entities + $entities, w.facts = w.facts + $facts, w.mentions = w.mentions + $mentions`,
    {
      tenant: keys.tenant,
      documents: documents.map((each) => each.documentId),
      written: whole(documents.length),
      kept: whole(LOG_LENGTH),
      entities: whole(change.entitiesAdded - change.entitiesRemoved),
      facts: whole(change.factsAdded - change.factsRemoved),
      mentions: whole(after.mentions.length - before.mentions.length),
    },
  );
}
