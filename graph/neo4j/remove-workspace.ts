import type { Neo4jConnection } from './connection.ts';
import { whole } from './connection.ts';
import type { Keys } from './keys.ts';

/**
 * Each is repeated until it finds nothing: one transaction for all would not fit the server's memory. May be
 * broken off and repeated; the workspace's own node goes last.
 */
const STEPS: readonly string[] = [
  `MATCH (:Document {tenant: $tenant})-[:HAS]->(c:Chunk) WITH c LIMIT 500 DETACH DELETE c
   RETURN count(*) AS gone`,
  'MATCH (d:Document {tenant: $tenant}) WITH d LIMIT $most DELETE d RETURN count(*) AS gone',
  `MATCH ()-[f:FACT]->() WHERE f.rank > $start AND f.rank < $end WITH f LIMIT $most DELETE f
   RETURN count(*) AS gone`,
  `MATCH (e:Entity) WHERE e.rank > $start AND e.rank < $end WITH e LIMIT $most
   OPTIONAL MATCH (n:Name)-[:NAMES]->(e) DETACH DELETE n, e RETURN count(*) AS gone`,
  'MATCH (w:Workspace {key: $tenant}) WITH w LIMIT $most DELETE w RETURN count(*) AS gone',
];
const MOST_ROWS = 10_000;

export async function removeGraphOfWorkspace(
  connection: Neo4jConnection,
  keys: Keys,
): Promise<void> {
  const { tenant, rankStart: start, rankEnd: end } = keys;
  const parameters = { tenant, start, end, most: whole(MOST_ROWS) };
  for (const step of STEPS) {
    const once = () =>
      connection.write(async (tx) => (await tx.rows<{ gone: number }>(step, parameters))[0]!.gone);
    while ((await once()) > 0);
  }
}
