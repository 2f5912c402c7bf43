/**
 * Where the graph of a workspace lies: in the database of the connection with all others, kept apart by keys, or in a
 * database of its own where the server can have several, which Community edition cannot.
 */
import { createHash } from 'node:crypto';
import type { Neo4jConnection } from './connection.ts';
import { keysOf } from './keys.ts';
import { removeGraphOfWorkspace } from './remove-workspace.ts';

export interface WorkspaceHomes {
  /** A workspace that was never written is read from the shared database, where nothing of it is found. */
  forReading(workspaceId: string): Promise<Neo4jConnection>;
  /** Makes the database if it is missing. */
  forWriting(workspaceId: string): Promise<Neo4jConnection>;
  remove(workspaceId: string): Promise<void>;
  /** All that this installation wrote, wherever: the choice may have been another one before. */
  removeAll(): Promise<void>;
  /** Another one means that graphs lie elsewhere. */
  kind(): Promise<'shared' | 'databases'>;
}

interface HomesOptions {
  /** Default: as the connection was configured and the server's edition allows. */
  readonly separate?: boolean;
  /** Default: `databaseName`. */
  readonly nameOf?: (workspaceId: string) => string;
}

export function workspaceHomes(
  connection: Neo4jConnection,
  { separate, nameOf = (id) => databaseName(connection.namespace, id) }: HomesOptions = {},
): WorkspaceHomes {
  const shared = sharedHomes(connection);
  const apart = separateHomes(connection, nameOf);
  let chosen: Promise<WorkspaceHomes> | undefined;
  const homes = (): Promise<WorkspaceHomes> =>
    (chosen ??= choose().catch((error: unknown) => {
      chosen = undefined; // the server was away: it is asked again
      throw error;
    }));
  const choose = async () => {
    const wanted = separate ?? connection.databasePerWorkspace;
    return wanted && (separate ?? (await hasDatabases(connection))) ? apart : shared;
  };
  return {
    forReading: async (id) => (await homes()).forReading(id),
    forWriting: async (id) => (await homes()).forWriting(id),
    remove: async (id) => (await homes()).remove(id),
    removeAll: async () => {
      await shared.removeAll();
      if (await hasDatabases(connection)) await apart.removeAll();
    },
    kind: async () => (await homes()).kind(),
  };
}

/** Whether the server can have several databases. */
export async function hasDatabases(connection: Neo4jConnection): Promise<boolean> {
  const rows = await connection.administer<{ edition: string }>(
    'CALL dbms.components() YIELD edition RETURN edition',
  );
  return rows.some(({ edition }) => edition === 'enterprise');
}

/** Lower-case letters, digits and dashes, at most 63: what Neo4j allows, whatever the workspace is called. */
export function databaseName(namespace: string, workspaceId: string): string {
  return `${databasePrefix(namespace)}${digest(['database', namespace, workspaceId], 24)}`;
}

function databasePrefix(namespace: string): string {
  return `graphblend-${digest(['databases', namespace], 8)}-`;
}

function digest(fields: readonly string[], length: number): string {
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex').slice(0, length);
}

function sharedHomes(connection: Neo4jConnection): WorkspaceHomes {
  const { namespace } = connection;
  const remove = (id: string) => removeGraphOfWorkspace(connection, keysOf(namespace, id));
  return {
    forReading: async () => connection,
    forWriting: async () => connection,
    remove,
    removeAll: async () => {
      const all = await connection.read((tx) =>
        tx.rows<{ id: string; key: string }>('MATCH (w:Workspace) RETURN w.id AS id, w.key AS key'),
      );
      // Others belong to other installations.
      const own = all.filter(({ id, key }) => keysOf(namespace, id).tenant === key);
      for (const { id } of own) await remove(id);
    },
    kind: async () => 'shared',
  };
}

/** A name is a parameter, never part of a statement. */
const STATEMENTS = {
  list: 'SHOW DATABASES YIELD name RETURN DISTINCT name',
  create: 'CREATE DATABASE $name IF NOT EXISTS WAIT',
  drop: 'DROP DATABASE $name IF EXISTS WAIT',
} as const;

function separateHomes(
  connection: Neo4jConnection,
  nameOf: (workspaceId: string) => string,
): WorkspaceHomes {
  const opened = new Map<string, Neo4jConnection>();
  const names = async (): Promise<string[]> =>
    (await connection.administer<{ name: string }>(STATEMENTS.list)).map(({ name }) => name);
  const open = (name: string): Neo4jConnection => {
    const database = opened.get(name) ?? connection.database(name);
    opened.set(name, database);
    return database;
  };
  const drop = async (name: string): Promise<void> => {
    await connection.administer(STATEMENTS.drop, { name });
    opened.delete(name);
  };
  return {
    forReading: async (id) => {
      const name = nameOf(id);
      return opened.has(name) || (await names()).includes(name) ? open(name) : connection;
    },
    forWriting: async (id) => {
      const name = nameOf(id);
      const isThere = opened.has(name) || (await names()).includes(name);
      if (!isThere) await connection.administer(STATEMENTS.create, { name });
      return open(name);
    },
    remove: (id) => drop(nameOf(id)),
    removeAll: async () => {
      const prefix = databasePrefix(connection.namespace);
      for (const name of await names()) if (name.startsWith(prefix)) await drop(name);
    },
    kind: async () => 'databases',
  };
}
