import type { Entity, Fact } from '../types.ts';
import { entitiesByIds, factsByNumbers } from './graph-read.ts';
import { WORKSPACE } from './graph-keys.ts';
import { jsonList } from './sql.ts';
import type { Sql } from './sql.ts';

/** Facts read for one step; more than this is reported as truncated. */
const FACTS_PER_STEP = 5_000;

export interface Neighbourhood {
  entities: Entity[];
  facts: Fact[];
  truncated: boolean;
}

/** Row numbers only: names and support are read once it is known which facts are wanted. */
interface Step {
  readonly n: number;
  readonly subject: number;
  readonly object: number;
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
  const known = seedNumbers(sql, workspaceId, seeds);
  const reached = new Set(known.slice(0, limit));
  const facts = new Set<number>();
  let truncated = known.length > limit;
  let frontier = [...reached];
  for (let step = 0; step < depth && frontier.length > 0; step++) {
    const found = sql.all<Step>(STEPS, { frontier: jsonList(frontier), limit: FACTS_PER_STEP + 1 });
    if (found.length > FACTS_PER_STEP) truncated = true;
    frontier = [];
    for (const { n, subject, object } of found.slice(0, FACTS_PER_STEP)) {
      for (const entity of [subject, object]) {
        if (reached.has(entity) || reached.size >= limit) continue;
        reached.add(entity);
        frontier.push(entity);
      }
      const bothEndsIn = reached.has(subject) && reached.has(object);
      if (facts.has(n)) continue;
      if (bothEndsIn && facts.size < limit) facts.add(n);
      else truncated = true;
    }
  }
  const ids = sql.column<string>(
    'SELECT id FROM entities WHERE n IN (SELECT value FROM json_each(?))',
    [jsonList(reached)],
  );
  return {
    entities: entitiesByIds(sql, workspaceId, ids),
    facts: factsByNumbers(sql, [...facts]),
    truncated,
  };
}

/** The most mentioned first. */
function seedNumbers(sql: Sql, workspaceId: string, ids: readonly string[]): number[] {
  return sql.column<number>(
    `SELECT e.n FROM json_each(@ids) wanted CROSS JOIN entities e ON e.id = wanted.value
     WHERE +e.workspace = ${WORKSPACE} ORDER BY e.mention_count DESC, e.id`,
    { workspaceId, ids: jsonList(new Set(ids)) },
  );
}

const STEPS = `SELECT f.n, f.subject, f.object FROM facts f WHERE f.n IN (
    SELECT b.n FROM json_each(@frontier) wanted CROSS JOIN facts b ON b.subject = wanted.value
    UNION SELECT b.n FROM json_each(@frontier) wanted CROSS JOIN facts b ON b.object = wanted.value)
  ORDER BY f.confidence DESC, f.id LIMIT @limit`;
