/** Names that may mean the same, and what has been decided about names so far. */
import { useState } from 'react';
import { Link } from 'react-router';
import { useMergeSuggestions } from '../client/identity.ts';
import { Button } from '../parts/Button.tsx';
import { Empty, Loaded } from '../parts/states.tsx';
import { useTitle } from '../shell/use-title.ts';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';
import { RecordHistory } from './RecordHistory.tsx';
import { SuggestionCard } from './SuggestionCard.tsx';

export default function IdentityPage() {
  useTitle('Names');
  const workspaceId = useWorkspaceId();
  const [embeddings, setEmbeddings] = useState(false);
  const suggestions = useMergeSuggestions(workspaceId, embeddings);
  return (
    <div className="mx-auto max-w-4xl px-4 py-5">
      <p className="text-sm">
        <Link className="text-accent hover:underline" to={`/w/${workspaceId}/graph`}>
          Graph
        </Link>
      </p>
      <h1 className="text-2xl font-semibold tracking-tight">Names</h1>
      <p className="mt-1 max-w-prose text-muted">
        Names that may mean the same thing. A merge changes no document and can be undone at any
        time.
      </p>
      <section aria-label="Suggested merges" className="mt-5">
        <Loaded query={suggestions} label="Comparing names">
          {({ data, complete }) => (
            <>
              {data.length === 0 && <Empty title="No two names look like one thing" />}
              <ul className="grid gap-3">
                {data.map((suggestion) => (
                  <li key={`${suggestion.from.id} ${suggestion.into.id}`}>
                    <SuggestionCard suggestion={suggestion} />
                  </li>
                ))}
              </ul>
              {!complete && (
                <p className="mt-2 text-sm text-muted">
                  There are more pairs than were looked at. Decide on these, and others follow.
                </p>
              )}
            </>
          )}
        </Loaded>
        {!embeddings && (
          <Button className="mt-3" onClick={() => setEmbeddings(true)}>
            Also compare meanings
          </Button>
        )}
      </section>
      <h2 className="mt-8 text-read font-semibold">Decisions</h2>
      <RecordHistory />
    </div>
  );
}
