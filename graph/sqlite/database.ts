import Database from 'better-sqlite3';
import { StorageError } from '../errors.ts';
import { migrations } from './migrations.ts';

const BUSY_TIMEOUT_MS = 10_000;
/**
 * The first so many bytes of the file are read from the operating system's own memory: a search reads hundreds of
 * scattered pages, and a call for each costs a third of its time. They count as memory of the process where that is
 * shown, though the system takes them back when it needs them. SQLite's upper limit.
 */
const MAPPED_BYTES = 0x7fff_0000;

/**
 * Opens or makes the database: write-ahead log, commits synced to disk, schema brought up to date.
 * Throws StorageError for a file that is not a database, or one written by a newer Graphblend.
 */
export function openDatabase(path: string, sync: SyncMode = 'every commit'): Database.Database {
  const db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    withRetries(() => db.pragma('journal_mode = WAL'));
    setSync(db, sync);
    db.pragma(`mmap_size = ${MAPPED_BYTES}`);
    db.pragma('foreign_keys = ON');
    migrate(db, path);
    return db;
  } catch (error) {
    db.close();
    throw explainOpenError(error, path);
  }
}

/**
 * `every commit`: an acknowledged commit survives a loss of power. `when asked`: it survives a crash of the
 * process, but a loss of power may take back the last commits, in reverse order, down to the last synced one.
 */
export type SyncMode = 'every commit' | 'when asked';

/** In WAL mode NORMAL leaves commits to the operating system. */
export function setSync(db: Database.Database, sync: SyncMode): void {
  db.pragma(`synchronous = ${sync === 'every commit' ? 'FULL' : 'NORMAL'}`);
}

/** The switch to WAL fails at once, without the busy timeout, while another connection does the same. */
function withRetries(work: () => unknown): void {
  for (let attempt = 1; ; attempt++) {
    try {
      work();
      return;
    } catch (error) {
      if (!hasCode(error, 'SQLITE_BUSY') || attempt === 50) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

function migrate(db: Database.Database, path: string): void {
  refuseNewerSchema(db, path);
  for (let version = 1; version <= migrations.length; version++) {
    db.transaction(() => {
      // Read inside the transaction: another process may have migrated in the meantime.
      if (schemaVersion(db) >= version) return;
      db.exec(migrations[version - 1]!);
      db.pragma(`user_version = ${version}`);
    }).immediate();
  }
}

function refuseNewerSchema(db: Database.Database, path: string): void {
  const found = schemaVersion(db);
  if (found <= migrations.length) return;
  throw new StorageError(
    `The database ${path} has schema version ${found}; this Graphblend knows up to ${migrations.length}.`,
    'Update Graphblend, or point GRAPHBLEND_HOME at another folder.',
  );
}

function schemaVersion(db: Database.Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

function explainOpenError(error: unknown, path: string): unknown {
  if (!hasCode(error, 'SQLITE_NOTADB') && !hasCode(error, 'SQLITE_CORRUPT')) return error;
  return new StorageError(
    `The file ${path} is not a readable SQLite database.`,
    'Move it away, or point GRAPHBLEND_HOME at another folder.',
    error,
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith(code);
}
