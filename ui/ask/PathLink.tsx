/** One link of a drawn fact path: an entity, the relation on an arrow, or the document it ends in. */
import { Link as RouterLink } from 'react-router';
import type { PathStep } from '../../api/contract/index.ts';
import type { Link } from './path-chain.ts';

type PathLinkProps = {
  link: Link;
  workspaceId: string;
  onOpen: (step: number) => void;
  onShow: (step: PathStep) => void;
};

export function PathLink({ link, workspaceId, onOpen, onShow }: PathLinkProps) {
  if (link.kind === 'gap') return <span className="px-1 text-muted">and</span>;
  if (link.kind === 'entity') return <Entity link={link} workspaceId={workspaceId} />;
  const { step, at } = link;
  const show = () => step.text && onShow(step);
  return (
    <button
      type="button"
      disabled={!step.document_id}
      onClick={() => onOpen(at)}
      onMouseEnter={show}
      onFocus={show}
      aria-label={`${step.label}. ${step.text ?? ''} Open the source.`}
      className="group flex min-h-7 max-w-full min-w-0 items-center text-sm"
    >
      {link.kind === 'fact' ? <Relation link={link} /> : <Place step={step} />}
    </button>
  );
}

const pill = 'min-w-0 truncate rounded-full border px-2.5 py-0.5 text-sm';

type EntityProps = { link: Extract<Link, { kind: 'entity' }>; workspaceId: string };

function Entity({ link, workspaceId }: EntityProps) {
  if (!link.step) return <span className={`${pill} border-line`}>{link.label}</span>;
  return (
    <RouterLink
      to={`/w/${workspaceId}/graph?entity=${encodeURIComponent(link.step.id)}`}
      className={`${pill} border-line-strong font-semibold hover:bg-sunken`}
    >
      {link.label}
    </RouterLink>
  );
}

function Place({ step }: { step: PathStep }) {
  return (
    <>
      <span className="text-muted">in</span>
      <span className="truncate px-1.5 group-hover:underline">
        {step.document_title || step.label}
      </span>
    </>
  );
}

/** The arrow points from subject to object, whichever was met first. */
function Relation({ link }: { link: Extract<Link, { kind: 'fact' }> }) {
  const line = <span aria-hidden className="h-px w-3 shrink-0 bg-line-strong" />;
  return (
    <>
      {link.backwards ? <Arrow turned /> : line}
      <span className="truncate px-1.5 text-accent group-hover:underline">{link.relation}</span>
      {link.backwards ? line : <Arrow />}
    </>
  );
}

function Arrow({ turned = false }: { turned?: boolean }) {
  return (
    <svg
      aria-hidden
      width="16"
      height="8"
      viewBox="0 0 16 8"
      className={`shrink-0 text-line-strong ${turned ? 'rotate-180' : ''}`}
    >
      <path d="M0 4h13M10 1l4 3-4 3" fill="none" stroke="currentColor" strokeWidth="1.3" />
    </svg>
  );
}
