/**
 * Keeps the nodes of an index in step with SQLite, whoever writes there. How far they are stands beside them in
 * Neo4j and changes in the same transaction: a commit of unknown outcome is repeated without harm, several
 * processes may follow at once, and a server that was emptied is filled again.
 */
import { unlessThere, whole } from '../connection.ts';
import type { Neo4jConnection, Transaction } from '../connection.ts';
import { allowed, indexNames } from './space.ts';
import type { Space } from './space.ts';

export interface IndexRow {
  /** Unique in the space. */
  readonly n: number;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Unit length. */
  readonly vector?: readonly number[];
}

export interface IndexChanges {
  readonly gone: readonly number[];
  readonly added: readonly IndexRow[];
  /** Where the next changes begin. */
  readonly position: string;
}

export interface FollowedSource {
  /** Changes after `position`; 'none' if there are none, 'lost' if that cannot be told: then all is read anew. */
  changes(position: string): IndexChanges | 'none' | 'lost';
}

/** Position of an index that holds nothing. */
export const START = 'start';
const MOST_DELETED = 10_000;

/** Applies changes as long as `goesOn` says before each step; returns whether the index is in step then. */
export async function follow(
  connection: Neo4jConnection,
  space: Space,
  source: FollowedSource,
  goesOn: (step: number) => boolean,
): Promise<boolean> {
  for (let step = 0; goesOn(step); step++) {
    const position = await positionOf(connection, space);
    const changes = position === undefined ? 'lost' : source.changes(position);
    if (changes === 'none') return true;
    if (changes === 'lost') {
      if (position === undefined) await makeIndices(connection, space);
      await connection.write((tx) => empty(tx, space, position));
      step--; // counts for nothing: an empty index is emptied at once
    } else await connection.write((tx) => apply(tx, space, position!, changes));
  }
  return false;
}

/** Removes every index of the workspace, its nodes included. */
export async function removeIndices(connection: Neo4jConnection, tenant: string): Promise<void> {
  const states = await connection.read((tx) =>
    tx.rows<{ key: string; label: string }>(
      'MATCH (s:IndexState {tenant: $tenant}) RETURN s.key AS key, s.label AS label',
      { tenant },
    ),
  );
  for (const { key, label } of states) {
    for (const name of indexNames(label)) await connection.run(`DROP INDEX ${name} IF EXISTS`);
    const some = () => connection.write((tx) => deleteSome(tx, label));
    while ((await some()) > 0);
    await connection.write((tx) => tx.rows('MATCH (s:IndexState {key: $key}) DELETE s', { key }));
  }
}

async function positionOf(
  connection: Neo4jConnection,
  { key }: Space,
): Promise<string | undefined> {
  const [state] = await connection.read((tx) =>
    tx.rows<{ position: string | null }>(
      'MATCH (s:IndexState {key: $key}) RETURN s.position AS position',
      { key },
    ),
  );
  return state?.position ?? undefined;
}

async function makeIndices(connection: Neo4jConnection, { indices }: Space): Promise<void> {
  for (const statement of indices) await unlessThere(connection.run(statement));
  await connection.run('CALL db.awaitIndexes(120)');
}

/** Deletes some of what is there; the last call has nothing to delete and sets the position. */
async function empty(tx: Transaction, space: Space, expected: string | undefined): Promise<void> {
  if ((await lock(tx, space)) !== expected) return;
  const isEmpty = (await deleteSome(tx, space.label)) === 0;
  await setPosition(tx, space, isEmpty ? START : null);
}

async function apply(
  tx: Transaction,
  space: Space,
  expected: string,
  { gone, added, position }: IndexChanges,
): Promise<void> {
  if ((await lock(tx, space)) !== expected) return; // another follower was quicker
  const label = allowed(space.label);
  await tx.rows(`UNWIND $gone AS n MATCH (c:${label} {n: n}) DELETE c`, { gone: gone.map(whole) });
  const rows = added.map(({ n, properties, vector }) => ({
    properties: { ...properties, n: whole(n) },
    ...(vector && { vector }),
  }));
  // Kept as 32-bit numbers by this procedure alone.
  const vectors = added[0]?.vector
    ? "WITH c, row CALL db.create.setNodeVectorProperty(c, 'vector', row.vector)"
    : '';
  await tx.rows(`UNWIND $rows AS row CREATE (c:${label}) SET c = row.properties ${vectors}`, {
    rows,
  });
  await setPosition(tx, space, position);
}

/** Followers of one index wait for each other; returns the position that the last one left. */
async function lock(tx: Transaction, { key, tenant, label }: Space): Promise<string | undefined> {
  const [state] = await tx.rows<{ position: string | null }>(
    `MERGE (s:IndexState {key: $key}) ON CREATE SET s.tenant = $tenant, s.label = $label
     SET s.key = s.key RETURN s.position AS position`,
    { key, tenant, label },
  );
  return state?.position ?? undefined;
}

async function setPosition(tx: Transaction, { key }: Space, position: string | null) {
  await tx.rows('MATCH (s:IndexState {key: $key}) SET s.position = $position', { key, position });
}

async function deleteSome(tx: Transaction, label: string): Promise<number> {
  const [row] = await tx.rows<{ gone: number }>(
    `MATCH (c:${allowed(label)}) WITH c LIMIT $most DELETE c RETURN count(*) AS gone`,
    { most: whole(MOST_DELETED) },
  );
  return row!.gone;
}
