/** What tells this graph from another one in the same place, and in which layout it is kept. */
import type { Neo4jConnection } from './connection.ts';
import { whole } from './connection.ts';
import { keysOf } from './keys.ts';
import { removeGraphOfWorkspace } from './remove-workspace.ts';

/** Grows when nodes and relationships come to mean something else (see `schema.ts`). */
const LAYOUT = 2;

/**
 * Another id means that the graph must be written anew: the server is another one, its data is gone, or it was kept in
 * an older layout, which is then removed here.
 */
export async function installationId(connection: Neo4jConnection): Promise<string> {
  const { namespace } = connection;
  const parameters = { namespace, layout: whole(LAYOUT) };
  const found = await connection.read((tx) =>
    tx.rows<{ id: string; layout: number }>(
      `MATCH (i:Installation {namespace: $namespace}) RETURN i.id AS id, coalesce(i.layout, 1) AS layout`,
      { namespace },
    ),
  );
  if (found[0] && found[0].layout < LAYOUT) await removeAll(connection);
  const id = await connection.write(async (tx) => {
    const [row] = await tx.rows<{ id: string }>(
      `MERGE (i:Installation {namespace: $namespace})
       SET i.id = CASE i.layout WHEN $layout THEN i.id ELSE randomUUID() END, i.layout = $layout
       RETURN i.id AS id`,
      parameters,
    );
    return row!.id;
  });
  return `neo4j:${id}`;
}

async function removeAll(connection: Neo4jConnection): Promise<void> {
  const all = await connection.read((tx) =>
    tx.rows<{ id: string; key: string }>('MATCH (w:Workspace) RETURN w.id AS id, w.key AS key'),
  );
  for (const { id, key } of all) {
    const keys = keysOf(connection.namespace, id);
    // Others belong to other installations.
    if (keys.tenant === key) await removeGraphOfWorkspace(connection, keys);
  }
  await connection.run('DROP INDEX graphblend_support IF EXISTS');
}
