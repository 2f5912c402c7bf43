import type { Neo4jConnection } from './connection.ts';
import { whole } from './connection.ts';
import type { Keys } from './keys.ts';

/**
 * Each is repeated until it finds nothing: one transaction for all would not fit the server's memory. May be
 * broken off and repeated; the workspace's own node goes last.
 */
const STEPS: readonly string[] = [
  `MATCH (:Document {tenant: $start})-[:HAS]->(c:Chunk) WITH c LIMIT 500 DETACH DELETE c
   RETURN count(*) AS gone`,
  'MATCH (d:Document {tenant: $start}) WITH d LIMIT $most DELETE d RETURN count(*) AS gone',
  `MATCH ()-[f:FACT]->() WHERE f.rank > $start AND f.rank < $end WITH f LIMIT $most DELETE f
   RETURN count(*) AS gone`,
  `MATCH (e:Entity) WHERE e.rank > $start AND e.rank < $end WITH e LIMIT $most
   OPTIONAL MATCH (n:Name)-[:NAMES]->(e) DETACH DELETE n, e RETURN count(*) AS gone`,
  'MATCH (w:Workspace {key: $start}) WITH w LIMIT $most DELETE w RETURN count(*) AS gone',
];
const MOST_ROWS = 10_000;

export async function removeGraphOfWorkspace(
  connection: Neo4jConnection,
  keys: Keys,
): Promise<void> {
  const parameters = { start: keys.tenant, end: keys.rankEnd, most: whole(MOST_ROWS) };
  for (const step of STEPS) {
    const once = () =>
      connection.write(async (tx) => (await tx.rows<{ gone: number }>(step, parameters))[0]!.gone);
    while ((await once()) > 0);
  }
}
