import type { Entity, Fact } from '../types.ts';
import { entitiesByIds, factsOfEntities } from './graph-read.ts';
import type { Sql } from './sql.ts';

/** Facts read for one step; more than this is reported as truncated. */
const FACTS_PER_STEP = 5_000;

export interface Neighbourhood {
  entities: Entity[];
  facts: Fact[];
  truncated: boolean;
}

/**
 * Breadth-first from `seeds`, along facts in both directions, the most confident first. `limit` bounds
 * the entities and, apart from them, the facts. A fact is in if both its ends are, and one of them lies
 * nearer than `depth`.
 */
export function neighbourhood(
  sql: Sql,
  workspaceId: string,
  seeds: readonly string[],
  { depth, limit }: { depth: number; limit: number },
): Neighbourhood {
  const known = entitiesByIds(sql, workspaceId, seeds).map((entity) => entity.id);
  const reached = new Set(known.slice(0, limit));
  const facts = new Map<string, Fact>();
  let truncated = known.length > limit;
  let frontier = [...reached];
  for (let step = 0; step < depth && frontier.length > 0; step++) {
    const found = factsOfEntities(sql, workspaceId, frontier, FACTS_PER_STEP + 1);
    if (found.length > FACTS_PER_STEP) truncated = true;
    frontier = [];
    for (const fact of found.slice(0, FACTS_PER_STEP)) {
      for (const { id } of [fact.subject, fact.object]) {
        if (reached.has(id) || reached.size >= limit) continue;
        reached.add(id);
        frontier.push(id);
      }
      const bothEndsIn = reached.has(fact.subject.id) && reached.has(fact.object.id);
      const isNew = !facts.has(fact.id);
      if (bothEndsIn && isNew && facts.size < limit) facts.set(fact.id, fact);
      else if (isNew) truncated = true;
    }
  }
  return {
    entities: entitiesByIds(sql, workspaceId, reached),
    facts: [...facts.values()],
    truncated,
  };
}
