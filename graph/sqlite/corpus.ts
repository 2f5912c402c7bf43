import { StorageError } from '../errors.ts';
import { cryptoRandom } from '../random-id.ts';
import type { RandomBytes } from '../random-id.ts';
import type { CorpusStore } from '../types.ts';
import { answerMethods } from './answers.ts';
import { usedBlobs } from './blobs.ts';
import { chunkMethods } from './chunks.ts';
import { openDatabase } from './database.ts';
import { documentMethods } from './documents.ts';
import { dumpWorkspace } from './dump.ts';
import { jobMethods } from './jobs.ts';
import { kvMethods } from './kv-registry.ts';
import { publish } from './publish.ts';
import { deleteWorkspace, removeDocument } from './removal.ts';
import { connectSql } from './sql.ts';
import type { Sql } from './sql.ts';
import { workspaceMethods } from './workspaces.ts';

export interface SqliteCorpusStore extends CorpusStore {
  /** What is wrong with the file, in SQLite's words; empty if nothing is. Reads the whole file. */
  check(): string[];
}

export interface CorpusOptions {
  /** Milliseconds since 1970; default `Date.now`. */
  readonly clock?: () => number;
  readonly random?: RandomBytes;
  /** Fingerprint of the embedder whose vectors `chunkVectors` gives; `undefined`: anybody's. */
  readonly embedder?: () => string | undefined;
}

export function openCorpus(path: string, options: CorpusOptions = {}): SqliteCorpusStore {
  return corpusStore(connectSql(openDatabase(path)), options);
}

export function corpusStore(sql: Sql, options: CorpusOptions = {}): SqliteCorpusStore {
  const { clock = Date.now, random = cryptoRandom, embedder = () => undefined } = options;
  const context = { sql, random, embedder, now: () => new Date(clock()).toISOString() };
  return {
    ...workspaceMethods(context),
    ...documentMethods(context),
    ...chunkMethods(context),
    ...kvMethods(context),
    ...jobMethods(context),
    ...answerMethods(context),
    publish: (publication, runToken) => publish(context, publication, runToken),
    removeDocument: (workspaceId, id, runToken) =>
      removeDocument(context, workspaceId, id, runToken),
    deleteWorkspace: (id) => deleteWorkspace(context, id),
    blobHashes: () => usedBlobs(sql),
    atomically: (work) => sql.writeSynced(work),
    sync: () => syncAll(sql, clock),
    check: () => checkDatabase(sql),
    probe: () => probe(sql, clock),
    dump: (workspaceId) => dumpWorkspace(sql, workspaceId),
    close: () => void sql.db.close(),
  };
}

function checkDatabase(sql: Sql): string[] {
  const pages = sql.db.pragma('quick_check') as { quick_check: string }[];
  const references = sql.db.pragma('foreign_key_check') as { table: string; parent: string }[];
  return [
    ...pages.map((row) => row.quick_check).filter((finding) => finding !== 'ok'),
    ...references.map(
      (row) => `a row of ${row.table} refers to a row of ${row.parent} that is not there`,
    ),
  ];
}

/** Any synced commit takes those before it along. */
function syncAll(sql: Sql, clock: () => number): void {
  sql.writeSynced(() =>
    sql.run(
      `INSERT INTO meta (key, value) VALUES ('synced', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
      [String(clock())],
    ),
  );
}

function probe(sql: Sql, clock: () => number): void {
  const written = String(clock());
  const read = sql.write(() => {
    sql.run(
      `INSERT INTO meta (key, value) VALUES ('probe', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
      [written],
    );
    return sql.column<string>(`SELECT value FROM meta WHERE key = 'probe'`)[0];
  });
  if (read !== written) {
    throw new StorageError(
      'A row read back differs from the one written.',
      'Check the disk of GRAPHBLEND_HOME.',
    );
  }
}
