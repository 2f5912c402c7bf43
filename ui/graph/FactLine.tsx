import type { Fact } from '../../api/contract/index.ts';
import { EntityDot } from '../parts/EntityDot.tsx';

/** Subject, relation, object, and when it held where a text says so. */
export function FactLine({ fact }: { fact: Fact }) {
  const times = timesOf(fact);
  return (
    <p className="leading-6">
      <EntityDot type={fact.subject.type} />{' '}
      <span className="font-semibold">{fact.subject.name}</span>{' '}
      <span className="text-accent">
        {fact.negated && 'not '}
        {fact.relation}
      </span>{' '}
      <EntityDot type={fact.object.type} />{' '}
      <span className="font-semibold">{fact.object.name}</span>
      {times !== '' && <span className="text-sm text-muted tabular-nums"> {times}</span>}
      {fact.time && fact.time.status !== 'current' && (
        <span className="ml-1.5 rounded border border-line px-1 text-xs text-muted">
          {fact.time.status}
        </span>
      )}
    </p>
  );
}

/** "1999 to 2004, since 2010": each period once. */
function timesOf({ support }: Fact): string {
  const periods = support.flatMap(({ valid }) => (valid ? [periodText(valid.from, valid.to)] : []));
  return [...new Set(periods)].sort().join(', ');
}

function periodText(from: string | null, to: string | null): string {
  if (from === to) return `in ${from}`;
  if (to === null) return `since ${from}`;
  return from === null ? `until ${to}` : `${from} to ${to}`;
}
