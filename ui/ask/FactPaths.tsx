/** The chain of entities and facts that led from the question to its passages. */
import { useId, useState } from 'react';
import { Link } from 'react-router';
import type { Answer, GraphPath, PathStep } from '../../api/contract/index.ts';
import { Button } from '../parts/Button.tsx';
import { chainOf } from './path-chain.ts';
import { PathLink } from './PathLink.tsx';

const firstPaths = 2;

type FactPathsProps = { answer: Answer; onOpen: (step: string) => void };

export function FactPaths({ answer, onOpen }: FactPathsProps) {
  const [all, setAll] = useState(false);
  const id = useId();
  if (answer.paths.length === 0) return null;
  const shown = all ? answer.paths : answer.paths.slice(0, firstPaths);
  const entities = new Set(
    answer.paths.flatMap((path) =>
      path.steps.filter((step) => step.kind === 'entity').map((step) => step.id),
    ),
  );
  return (
    <section aria-labelledby={id}>
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 id={id} className="text-sm font-semibold">
          Fact path
        </h2>
        {entities.size > 0 && (
          <Link
            to={`/w/${answer.workspace_id}/graph?entity=${[...entities].slice(0, 6).map(encodeURIComponent).join(',')}`}
            className="text-sm text-accent hover:underline"
          >
            Show in the graph
          </Link>
        )}
      </div>
      <ul className="mt-2 space-y-2">
        {shown.map((path, index) => (
          <li key={path.steps.map((step) => step.id).join(' ')}>
            <Path
              path={path}
              workspaceId={answer.workspace_id}
              onOpen={(step) => onOpen(`${index}.${step}`)}
            />
          </li>
        ))}
      </ul>
      {!all && answer.paths.length > firstPaths && (
        <Button look="quiet" className="mt-1" onClick={() => setAll(true)}>
          Show {answer.paths.length - firstPaths} more
        </Button>
      )}
    </section>
  );
}

type PathProps = { path: GraphPath; workspaceId: string; onOpen: (step: number) => void };

function Path({ path, workspaceId, onOpen }: PathProps) {
  const told = path.steps.find((step) => step.text);
  const [shown, setShown] = useState<PathStep | null>(null);
  const sentence = (shown ?? told)?.text;
  return (
    <div className="rounded-lg border border-line bg-surface px-3 py-2.5">
      <ol className="flex flex-wrap items-center gap-x-1 gap-y-1.5">
        {chainOf(path.steps).map((link, index) => (
          // The links of one path never change places.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index} className="flex max-w-full min-w-0 items-center">
            <PathLink link={link} workspaceId={workspaceId} onOpen={onOpen} onShow={setShown} />
          </li>
        ))}
      </ol>
      {sentence && (
        <p className="mt-2 font-serif text-[0.9375rem] leading-6 text-muted">{sentence}</p>
      )}
    </div>
  );
}
