/** The chain of entities and facts that led from the question to its passages. */
import { useId, useState } from 'react';
import { Link } from 'react-router';
import type { Answer, GraphPath, PathStep } from '../../api/contract/index.ts';
import { Button } from '../parts/Button.tsx';

const firstPaths = 2;

type FactPathsProps = { answer: Answer; onOpen: (step: string) => void };

export function FactPaths({ answer, onOpen }: FactPathsProps) {
  const [all, setAll] = useState(false);
  const id = useId();
  if (answer.paths.length === 0) return null;
  const shown = all ? answer.paths : answer.paths.slice(0, firstPaths);
  const entities = new Set(answer.paths.flatMap((path) => path.steps.filter((step) => step.kind === 'entity').map((step) => step.id)));
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
            <Path path={path} workspaceId={answer.workspace_id} onOpen={(step) => onOpen(`${index}.${step}`)} />
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
  const told = path.steps.filter((step) => step.text);
  const [shown, setShown] = useState<PathStep | null>(null);
  const sentence = (shown ?? told[0])?.text;
  return (
    <div className="rounded-lg border border-line bg-surface px-3 py-2.5">
      <ol className="flex flex-wrap items-center gap-x-1 gap-y-1.5">
        {path.steps.map((step, index) => (
          <li key={`${step.kind} ${step.id}`} className="flex max-w-full items-center">
            <Step
              step={step}
              before={path.steps[index - 1]}
              workspaceId={workspaceId}
              onOpen={() => onOpen(index)}
              onShow={setShown}
            />
          </li>
        ))}
      </ol>
      {sentence && <p className="mt-2 font-serif text-[0.9375rem] leading-6 text-muted">{sentence}</p>}
    </div>
  );
}

type StepProps = {
  step: PathStep;
  before: PathStep | undefined;
  workspaceId: string;
  onOpen: () => void;
  onShow: (step: PathStep) => void;
};

function Step({ step, before, workspaceId, onOpen, onShow }: StepProps) {
  if (step.kind === 'entity') {
    return (
      <Link
        to={`/w/${workspaceId}/graph?entity=${encodeURIComponent(step.id)}`}
        className="truncate rounded-full border border-line-strong px-2.5 py-0.5 text-sm font-semibold hover:bg-sunken"
      >
        {step.label}
      </Link>
    );
  }
  const show = () => step.text && onShow(step);
  return (
    <button
      type="button"
      disabled={!step.document_id}
      onClick={onOpen}
      onMouseEnter={show}
      onFocus={show}
      aria-label={step.text ? `${step.label}. ${step.text} Open the source.` : `${step.label}. Open the source.`}
      className="group flex min-h-7 max-w-full min-w-0 items-center text-sm"
    >
      {step.kind === 'fact' ? <Relation step={step} before={before} /> : <Place step={step} />}
    </button>
  );
}

function Place({ step }: { step: PathStep }) {
  return (
    <>
      <span className="text-muted">in</span>
      <span className="truncate px-1.5 group-hover:underline">{step.document_title || step.label}</span>
    </>
  );
}

/** The relation on an arrow that points from its subject to its object, whichever was met first. */
function Relation({ step, before }: { step: PathStep; before: PathStep | undefined }) {
  const parts = step.label.split(' - ');
  const [, relation, object] = parts.length === 3 ? parts : [null, step.label, null];
  const backwards = before !== undefined && before.label === object;
  return (
    <>
      {backwards ? <Arrow className="rotate-180" /> : <span aria-hidden className="h-px w-3 shrink-0 bg-line-strong" />}
      <span className="truncate px-1.5 text-accent group-hover:underline">{relation}</span>
      {backwards ? <span aria-hidden className="h-px w-3 shrink-0 bg-line-strong" /> : <Arrow className="" />}
    </>
  );
}

function Arrow({ className }: { className: string }) {
  return (
    <svg aria-hidden width="16" height="8" viewBox="0 0 16 8" className={`shrink-0 text-line-strong ${className}`}>
      <path d="M0 4h13M10 1l4 3-4 3" fill="none" stroke="currentColor" strokeWidth="1.3" />
    </svg>
  );
}
