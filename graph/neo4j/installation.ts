/** What tells this graph from another one in the same place, and how it is kept: in which layout, in which databases. */
import { GraphUnavailableError, StorageError } from '../errors.ts';
import type { Neo4jConnection } from './connection.ts';
import { whole } from './connection.ts';
import type { WorkspaceHomes } from './databases.ts';

/** Grows when nodes and relationships come to mean something else (see `schema.ts`). */
const LAYOUT = 3;

export interface Installation {
  /**
   * Another id means that the graph must be written anew: the server is another one, its data is gone, or it was kept
   * otherwise (in an older layout, in other databases), and is removed here. For one store at a time.
   */
  id(): Promise<string>;
  /** Throws GraphUnavailableError while the graph is kept otherwise: what was written now would be removed with it. */
  ready(): Promise<void>;
}

interface Kept {
  readonly id: string;
  readonly layout: number;
  /** As in `WorkspaceHomes`; `unknown`: it was not noted in former versions. */
  readonly kind: string;
}

const KEPT = `i.id AS id, coalesce(i.layout, 1) AS layout, coalesce(i.kind, 'unknown') AS kind`;

export function installationOf(connection: Neo4jConnection, homes: WorkspaceHomes): Installation {
  const { namespace } = connection;
  let isReady = false;
  const isOurs = async ({ layout, kind }: Kept): Promise<boolean> =>
    layout === LAYOUT && kind === (await homes.kind());
  /** As it is, or made now where nothing was ever written. */
  const kept = async (): Promise<Kept> => {
    const parameters = { namespace, layout: whole(LAYOUT), kind: await homes.kind() };
    return connection.write(async (tx) => {
      const [row] = await tx.rows<Kept>(
        `MERGE (i:Installation {namespace: $namespace})
         ON CREATE SET i.id = randomUUID(), i.layout = $layout, i.kind = $kind
         RETURN ${KEPT}`,
        parameters,
      );
      return row!;
    });
  };
  const renewed = async (): Promise<Kept> => {
    await homes.removeAll();
    await connection.run('DROP INDEX graphblend_support IF EXISTS');
    const parameters = { namespace, layout: whole(LAYOUT), kind: await homes.kind() };
    return connection.write(async (tx) => {
      const [row] = await tx.rows<Kept>(
        `MATCH (i:Installation {namespace: $namespace})
         SET i.id = randomUUID(), i.layout = $layout, i.kind = $kind RETURN ${KEPT}`,
        parameters,
      );
      return row!;
    });
  };
  return {
    id: async () => {
      const found = await kept();
      const { id } = (await isOurs(found)) ? found : await renewed();
      isReady = true;
      return `neo4j:${id}`;
    },
    ready: async () => {
      if (isReady) return;
      if (!(await isOurs(await kept()))) throw new GraphUnavailableError(keptOtherwise());
      isReady = true;
    },
  };
}

function keptOtherwise(): StorageError {
  return new StorageError(
    'The graph in Neo4j was written by another version or for other databases; it is being removed, to be written anew.',
    'Nothing to do: what waits goes on by itself.',
  );
}
