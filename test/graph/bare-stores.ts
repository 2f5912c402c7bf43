/** The SQLite graph without identity records around it, and the records beside it. */
import { join } from 'node:path';
import { cryptoRandom } from '../../graph/index.ts';
import type { GraphStore, IdentityStore } from '../../graph/index.ts';
import { openDatabase } from '../../graph/sqlite/database.ts';
import { sqliteGraphStore } from '../../graph/sqlite/graph-store.ts';
import { sqliteIdentityStore } from '../../graph/sqlite/identity-store.ts';
import { connectSql } from '../../graph/sqlite/sql.ts';

export interface OpenedBare {
  readonly graph: GraphStore;
  readonly identity: IdentityStore;
  readonly close: () => void;
}

export function openBareStores(home: string): OpenedBare {
  const sql = connectSql(openDatabase(join(home, 'graphblend.db')));
  const now = () => '2026-01-01T00:00:00.000Z';
  return {
    graph: sqliteGraphStore(sql),
    identity: sqliteIdentityStore({ sql, random: cryptoRandom, now }),
    close: () => void sql.db.close(),
  };
}
