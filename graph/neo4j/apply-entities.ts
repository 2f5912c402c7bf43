/** Entities as the change left them: made, brought up to date, or gone, with the names they are found by. */
import { entityId } from '../names.ts';
import type { EntityChange } from './change.ts';
import { whole } from './connection.ts';
import type { Transaction } from './connection.ts';
import type { Keys } from './keys.ts';
import { inSlices } from './slices.ts';
import { tallyText } from './tally.ts';
import type { Derived } from './tally.ts';

export interface Target {
  readonly workspaceId: string;
  readonly keys: Keys;
}

export async function writeEntities(
  tx: Transaction,
  { workspaceId, keys }: Target,
  entities: readonly EntityChange[],
): Promise<void> {
  const fresh = entities.filter((entity) => !entity.before && entity.after);
  const changed = entities.filter((entity) => entity.before && entity.after);
  const propertiesOf = (slice: readonly EntityChange[]) => ({
    rows: slice.map((entity) => entityProperties(entity, keys)),
  });
  await inSlices(fresh, (slice) =>
    tx.rows('UNWIND $rows AS row CREATE (e:Entity) SET e = row', propertiesOf(slice)),
  );
  await inSlices(changed, (slice) =>
    tx.rows('UNWIND $rows AS row MATCH (e:Entity {key: row.key}) SET e += row.properties', {
      rows: slice.map((entity) => ({
        key: keys.of(entity.id),
        properties: changedProperties(entity, keys),
      })),
    }),
  );
  await writeNames(tx, keys, [...fresh, ...changed], workspaceId);
}

function entityProperties(entity: EntityChange, keys: Keys): object {
  const { id, after } = entity;
  return {
    key: keys.of(id),
    ...counts(entity, keys),
    ...looks(after!),
  };
}

/** Most changes leave the name and the aliases as they are. */
function changedProperties(entity: EntityChange, keys: Keys): object {
  const now = looks(entity.after!);
  const same = JSON.stringify(looks(entity.before!)) === JSON.stringify(now);
  return same ? counts(entity, keys) : { ...counts(entity, keys), ...now };
}

function counts(entity: EntityChange, keys: Keys): object {
  const { id, tally, factCount, documentCount, after } = entity;
  return {
    rank: keys.entityRank(id, after!.mentionCount),
    tally: tallyText(tally),
    mentionCount: whole(after!.mentionCount),
    factCount: whole(factCount),
    documentCount: whole(documentCount),
  };
}

function looks({ name, type, aliases }: Derived): object {
  const others = aliases.map((alias) => alias.form).filter((form) => form !== name);
  return {
    name,
    type,
    aliases: others.length > 0 ? others : null,
    folded: [...new Set(aliases.map((alias) => alias.folded))],
  };
}

/** The forms by which the entity's id cannot be worked out get a node of their own. */
async function writeNames(
  tx: Transaction,
  keys: Keys,
  entities: readonly EntityChange[],
  workspaceId: string,
): Promise<void> {
  const namesOf = (id: string, derived: Derived | undefined): Set<string> =>
    new Set(
      derived?.aliases
        .filter(({ form }) => form !== derived.name && entityId(workspaceId, form) !== id)
        .map(({ folded }) => keys.name(folded)),
    );
  const gone: { key: string; entity: string }[] = [];
  const come: { key: string; entity: string }[] = [];
  for (const { id, before, after } of entities) {
    const [old, now] = [namesOf(id, before), namesOf(id, after)];
    for (const key of old) if (!now.has(key)) gone.push({ key, entity: keys.of(id) });
    for (const key of now) if (!old.has(key)) come.push({ key, entity: keys.of(id) });
  }
  await inSlices(gone, (rows) =>
    tx.rows(
      `UNWIND $rows AS row MATCH (n:Name {key: row.key})-[:NAMES]->(:Entity {key: row.entity})
       DETACH DELETE n`,
      { rows },
    ),
  );
  await inSlices(come, (rows) =>
    tx.rows(
      `UNWIND $rows AS row MATCH (e:Entity {key: row.entity})
       CREATE (:Name {key: row.key})-[:NAMES]->(e)`,
      { rows },
    ),
  );
}

export async function deleteEntities(
  tx: Transaction,
  keys: Keys,
  entities: readonly EntityChange[],
): Promise<void> {
  const gone = entities.filter((entity) => entity.before && !entity.after);
  await inSlices(gone, (slice) =>
    tx.rows(
      `UNWIND $keys AS key MATCH (e:Entity {key: key})
       OPTIONAL MATCH (n:Name)-[:NAMES]->(e) DETACH DELETE n, e`,
      { keys: slice.map((entity) => keys.of(entity.id)) },
    ),
  );
}
