import type { Entity, Fact } from '../types.ts';
import type { Transaction } from './connection.ts';
import type { Keys } from './keys.ts';
import { entitiesByIds, factRowsOfEntities } from './read.ts';
import { withSupport } from './records.ts';
import type { FactRow } from './records.ts';

/** Facts read for one step; more than this is reported as truncated. */
const FACTS_PER_STEP = 5_000;

export interface Neighbourhood {
  entities: Entity[];
  facts: Fact[];
  truncated: boolean;
}

/** As in SQLite: breadth-first, the most confident facts first, `limit` for entities and for facts each. */
export async function neighbourhood(
  tx: Transaction,
  keys: Keys,
  seeds: readonly string[],
  { depth, limit }: { depth: number; limit: number },
): Promise<Neighbourhood> {
  const known = (await entitiesByIds(tx, keys, seeds)).map((entity) => entity.id);
  const reached = new Set(known.slice(0, limit));
  const facts = new Map<string, FactRow>();
  let truncated = known.length > limit;
  let frontier = [...reached];
  for (let step = 0; step < depth && frontier.length > 0; step++) {
    const found = await factRowsOfEntities(tx, keys, frontier, FACTS_PER_STEP + 1);
    if (found.length > FACTS_PER_STEP) truncated = true;
    frontier = [];
    for (const fact of found.slice(0, FACTS_PER_STEP)) {
      for (const key of [fact.subject, fact.object]) {
        const id = keys.idOf(key);
        if (reached.has(id) || reached.size >= limit) continue;
        reached.add(id);
        frontier.push(id);
      }
      const bothEndsIn = [fact.subject, fact.object].every((key) => reached.has(keys.idOf(key)));
      const isNew = !facts.has(fact.key);
      if (bothEndsIn && isNew && facts.size < limit) facts.set(fact.key, fact);
      else if (isNew) truncated = true;
    }
  }
  return {
    entities: await entitiesByIds(tx, keys, reached),
    facts: await withSupport(tx, keys, [...facts.values()]),
    truncated,
  };
}
