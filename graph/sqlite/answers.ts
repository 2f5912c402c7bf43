import type { AnswerRecord, CorpusStore } from '../types.ts';
import type { CorpusContext } from './context.ts';
import { cutPage, newestFirstCursor, pageLimit } from './paging.ts';

const COLUMNS = 'id, workspace_id AS workspaceId, question, body, created_at AS createdAt';

type AnswerMethods = Pick<CorpusStore, 'putAnswer' | 'answer' | 'answers'>;

export function answerMethods({ sql }: CorpusContext): AnswerMethods {
  return {
    putAnswer: ({ id, workspaceId, question, body, createdAt }) => {
      sql.run(
        `INSERT INTO answers (id, workspace_id, question, body, created_at)
         VALUES (@id, @workspaceId, @question, @body, @createdAt)
         ON CONFLICT (id) DO UPDATE SET body = excluded.body WHERE answers.workspace_id = excluded.workspace_id`,
        { id, workspaceId, question, body, createdAt },
      );
    },

    answer: (id) => sql.get<AnswerRecord>(`SELECT ${COLUMNS} FROM answers WHERE id = ?`, [id]),

    answers: (workspaceId, page) => {
      const limit = pageLimit(page);
      const rows = sql.all<AnswerRecord>(
        `SELECT ${COLUMNS} FROM answers WHERE workspace_id = ? AND n < ? ORDER BY n DESC LIMIT ?`,
        [workspaceId, newestFirstCursor(sql, 'answers', page.after), limit + 1],
      );
      return cutPage(rows, limit);
    },
  };
}
