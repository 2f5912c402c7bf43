import type { Neo4jConnection } from './connection.ts';
import { whole } from './connection.ts';
import type { Keys } from './keys.ts';

/**
 * Each is repeated until it finds nothing: one transaction for all would not fit the server's memory. May be
 * broken off and repeated; the workspace's own node goes last. A document goes when its chunks have: a writer may have
 * brought new ones.
 */
const STEPS: readonly string[] = [
  `MATCH (:Document {tenant: $tenant})-[:HAS]->(c:Chunk) WITH c LIMIT 500 DETACH DELETE c
   RETURN count(*) AS gone`,
  `MATCH (d:Document {tenant: $tenant}) WHERE NOT EXISTS { (d)-[:HAS]->() }
   WITH d LIMIT $most DETACH DELETE d RETURN count(*) AS gone`,
  `MATCH ()-[f:FACT]->() WHERE f.rank > $start AND f.rank < $end WITH f LIMIT $most DELETE f
   RETURN count(*) AS gone`,
  `MATCH (e:Entity) WHERE e.rank > $start AND e.rank < $end WITH e LIMIT $most
   OPTIONAL MATCH (n:Name)-[:NAMES]->(e) DETACH DELETE n, e RETURN count(*) AS gone`,
  `MATCH (w:Workspace {key: $tenant}) WHERE NOT EXISTS { (:Document {tenant: $tenant}) }
   WITH w LIMIT $most DELETE w RETURN count(*) AS gone`,
];
/** Writers of the workspace wait meanwhile, and the step sees all or nothing of what they write. */
const LOCK = 'MATCH (w:Workspace {key: $tenant}) SET w.key = w.key';
const MOST_ROWS = 10_000;

/** All steps again until none finds anything: a writer may have come between two of them. */
export async function removeGraphOfWorkspace(
  connection: Neo4jConnection,
  keys: Keys,
): Promise<void> {
  const { tenant, rankStart: start, rankEnd: end } = keys;
  const parameters = { tenant, start, end, most: whole(MOST_ROWS) };
  const once = (step: string): Promise<number> =>
    connection.write(async (tx) => {
      await tx.rows(LOCK, parameters);
      return (await tx.rows<{ gone: number }>(step, parameters))[0]!.gone;
    });
  for (let left = 1; left > 0;) {
    left = 0;
    for (const step of STEPS) for (let gone = 1; gone > 0; left += gone) gone = await once(step);
  }
}
