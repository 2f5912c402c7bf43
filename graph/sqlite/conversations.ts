import type { Conversation, ConversationStore, ConversationTurn } from '../conversations/types.ts';
import { NotFoundError } from '../errors.ts';
import { randomId } from '../random-id.ts';
import type { RandomBytes } from '../random-id.ts';
import { cutPage, newestFirstCursor, pageLimit } from './paging.ts';
import type { Sql } from './sql.ts';

export interface ConversationContext {
  readonly sql: Sql;
  readonly random: RandomBytes;
  /** Present time as ISO 8601. */
  readonly now: () => string;
}

interface TurnRow {
  readonly answer_id: string;
  readonly tokenizer: string | null;
  readonly token_ids: Uint8Array | null;
}

const COLUMNS = `c.id, c.workspace_id AS workspaceId, c.title, c.created_at AS createdAt, c.updated_at AS updatedAt,
  (SELECT COUNT(*) FROM conversation_turns t WHERE t.conversation_id = c.id) AS turns`;

export function sqliteConversationStore({
  sql,
  random,
  now,
}: ConversationContext): ConversationStore {
  const conversation = (id: string): Conversation | undefined =>
    sql.get<Conversation>(`SELECT ${COLUMNS} FROM conversations c WHERE c.id = ?`, [id]);
  return {
    conversation,

    create: (workspaceId, title) =>
      sql.write(() => {
        if (sql.column('SELECT 1 FROM workspaces WHERE id = ?', [workspaceId]).length === 0) {
          throw new NotFoundError('workspace', workspaceId);
        }
        const [id, time] = [randomId('conv_', random), now()];
        sql.run(
          'INSERT INTO conversations (id, workspace_id, title, created_at, updated_at) VALUES (?, ?, ?, ?, ?)',
          [id, workspaceId, title, time, time],
        );
        return conversation(id)!;
      }),

    conversations: (workspaceId, page) => {
      const limit = pageLimit(page);
      const rows = sql.all<Conversation>(
        `SELECT ${COLUMNS} FROM conversations c WHERE c.workspace_id = ? AND c.n < ? ORDER BY c.n DESC LIMIT ?`,
        [workspaceId, newestFirstCursor(sql, 'conversations', page.after), limit + 1],
      );
      return cutPage(rows, limit);
    },

    delete: (id) => void sql.run('DELETE FROM conversations WHERE id = ?', [id]),

    turns: (id) =>
      sql
        .all<TurnRow>(
          'SELECT answer_id, tokenizer, token_ids FROM conversation_turns WHERE conversation_id = ? ORDER BY turn',
          [id],
        )
        .map(turnOf),

    append: (id, { answerId, said }) =>
      sql.write(() => {
        const { changes } = sql.run(
          `INSERT INTO conversation_turns (conversation_id, turn, answer_id, tokenizer, token_ids)
           SELECT c.id, (SELECT COALESCE(MAX(turn), 0) + 1 FROM conversation_turns WHERE conversation_id = c.id),
             a.id, ?, ?
           FROM conversations c JOIN answers a ON a.workspace_id = c.workspace_id
           WHERE c.id = ? AND a.id = ?`,
          [said?.tokenizer ?? null, said ? littleEndian(said.ids) : null, id, answerId],
        );
        if (changes === 0) return undefined;
        sql.run('UPDATE conversations SET updated_at = ? WHERE id = ?', [now(), id]);
        return conversation(id)!.turns;
      }),
  };
}

function turnOf({ answer_id: answerId, tokenizer, token_ids: bytes }: TurnRow): ConversationTurn {
  if (tokenizer === null || bytes === null) return { answerId };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ids = Int32Array.from({ length: bytes.byteLength / 4 }, (_, i) =>
    view.getInt32(4 * i, true),
  );
  return { answerId, said: { tokenizer, ids } };
}

function littleEndian(ids: Int32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * ids.length));
  ids.forEach((id, i) => view.setInt32(4 * i, id, true));
  return new Uint8Array(view.buffer);
}
