/** What tells this graph from another one in the same place, and in which layout it is kept. */
import type { Neo4jConnection } from './connection.ts';
import { whole } from './connection.ts';
import type { WorkspaceHomes } from './databases.ts';

/** Grows when nodes and relationships come to mean something else (see `schema.ts`). */
const LAYOUT = 3;

/**
 * Another id means that the graph must be written anew: the server is another one, its data is gone, or it was kept in
 * an older layout, which is then removed here.
 */
export async function installationId(
  connection: Neo4jConnection,
  homes: WorkspaceHomes,
): Promise<string> {
  const { namespace } = connection;
  const parameters = { namespace, layout: whole(LAYOUT) };
  const found = await connection.read((tx) =>
    tx.rows<{ id: string; layout: number }>(
      `MATCH (i:Installation {namespace: $namespace}) RETURN i.id AS id, coalesce(i.layout, 1) AS layout`,
      { namespace },
    ),
  );
  if (found[0] && found[0].layout < LAYOUT) {
    await homes.removeAll();
    await connection.run('DROP INDEX graphblend_support IF EXISTS');
  }
  const id = await connection.write(async (tx) => {
    const [row] = await tx.rows<{ id: string }>(
      `MERGE (i:Installation {namespace: $namespace})
       SET i.id = CASE i.layout WHEN $layout THEN i.id ELSE randomUUID() END, i.layout = $layout
       RETURN i.id AS id`,
      parameters,
    );
    return row!.id;
  });
  return (await homes.kind()) === 'shared' ? `neo4j:${id}` : `neo4j:${id}:databases`;
}
