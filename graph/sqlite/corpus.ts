import { StorageError } from '../errors.ts';
import { cryptoRandom } from '../random-id.ts';
import type { RandomBytes } from '../random-id.ts';
import type { CorpusStore, Publication } from '../types.ts';
import { answerMethods } from './answers.ts';
import { usedBlobs } from './blobs.ts';
import { chunkMethods } from './chunks.ts';
import type { ChunkVectorStore } from './chunks.ts';
import { openDatabase } from './database.ts';
import { documentMethods } from './documents.ts';
import { dumpWorkspace } from './dump.ts';
import { jobMethods } from './jobs.ts';
import { kvMethods } from './kv-registry.ts';
import { publish } from './publish.ts';
import type { PublishOutcome } from './publish.ts';
import { deleteWorkspace, removeDocument } from './removal.ts';
import { connectSql } from './sql.ts';
import type { Sql } from './sql.ts';
import { workspaceMethods } from './workspaces.ts';

/** The corpus store with what only the SQLite one can do. */
export interface SqliteCorpusStore extends CorpusStore, ChunkVectorStore {
  publish(publication: Publication, runToken: string): PublishOutcome;
  /** Hashes of all original bytes that some document needs: what a clean-up of blobs must keep. */
  blobHashes(): string[];
  /** Several calls as one transaction, e.g. `putDocument` and `createJob`. `work` must be synchronous. */
  atomically<T>(work: () => T): T;
}

export interface CorpusOptions {
  /** Milliseconds since 1970; default `Date.now`. */
  readonly clock?: () => number;
  readonly random?: RandomBytes;
}

export function openCorpus(path: string, options: CorpusOptions = {}): SqliteCorpusStore {
  return corpusStore(connectSql(openDatabase(path)), options);
}

export function corpusStore(sql: Sql, options: CorpusOptions = {}): SqliteCorpusStore {
  const { clock = Date.now, random = cryptoRandom } = options;
  const context = { sql, random, now: () => new Date(clock()).toISOString() };
  return {
    ...workspaceMethods(context),
    ...documentMethods(context),
    ...chunkMethods(context),
    ...kvMethods(context),
    ...jobMethods(context),
    ...answerMethods(context),
    publish: (publication, runToken) => publish(context, publication, runToken),
    removeDocument: (workspaceId, id, runToken) => removeDocument(context, workspaceId, id, runToken),
    deleteWorkspace: (id) => deleteWorkspace(context, id),
    blobHashes: () => usedBlobs(sql),
    atomically: (work) => sql.write(work),
    probe: () => probe(sql, clock),
    dump: (workspaceId) => dumpWorkspace(sql, workspaceId),
    close: () => void sql.db.close(),
  };
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
    throw new StorageError('A row read back differs from the one written.', 'Check the disk of GRAPHBLEND_HOME.');
  }
}
