/** One suggested pair: both names, how likely they are one, and what speaks for and against. */
import { ArrowLeftRight, ArrowRight } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import type { Entity, Evidence, MergeSuggestion } from '../../api/contract/index.ts';
import { useIdentityActions } from '../client/identity.ts';
import { problemOf } from '../client/problem.ts';
import { Button, IconButton } from '../parts/Button.tsx';
import { EntityDot } from '../parts/EntityDot.tsx';
import { plural } from '../parts/format.ts';
import { ProblemNotice } from '../parts/states.tsx';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';

export function SuggestionCard({ suggestion }: { suggestion: MergeSuggestion }) {
  const { merge, keepApart } = useIdentityActions(useWorkspaceId());
  const [swapped, setSwapped] = useState(false);
  const [from, into] = swapped
    ? [suggestion.into, suggestion.from]
    : [suggestion.from, suggestion.into];
  const error = merge.error ?? keepApart.error;
  const busy = merge.isPending || keepApart.isPending;
  return (
    <article className="rounded-xl border border-line bg-surface p-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <EntityName entity={from} />
        <ArrowRight aria-label="becomes" size={16} className="text-muted" />
        <EntityName entity={into} />
        <IconButton label="Swap: keep the other name" onClick={() => setSwapped(!swapped)}>
          <ArrowLeftRight aria-hidden size={15} />
        </IconButton>
        <span className="ml-auto text-sm text-muted tabular-nums">
          {Math.min(99, Math.round(suggestion.probability * 100))} % likely
        </span>
      </div>
      <details className="mt-2 text-sm">
        <summary className="cursor-pointer text-accent">What speaks for and against</summary>
        <EvidenceList evidence={suggestion.evidence} />
      </details>
      {error && (
        <div className="mt-3">
          <ProblemNotice problem={problemOf(error)} />
        </div>
      )}
      <div className="mt-3 flex flex-wrap gap-2">
        <Button
          look="primary"
          disabled={busy}
          onClick={() => merge.mutate({ from: from.id, into: into.id })}
        >
          Merge
        </Button>
        <Button disabled={busy} onClick={() => keepApart.mutate({ a: from.id, b: into.id })}>
          They are two
        </Button>
      </div>
    </article>
  );
}

function EntityName({ entity }: { entity: Entity }) {
  const workspaceId = useWorkspaceId();
  return (
    <span className="min-w-0">
      <EntityDot type={entity.type} />{' '}
      <Link
        className="font-semibold break-words hover:underline"
        to={`/w/${workspaceId}/graph?entity=${entity.id}&select=${entity.id}`}
      >
        {entity.name}
      </Link>{' '}
      <span className="text-xs text-muted tabular-nums">
        {plural(entity.mention_count, 'mention')}
      </span>
    </span>
  );
}

export function EvidenceList({ evidence }: { evidence: Evidence[] }) {
  return (
    <ul className="mt-1 grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 tabular-nums">
      {evidence.map(({ feature, value, weight, detail }) => (
        <li key={feature} className="contents">
          <span className={value * weight < 0 ? 'text-danger' : ''}>
            {value * weight < 0 ? '−' : '+'}
            {Math.abs(value * weight).toFixed(1)}
          </span>
          <span className="min-w-0 break-words">{detail}</span>
        </li>
      ))}
    </ul>
  );
}
