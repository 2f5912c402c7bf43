/** One server per home: two would run the same jobs and tear down each other's files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ConfigError } from './config.ts';

/** A server that is just ending may still hold the lock: this long a start waits for it. */
const WAIT_MS = 1000;

/**
 * Holds an exclusive SQLite transaction until the returned function is called. The kernel frees it when
 * the process ends, however it ends; a file with a pid alone would outlive a crash.
 * @throws ConfigError that names the home and the pid of the process that has it
 */
export function lockHome(home: string): () => void {
  const pidFile = join(home, 'lock.pid');
  const db = new Database(join(home, 'lock.db'), { timeout: WAIT_MS });
  try {
    db.exec('BEGIN EXCLUSIVE');
    writeFileSync(pidFile, String(process.pid));
  } catch (error) {
    db.close();
    if (isBusy(error)) throw inUse(home, pidIn(pidFile));
    throw error;
  }
  return () => db.close();
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
}

/** For the message only: the lock itself is the kernel's. */
function pidIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim() || 'unknown';
  } catch {
    return 'unknown';
  }
}

function inUse(home: string, pid: string): ConfigError {
  return new ConfigError(`The home ${home} is in use by another Graphblend server (pid ${pid})`, {
    fix: 'Stop the other server, or set GRAPHBLEND_HOME to another folder.',
  });
}
