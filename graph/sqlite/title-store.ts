import type { IdentityStore } from '../identity/types.ts';
import { normalizeName } from '../normalize-name.ts';
import type { TitleChange, TitleStore } from '../titles/types.ts';
import { phraseQuery } from './lexical-text.ts';
import { lexicalTable } from './lexical-table.ts';
import type { Sql } from './sql.ts';
import { findWorkspaceNumber } from './workspaces.ts';

/** Names that were merged into others, as they are compared. */
function aliasesOf(identity: IdentityStore, workspaceId: string): Set<string> {
  const names = identity
    .standing(workspaceId)
    .flatMap(({ decision }) => (decision.kind === 'merge' ? [decision.from.name] : []));
  return new Set(names.map(normalizeName));
}

interface Row {
  readonly seq: number;
  readonly title: string;
  readonly stands: number;
}

const CHANGE = `SELECT t.seq, t.title, EXISTS (SELECT 1 FROM documents d INDEXED BY documents_by_title
  WHERE d.workspace_id = t.workspace_id AND d.normalized_title = t.title AND d.published_version > 0) AS stands
  FROM title_changes t`;

export function sqliteTitleStore(sql: Sql, identity: IdentityStore): TitleStore {
  const changes = (
    text: string,
    parameters: readonly [workspaceId: string, ...(string | number)[]],
  ): TitleChange[] => {
    const aliases = aliasesOf(identity, parameters[0]);
    return sql.all<Row>(`${CHANGE} ${text}`, parameters).map(({ seq, title, stands }) => ({
      seq,
      title,
      stands: stands === 1 || aliases.has(title),
    }));
  };
  return {
    changesSince: (workspaceId, seq, limit) =>
      changes('WHERE t.workspace_id = ? AND t.seq > ? ORDER BY t.seq LIMIT ?', [
        workspaceId,
        seq,
        limit,
      ]),

    pending: (workspaceId, limit) =>
      changes('WHERE t.workspace_id = ? AND NOT t.settled ORDER BY t.seq LIMIT ?', [
        workspaceId,
        limit,
      ]),

    workspacesPending: () =>
      sql.column<string>(
        `SELECT DISTINCT t.workspace_id FROM title_changes t JOIN workspaces w ON w.id = t.workspace_id
         WHERE NOT t.settled`,
      ),

    settle: ({ seq }) => {
      sql.run('UPDATE title_changes SET settled = 1 WHERE seq = ?', [seq]);
    },

    documentsTitled: (workspaceId, title) =>
      sql.column<string>(
        `SELECT d.id FROM documents d INDEXED BY documents_by_title
         WHERE d.workspace_id = ? AND d.normalized_title = ? AND d.published_version > 0`,
        [workspaceId, title],
      ),

    documentsNaming: (workspaceId, title) => {
      const expression = phraseQuery(title);
      const n = findWorkspaceNumber(sql, workspaceId);
      if (expression === undefined || n === undefined) return [];
      const table = lexicalTable(n);
      return sql.column<string>(
        `SELECT DISTINCT c.document_id FROM ${table} CROSS JOIN chunks c ON c.n = ${table}.rowid
         WHERE ${table} MATCH ?`,
        [expression],
      );
    },
  };
}
