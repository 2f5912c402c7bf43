/** The questions of a conversation so far, in order; the one that is shown is marked. */
import { NavLink } from 'react-router';
import type { Answer } from '../../api/contract/index.ts';
import { useConversation } from '../client/conversations.ts';

export function ConversationTurns({ answer }: { answer: Answer }) {
  const { data } = useConversation(answer.conversation_id, `${answer.id} ${answer.status}`);
  if (!data || data.answers.length < 2) return null;
  return (
    <nav aria-label="Questions of this conversation" className="mt-4">
      <h2 className="px-2 text-xs font-semibold text-muted">This conversation</h2>
      <ol className="mt-1 border-l-2 border-line">
        {data.answers.map((turn, i) => (
          <li key={turn.id}>
            <NavLink
              to={`/w/${turn.workspace_id}/ask/${turn.id}`}
              className="flex gap-2 rounded-r-md px-2 py-1 text-sm hover:bg-sunken aria-[current=page]:bg-accent-soft"
            >
              <span className="text-muted tabular-nums">{i + 1}</span>
              <span className="line-clamp-1 min-w-0 break-words">{turn.question}</span>
            </NavLink>
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** Whether the next question goes on from this answer. */
export function FollowSwitch({ on, onChange }: { on: boolean; onChange: (on: boolean) => void }) {
  return (
    <label className="mt-2 flex min-h-6 items-center gap-2 px-2 text-sm">
      <input
        type="checkbox"
        checked={on}
        onChange={(event) => onChange(event.target.checked)}
        className="size-4 accent-accent"
      />
      Follow-up to this answer
      <span className="text-xs text-muted">what was read for it is not read again</span>
    </label>
  );
}
