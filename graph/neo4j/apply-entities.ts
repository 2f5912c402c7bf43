/** Entities as the change left them: made, brought up to date, or gone, with the names they are found by. */
import { entityId } from '../names.ts';
import type { EntityChange } from './change.ts';
import type { Transaction } from './connection.ts';
import type { Keys } from './keys.ts';
import { inSlices } from './slices.ts';
import type { Derived } from './tally.ts';

export interface Target {
  readonly workspaceId: string;
  readonly keys: Keys;
}

/** Name, type and forms, which most changes leave as they are; and the names that a new entity is found by. */
export async function writeLooks(
  tx: Transaction,
  { workspaceId, keys }: Target,
  entities: readonly EntityChange[],
): Promise<void> {
  const changed = entities.filter(
    ({ before, after }) => before && after && !looksSame(before, after),
  );
  await inSlices(changed, (slice) =>
    tx.rows('UNWIND $rows AS row MATCH (e:Entity {key: row.key}) SET e += row.looks', {
      rows: slice.map(({ id, after }) => ({ key: keys.of(id), looks: looks(after!) })),
    }),
  );
  const fresh = entities.filter(({ before, after }) => after && !before);
  await writeNames(tx, keys, [...fresh, ...changed], workspaceId);
}

function looksSame(before: Derived, after: Derived): boolean {
  return JSON.stringify(looks(before)) === JSON.stringify(looks(after));
}

export function looks({ name, type, aliases }: Derived) {
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
