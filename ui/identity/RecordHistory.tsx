/** Merges, splits and distinctions, the newest first; each can be taken back once. */
import type { IdentityRecord } from '../../api/contract/index.ts';
import { useIdentityActions, useIdentityRecords } from '../client/identity.ts';
import { problemOf } from '../client/problem.ts';
import { Button } from '../parts/Button.tsx';
import { Empty, Loaded, ProblemNotice } from '../parts/states.tsx';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';
import { EvidenceList } from './SuggestionCard.tsx';

export function RecordHistory() {
  const workspaceId = useWorkspaceId();
  const records = useIdentityRecords(workspaceId);
  const { undo } = useIdentityActions(workspaceId);
  return (
    <Loaded query={records} label="Fetching the decisions">
      {({ data }) => (
        <>
          {data.length === 0 && <Empty title="Nothing has been merged or split yet" />}
          {undo.error && <ProblemNotice problem={problemOf(undo.error)} />}
          <ul className="mt-2 divide-y divide-line">
            {data.map((record) => (
              <li key={record.id} className="flex flex-wrap items-start gap-x-4 gap-y-1 py-2.5">
                <div className="min-w-0 flex-1">
                  <p className={record.undone_at ? 'text-muted line-through' : ''}>
                    {sentenceOf(record)}
                  </p>
                  <p className="text-xs text-muted">
                    {record.by === 'automatic' ? 'Automatic, ' : ''}
                    <time dateTime={record.created_at}>
                      {new Date(record.created_at).toLocaleString()}
                    </time>
                    {record.undone_at && ', undone'}
                  </p>
                  {record.evidence.length > 0 && (
                    <details className="text-sm">
                      <summary className="cursor-pointer text-accent">Why</summary>
                      <EvidenceList evidence={record.evidence} />
                    </details>
                  )}
                </div>
                {record.undo_token !== null && (
                  <Button
                    disabled={undo.isPending}
                    onClick={() => record.undo_token && undo.mutate(record.undo_token)}
                  >
                    Undo
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
    </Loaded>
  );
}

function sentenceOf({ kind, entities }: IdentityRecord): string {
  const [first, ...others] = entities.map((entity) => entity.name);
  if (kind === 'merge') return `${first} is ${others[0]}`;
  if (kind === 'distinct') return `${first} is not ${others[0]}`;
  return `${first} stands for ${others.join(', ')}`;
}
