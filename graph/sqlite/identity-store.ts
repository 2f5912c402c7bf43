import { ConflictError, NotFoundError } from '../errors.ts';
import { normalizeName } from '../normalize-name.ts';
import { randomId } from '../random-id.ts';
import type { RandomBytes } from '../random-id.ts';
import type {
  Evidence,
  IdentityDecision,
  IdentityRecord,
  IdentityStore,
  NewIdentityRecord,
} from '../identity/types.ts';
import { parseJson } from './codec.ts';
import { cutPage, pageLimit } from './paging.ts';
import { orUndefined } from './sql.ts';
import type { Sql } from './sql.ts';

interface RecordRow {
  readonly n: number;
  readonly id: string;
  readonly workspace_id: string;
  readonly decision: string;
  readonly made_by: IdentityRecord['by'];
  readonly evidence: string;
  readonly undo_token: string;
  readonly created_at: string;
  readonly undone_at: string | null;
  readonly revision: number;
}

interface IdentityContext {
  readonly sql: Sql;
  readonly random: RandomBytes;
  /** Present time as ISO 8601. */
  readonly now: () => string;
}

/** Identity records beside the documents, so that a backup of the file holds both. */
export function sqliteIdentityStore({ sql, random, now }: IdentityContext): IdentityStore {
  return {
    revision: (workspaceId) => revisionOf(sql, workspaceId),
    standing: (workspaceId) =>
      select(sql, 'workspace_id = ? AND undone_at IS NULL ORDER BY n', [workspaceId]),
    history: (workspaceId, page) => {
      const limit = pageLimit(page);
      const before = page.after === undefined ? Number.MAX_SAFE_INTEGER : rowOf(sql, page.after);
      const rows = select(sql, 'workspace_id = ? AND n < ? ORDER BY n DESC LIMIT ?', [
        workspaceId,
        before,
        limit + 1,
      ]);
      return cutPage(rows, limit);
    },
    record: (workspaceId, id) => select(sql, 'workspace_id = ? AND id = ?', [workspaceId, id])[0],
    add: (record) => sql.write(() => insert(sql, record, random, now())),
    undo: (workspaceId, undoToken) => sql.write(() => undo(sql, workspaceId, undoToken, now())),
    unapplied: () => select(sql, 'revision <> applied_revision ORDER BY n', []),
    markApplied: ({ id, revision }) =>
      void sql.run(
        'UPDATE identity_records SET applied_revision = revision WHERE id = ? AND revision = ?',
        [id, revision],
      ),
  };
}

function select(sql: Sql, where: string, values: readonly (string | number)[]): IdentityRecord[] {
  return sql.all<RecordRow>(`SELECT * FROM identity_records WHERE ${where}`, values).map((row) => ({
    id: row.id,
    workspaceId: row.workspace_id,
    decision: parseJson<IdentityDecision>(row.decision),
    by: row.made_by,
    evidence: parseJson<Evidence[]>(row.evidence),
    undoToken: row.undo_token,
    createdAt: row.created_at,
    undoneAt: orUndefined(row.undone_at),
    revision: row.revision,
  }));
}

function revisionOf(sql: Sql, workspaceId: string): number {
  return sql.column<number>(
    'SELECT coalesce(max(revision), 0) FROM identity_records WHERE workspace_id = ?',
    [workspaceId],
  )[0]!;
}

function insert(
  sql: Sql,
  { workspaceId, decision, by, evidence }: NewIdentityRecord,
  random: RandomBytes,
  time: string,
): IdentityRecord {
  const id = randomId('idr_', random);
  sql.run(
    `INSERT INTO identity_records (id, workspace_id, decision, made_by, evidence, undo_token, created_at, revision)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      id,
      workspaceId,
      JSON.stringify(decision),
      by,
      JSON.stringify(evidence),
      randomId('undo_', random),
      time,
      revisionOf(sql, workspaceId) + 1,
    ],
  );
  noteAlias(sql, workspaceId, decision);
  return select(sql, 'id = ?', [id])[0]!;
}

/** What was merged into something else is a name for it, wherever a text has it, as a title is: see `TitleStore`. */
function noteAlias(sql: Sql, workspaceId: string, decision: IdentityDecision): void {
  if (decision.kind !== 'merge') return;
  sql.run('INSERT OR REPLACE INTO title_changes (workspace_id, title) VALUES (?, ?)', [
    workspaceId,
    normalizeName(decision.from.name),
  ]);
}

function undo(sql: Sql, workspaceId: string, undoToken: string, time: string): IdentityRecord {
  const found = select(sql, 'workspace_id = ? AND undo_token = ?', [workspaceId, undoToken])[0];
  if (!found) throw new NotFoundError('undo token', undoToken);
  if (found.undoneAt !== undefined) {
    throw new ConflictError(
      `This decision was taken back already, at ${found.undoneAt}.`,
      'Merge or split again if it should stand after all.',
    );
  }
  sql.run('UPDATE identity_records SET undone_at = ?, revision = ? WHERE id = ?', [
    time,
    revisionOf(sql, workspaceId) + 1,
    found.id,
  ]);
  noteAlias(sql, workspaceId, found.decision);
  return select(sql, 'id = ?', [found.id])[0]!;
}

function rowOf(sql: Sql, id: string): number {
  const n = sql.column<number>('SELECT n FROM identity_records WHERE id = ?', [id])[0];
  if (n === undefined) throw new NotFoundError('page cursor', id);
  return n;
}
