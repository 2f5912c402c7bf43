/**
 * The table behind the SQLite queue and every statement on it. A row is a job that waits, runs or waits for its
 * next attempt; a finished job has no row. A running job carries the token of its lease, and whoever ends it
 * must show that token: a worker that lost its lease changes nothing (fencing).
 */

import Database from 'better-sqlite3';
import type { QueueCounts } from './types.ts';
import { MAX_BACKOFF_MS } from './policy.ts';
import type { Lease } from './silence.ts';

export interface Claim {
  readonly jobId: string;
  readonly token: string;
  readonly deliveries: number;
  readonly failures: number;
}

interface ClaimRow {
  readonly seq: number;
  readonly id: string;
  readonly deliveries: number;
  readonly failures: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS queue_jobs (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT, -- order of arrival
    id         TEXT NOT NULL UNIQUE,
    priority   INTEGER NOT NULL,
    due_ms     INTEGER NOT NULL DEFAULT 0,        -- wall clock of the next attempt; 0 = now
    deliveries INTEGER NOT NULL DEFAULT 0,
    failures   INTEGER NOT NULL DEFAULT 0,        -- deliveries that ended in RetryableError
    token      TEXT,                              -- of the lease; NULL = nobody runs it
    owner      TEXT,
    beat       INTEGER NOT NULL DEFAULT 0         -- raised by each renewal
  );
  CREATE INDEX IF NOT EXISTS queue_jobs_turn ON queue_jobs (priority, seq);
  CREATE INDEX IF NOT EXISTS queue_jobs_leased ON queue_jobs (token) WHERE token IS NOT NULL;
`;

/** A due time beyond the longest backoff can only come from a clock that jumped back since: it counts as due. */
const DUE = `(due_ms <= @now OR due_ms > @now + ${MAX_BACKOFF_MS})`;

function open(path: string): Database.Database {
  const db = new Database(path);
  db.pragma('busy_timeout = 5000');
  db.pragma('journal_mode = WAL');
  // A loss of power may take back the last entries: jobs are recorded elsewhere, and the next start queues
  // again what is not done.
  db.pragma('synchronous = NORMAL');
  db.exec(SCHEMA);
  return db;
}

function prepare(db: Database.Database) {
  return {
    add: db.prepare(
      'INSERT INTO queue_jobs (id, priority) VALUES (?, ?) ON CONFLICT (id) DO NOTHING',
    ),
    leases: db.prepare<[], Lease>(
      'SELECT token, owner, beat FROM queue_jobs WHERE token IS NOT NULL',
    ),
    anyDue: db.prepare<[{ now: number }], { found: 1 }>(
      `SELECT 1 AS found FROM queue_jobs WHERE token IS NULL AND ${DUE} LIMIT 1`,
    ),
    next: db.prepare<[{ now: number; abandoned: string }], ClaimRow>(
      `SELECT seq, id, deliveries, failures FROM queue_jobs
       WHERE (token IS NULL AND ${DUE})
          OR (token IS NOT NULL AND token || '#' || beat IN (SELECT value FROM json_each(@abandoned)))
       ORDER BY priority, seq LIMIT 1`,
    ),
    lease: db.prepare(
      'UPDATE queue_jobs SET token = ?, owner = ?, beat = 0, deliveries = deliveries + 1 WHERE seq = ?',
    ),
    renew: db.prepare('UPDATE queue_jobs SET beat = beat + 1 WHERE token = ?'),
    finish: db.prepare('DELETE FROM queue_jobs WHERE token = ?'),
    release: db.prepare('UPDATE queue_jobs SET token = NULL, owner = NULL WHERE token = ?'),
    postpone: db.prepare(
      `UPDATE queue_jobs SET token = NULL, owner = NULL, failures = failures + 1, due_ms = ?
       WHERE token = ?`,
    ),
    remove: db.prepare('DELETE FROM queue_jobs WHERE id = ? AND token IS NULL'),
    position: db.prepare<[{ id: string; now: number }], { ahead: number }>(
      `SELECT (SELECT count(*) FROM queue_jobs
               WHERE token IS NULL AND ${DUE} AND (priority, seq) < (job.priority, job.seq)) AS ahead
       FROM queue_jobs job WHERE id = @id AND token IS NULL AND ${DUE}`,
    ),
    counts: db.prepare<[{ now: number }], QueueCounts>(
      `SELECT count(*) FILTER (WHERE token IS NULL AND ${DUE}) AS waiting,
              count(*) FILTER (WHERE token IS NOT NULL) AS active,
              count(*) FILTER (WHERE token IS NULL AND NOT ${DUE}) AS delayed
       FROM queue_jobs`,
    ),
  };
}

/** Synchronous, like better-sqlite3. Methods that take a token return false when the lease is lost. */
export class JobTable {
  private readonly db: Database.Database;
  private readonly sql: ReturnType<typeof prepare>;

  constructor(path: string) {
    this.db = open(path);
    this.sql = prepare(this.db);
  }

  add(jobId: string, priority: number): void {
    this.sql.add.run(jobId, priority);
  }

  leases(): Lease[] {
    return this.sql.leases.all();
  }

  /**
   * Leases the next job that is due or whose lease is among `abandoned` beats (see SilenceWatch). An idle poll
   * costs one read: the write lock is taken only when there is something to claim.
   */
  claim(
    lease: { token: string; owner: string },
    nowMs: number,
    abandoned: readonly string[],
  ): Claim | undefined {
    if (abandoned.length === 0 && !this.sql.anyDue.get({ now: nowMs })) return undefined;
    return this.db
      .transaction((): Claim | undefined => {
        const row = this.sql.next.get({ now: nowMs, abandoned: JSON.stringify(abandoned) });
        if (!row) return undefined;
        this.sql.lease.run(lease.token, lease.owner, row.seq);
        return {
          jobId: row.id,
          token: lease.token,
          deliveries: row.deliveries + 1,
          failures: row.failures,
        };
      })
      .immediate();
  }

  renew(token: string): boolean {
    return this.sql.renew.run(token).changes > 0;
  }

  /** The job is over, well or for good. */
  finish(token: string): boolean {
    return this.sql.finish.run(token).changes > 0;
  }

  /** Back into its old place, to be delivered again at once. */
  release(token: string): boolean {
    return this.sql.release.run(token).changes > 0;
  }

  postpone(token: string, dueMs: number): boolean {
    return this.sql.postpone.run(dueMs, token).changes > 0;
  }

  remove(jobId: string): boolean {
    return this.sql.remove.run(jobId).changes > 0;
  }

  position(jobId: string, nowMs: number): number | undefined {
    return this.sql.position.get({ id: jobId, now: nowMs })?.ahead;
  }

  counts(nowMs: number): QueueCounts {
    return this.sql.counts.get({ now: nowMs }) ?? { waiting: 0, active: 0, delayed: 0 };
  }

  close(): void {
    this.db.close();
  }
}
