import { NotFoundError, StaleRunError } from '../errors.ts';
import { randomId } from '../random-id.ts';
import type { CorpusStore, JobKind, JobProgress, JobRecord, JobState } from '../types.ts';
import { parseJson } from './codec.ts';
import type { CorpusContext } from './context.ts';
import { errorOf, errorText } from './documents.ts';
import { cutPage, newestFirstCursor, pageLimit } from './paging.ts';
import { jsonList, orUndefined } from './sql.ts';
import type { Sql } from './sql.ts';

interface JobRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly kind: JobKind;
  readonly document_id: string;
  readonly document_name: string;
  readonly version: number;
  readonly state: JobState;
  readonly progress: string;
  readonly attempts: number;
  readonly run: number;
  readonly run_token: string | null;
  readonly cancel_requested: number;
  readonly error: string | null;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

const NOT_STARTED = JSON.stringify({ stage: 'queued', done: 0, total: 0 } satisfies JobProgress);

type JobMethods = Pick<
  CorpusStore,
  | 'createJob'
  | 'job'
  | 'jobs'
  | 'beginJob'
  | 'updateJob'
  | 'finishJob'
  | 'requestCancel'
  | 'reopenJob'
  | 'unfinishedJobs'
>;

export function jobMethods({ sql, random, now }: CorpusContext): JobMethods {
  return {
    createJob: (input) =>
      sql.write(() => {
        const id = randomId('job_', random);
        sql.run(
          `INSERT INTO jobs (id, workspace_id, kind, document_id, document_name, version, state, progress, created_at)
           VALUES (@id, @workspaceId, @kind, @documentId, @documentName, @version, 'enqueued', @progress, @time)`,
          { ...input, id, progress: NOT_STARTED, time: now() },
        );
        sql.run('UPDATE documents SET job_id = ? WHERE id = ?', [id, input.documentId]);
        return jobOf(requireJob(sql, id));
      }),

    job: (id) => {
      const row = jobRow(sql, id);
      return row && jobOf(row);
    },

    jobs: (filter, page) => {
      const limit = pageLimit(page);
      const rows = sql.all<JobRow>(
        `SELECT * FROM jobs WHERE ${jobConditions(filter).join(' AND ')} ORDER BY n DESC LIMIT @limit`,
        {
          cursor: newestFirstCursor(sql, 'jobs', page.after),
          limit: limit + 1,
          ...(filter.workspaceId !== undefined && { workspaceId: filter.workspaceId }),
          ...(filter.documentId !== undefined && { documentId: filter.documentId }),
          ...(filter.states && { states: jsonList(filter.states) }),
        },
      );
      return cutPage(rows.map(jobOf), limit);
    },

    beginJob: (id) =>
      sql.write(() => {
        if (hasEnded(requireJob(sql, id).state)) return undefined;
        const runToken = randomId('run_', random);
        sql.run(
          `UPDATE jobs SET state = 'processing', run = run + 1, run_token = ?, attempts = attempts + 1,
             started_at = coalesce(started_at, ?) WHERE id = ?`,
          [runToken, now(), id],
        );
        return { job: jobOf(requireJob(sql, id)), runToken };
      }),

    updateJob: (id, runToken, progress) =>
      sql.write(() => {
        requireRun(sql, runToken, { id });
        const { stage, done, total } = progress;
        sql.run('UPDATE jobs SET progress = ? WHERE id = ?', [
          JSON.stringify({ stage, done, total }),
          id,
        ]);
        return jobOf(requireJob(sql, id));
      }),

    // Synced: what is told to be done stays done, and with it all that the job wrote.
    finishJob: (id, runToken, state, error) =>
      sql.writeSynced(() => {
        requireRun(sql, runToken, { id });
        sql.run(
          'UPDATE jobs SET state = ?, error = ?, run_token = NULL, finished_at = ? WHERE id = ?',
          [state, errorText(error), now(), id],
        );
        return jobOf(requireJob(sql, id));
      }),

    requestCancel: (id) =>
      sql.write(() => {
        const { state } = requireJob(sql, id);
        if (state === 'enqueued') {
          sql.run(
            `UPDATE jobs SET state = 'canceled', cancel_requested = 1, finished_at = ? WHERE id = ?`,
            [now(), id],
          );
        }
        if (state === 'processing')
          sql.run('UPDATE jobs SET cancel_requested = 1 WHERE id = ?', [id]);
        return jobOf(requireJob(sql, id));
      }),

    reopenJob: (id) =>
      sql.write(() => {
        requireJob(sql, id);
        sql.run(
          `UPDATE jobs SET state = 'enqueued', progress = ?, attempts = 0, cancel_requested = 0, error = NULL,
             started_at = NULL, finished_at = NULL WHERE id = ? AND state IN ('failed', 'canceled')`,
          [NOT_STARTED, id],
        );
        return jobOf(requireJob(sql, id));
      }),

    unfinishedJobs: () =>
      sql
        .all<JobRow>(`SELECT * FROM jobs WHERE state IN ('enqueued', 'processing') ORDER BY n`)
        .map(jobOf),
  };
}

/**
 * The job whose present run holds `runToken`. Call it inside the transaction that writes the run's work.
 * Throws StaleRunError if another run has begun, the job has ended, or it is about something else.
 */
export function requireRun(
  sql: Sql,
  runToken: string,
  expected: { id?: string; documentId?: string },
): JobRow {
  const job = sql.get<JobRow>(`SELECT * FROM jobs WHERE run_token = ? AND state = 'processing'`, [
    runToken,
  ]);
  if (!job) throw new StaleRunError('Another run of this job has begun, or the job has ended.');
  if (expected.id !== undefined && job.id !== expected.id) {
    throw new StaleRunError(`The run belongs to job ${job.id}, not to ${expected.id}.`);
  }
  if (expected.documentId !== undefined && job.document_id !== expected.documentId) {
    throw new StaleRunError(
      `The run works on document ${job.document_id}, not on ${expected.documentId}.`,
    );
  }
  return job;
}

/** Fixed fragments, only those asked for, so that SQLite can use its indices. */
function jobConditions({
  workspaceId,
  documentId,
  states,
}: Parameters<CorpusStore['jobs']>[0]): string[] {
  const conditions = ['n < @cursor'];
  if (workspaceId !== undefined) conditions.push('workspace_id = @workspaceId');
  if (documentId !== undefined) conditions.push('document_id = @documentId');
  if (states) conditions.push('state IN (SELECT value FROM json_each(@states))');
  return conditions;
}

function hasEnded(state: JobState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'canceled';
}

function jobRow(sql: Sql, id: string): JobRow | undefined {
  return sql.get<JobRow>('SELECT * FROM jobs WHERE id = ?', [id]);
}

function requireJob(sql: Sql, id: string): JobRow {
  const row = jobRow(sql, id);
  if (!row) throw new NotFoundError('job', id);
  return row;
}

function jobOf(row: JobRow): JobRecord {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    kind: row.kind,
    documentId: row.document_id,
    documentName: row.document_name,
    version: row.version,
    state: row.state,
    progress: parseJson<JobProgress>(row.progress),
    attempts: row.attempts,
    cancelRequested: row.cancel_requested === 1,
    error: errorOf(row.error),
    createdAt: row.created_at,
    startedAt: orUndefined(row.started_at),
    finishedAt: orUndefined(row.finished_at),
  };
}
