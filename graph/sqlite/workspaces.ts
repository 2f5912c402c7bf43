import { NotFoundError } from '../errors.ts';
import { randomId } from '../random-id.ts';
import type { CorpusStore, Workspace, WorkspaceSettings } from '../types.ts';
import { parseJson } from './codec.ts';
import type { CorpusContext } from './context.ts';
import { createLexicalTable } from './lexical-table.ts';
import { cutPage, oldestFirstCursor, pageLimit } from './paging.ts';
import type { Sql } from './sql.ts';

const DEFAULT_SETTINGS: WorkspaceSettings = { chunkTokens: 256, mergeCertain: false };

interface WorkspaceRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly settings: string;
  readonly salt: string;
  readonly created_at: string;
  readonly updated_at: string;
}

type WorkspaceMethods = Pick<
  CorpusStore,
  'createWorkspace' | 'workspace' | 'workspaces' | 'updateWorkspace'
>;

export function workspaceMethods({ sql, random, now }: CorpusContext): WorkspaceMethods {
  const workspace = (id: string): Workspace | undefined => {
    const row = sql.get<WorkspaceRow>('SELECT * FROM workspaces WHERE id = ?', [id]);
    return row && workspaceOf(row);
  };
  return {
    workspace,

    createWorkspace: ({ name, description = '', settings }) =>
      sql.write(() => {
        const id = randomId('ws_', random);
        const time = now();
        const { lastInsertRowid } = sql.run(
          `INSERT INTO workspaces (id, name, description, settings, salt, created_at, updated_at)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
          [id, name, description, settingsText(settings), saltFrom(random(32)), time, time],
        );
        createLexicalTable(sql, Number(lastInsertRowid));
        return workspace(id)!;
      }),

    workspaces: (page) => {
      const limit = pageLimit(page);
      const rows = sql.all<WorkspaceRow>(
        'SELECT * FROM workspaces WHERE n > ? ORDER BY n LIMIT ?',
        [oldestFirstCursor(sql, 'workspaces', page.after), limit + 1],
      );
      return cutPage(rows.map(workspaceOf), limit);
    },

    updateWorkspace: (id, patch) =>
      sql.write(() => {
        const old = workspace(id);
        if (!old) throw new NotFoundError('workspace', id);
        sql.run(
          'UPDATE workspaces SET name = ?, description = ?, settings = ?, updated_at = ? WHERE id = ?',
          [
            patch.name ?? old.name,
            patch.description ?? old.description,
            settingsText({ ...old.settings, ...patch.settings }),
            now(),
            id,
          ],
        );
        return workspace(id)!;
      }),
  };
}

/** Throws NotFoundError if there is no such workspace. */
export function workspaceNumber(sql: Sql, id: string): number {
  const n = findWorkspaceNumber(sql, id);
  if (n === undefined) throw new NotFoundError('workspace', id);
  return n;
}

export function findWorkspaceNumber(sql: Sql, id: string): number | undefined {
  return sql.column<number>('SELECT n FROM workspaces WHERE id = ?', [id])[0];
}

function settingsText(settings: Partial<WorkspaceSettings> | undefined): string {
  return JSON.stringify({ ...DEFAULT_SETTINGS, ...settings });
}

function saltFrom(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function workspaceOf(row: WorkspaceRow): Workspace {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    settings: { ...DEFAULT_SETTINGS, ...parseJson<Partial<WorkspaceSettings>>(row.settings) },
    salt: row.salt,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
