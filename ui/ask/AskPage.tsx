/** Before a question: what this workspace can be asked. */
import { ArrowRight } from 'lucide-react';
import { Link } from 'react-router';
import type { Workspace } from '../../api/contract/index.ts';
import { useWorkspace } from '../client/workspaces.ts';
import { plural } from '../parts/format.ts';
import { Empty, Loaded, Loading, ProblemNotice } from '../parts/states.tsx';
import { useTitle } from '../shell/use-title.ts';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';
import { History } from './History.tsx';
import { chosenMode } from './modes.ts';
import { QuestionBox } from './QuestionBox.tsx';
import { useAsk } from './use-ask.ts';

export function AskPage() {
  const workspace = useWorkspace(useWorkspaceId());
  const { ask, again, stop, pending, problem } = useAsk();
  useTitle('Ask');
  return (
    <div className="mx-auto max-w-[46rem] px-4 py-6 lg:pt-[11vh]">
      <Loaded query={workspace} label="Opening the workspace">
        {(data) => (
          <>
            <h1 className="text-2xl font-semibold tracking-tight text-balance">Ask {data.name}</h1>
            <p className="mt-1 mb-5 text-muted tabular-nums">{describe(data)}</p>
            <QuestionBox
              autoFocus
              running={pending}
              placeholder="Ask a question"
              onAsk={ask}
              onStop={stop}
            />
            {pending && <Loading label="Sending the question" />}
            {problem && (
              <div className="mt-4">
                <ProblemNotice problem={problem} onRetry={again} />
              </div>
            )}
            <Samples workspace={data} onAsk={(question) => ask({ question, mode: chosenMode() })} />
          </>
        )}
      </Loaded>
      <div className="-mx-2 mt-8 lg:hidden">
        <History />
      </div>
    </div>
  );
}

function describe({ counts }: Workspace): string {
  const documents = plural(counts.documents, 'document');
  const ready = `${counts.kv_chunks} of ${plural(counts.chunks, 'chunk')} ready in the cache`;
  return `${documents}, ${plural(counts.facts, 'fact')}, ${ready}`;
}

function Samples({
  workspace,
  onAsk,
}: {
  workspace: Workspace;
  onAsk: (question: string) => void;
}) {
  if (workspace.counts.documents === 0) {
    return (
      <div className="mt-6">
        <Empty title="This workspace has no documents yet">
          <Link to={`/w/${workspace.id}/documents`} className="text-accent underline">
            Add documents
          </Link>
          , and questions about them can be answered here.
        </Empty>
      </div>
    );
  }
  if (workspace.sample_questions.length === 0) return null;
  return (
    <section aria-labelledby="samples" className="mt-7">
      <h2 id="samples" className="text-sm font-semibold text-muted">
        Questions these documents can answer
      </h2>
      <ul className="mt-2 divide-y divide-line border-y border-line">
        {workspace.sample_questions.slice(0, 3).map((question) => (
          <li key={question}>
            <button
              type="button"
              onClick={() => onAsk(question)}
              className="group flex w-full items-center gap-3 px-2 py-3 text-left text-read leading-6 hover:bg-surface"
            >
              <span className="min-w-0 flex-1 break-words text-pretty">{question}</span>
              <ArrowRight aria-hidden size={16} className="text-muted group-hover:text-accent" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
