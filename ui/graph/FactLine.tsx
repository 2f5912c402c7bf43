import type { Fact } from '../../api/contract/index.ts';
import { EntityDot } from '../parts/EntityDot.tsx';

/** Subject, relation, object. */
export function FactLine({ fact }: { fact: Fact }) {
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
    </p>
  );
}
