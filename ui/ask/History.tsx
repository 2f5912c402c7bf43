/** Earlier questions of the workspace, newest first. */
import { NavLink } from 'react-router';
import type { Answer } from '../../api/contract/index.ts';
import { useHistory } from '../client/answers.ts';
import { problemOf } from '../client/problem.ts';
import { Button } from '../parts/Button.tsx';
import { formatDate, formatMs } from '../parts/format.ts';
import { ProblemNotice } from '../parts/states.tsx';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';

export function History() {
  const history = useHistory(useWorkspaceId());
  const answers = history.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <section aria-label="Earlier questions">
      <h2 className="px-2 text-xs font-semibold text-muted">Earlier questions</h2>
      {history.isPending && <p className="px-2 py-2 text-sm text-muted">Loading…</p>}
      {history.error && (
        <ProblemNotice problem={problemOf(history.error)} onRetry={() => void history.refetch()} />
      )}
      {history.data && answers.length === 0 && (
        <p className="px-2 py-2 text-sm text-muted">
          None yet. Answers are kept here with their sources.
        </p>
      )}
      <ul className="mt-1">
        {answers.map((answer) => (
          <li key={answer.id}>
            <Entry answer={answer} />
          </li>
        ))}
      </ul>
      {history.hasNextPage && (
        <Button
          look="quiet"
          disabled={history.isFetchingNextPage}
          onClick={() => void history.fetchNextPage()}
        >
          Show more
        </Button>
      )}
    </section>
  );
}

function Entry({ answer }: { answer: Answer }) {
  return (
    <NavLink
      to={`/w/${answer.workspace_id}/ask/${answer.id}`}
      className="block rounded-md px-2 py-1.5 text-sm hover:bg-sunken aria-[current=page]:bg-accent-soft"
    >
      <span className="line-clamp-2 break-words">{answer.question}</span>
      <span className="block text-xs text-muted tabular-nums">{describe(answer)}</span>
    </NavLink>
  );
}

function describe(answer: Answer): string {
  const parts = [formatDate(answer.created_at), answer.mode];
  if (answer.status === 'completed' && answer.timings_ms)
    parts.push(formatMs(answer.timings_ms.first_token));
  else if (answer.status !== 'completed') parts.push(answer.status.replace('_', ' '));
  return parts.join(' · ');
}
