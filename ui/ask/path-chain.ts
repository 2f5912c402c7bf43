/**
 * A fact path as it is drawn: entities joined by relations. A path names facts whose ends it need not
 * repeat as steps of their own; those ends are added, and where two facts do not meet there is a gap.
 */
import type { PathStep } from '../../api/contract/index.ts';

export type Link =
  /** `step` is null for an entity that only a fact names. */
  | { kind: 'entity'; label: string; step: PathStep | null }
  | { kind: 'fact'; relation: string; backwards: boolean; at: number; step: PathStep }
  | { kind: 'chunk'; at: number; step: PathStep }
  | { kind: 'gap' };

export function chainOf(steps: PathStep[]): Link[] {
  const chain: Link[] = [];
  for (const [at, step] of steps.entries()) {
    if (step.kind === 'entity') addEntity(chain, step.label, step);
    else if (step.kind === 'chunk') chain.push({ kind: 'chunk', at, step });
    else addFact(chain, step, at, steps[at + 1]);
  }
  return chain;
}

const same = (a: string, b: string | undefined) => a.toLowerCase() === b?.toLowerCase();

function addEntity(chain: Link[], label: string, step: PathStep | null): void {
  const last = chain.at(-1);
  if (last?.kind === 'entity' && same(label, last.label)) {
    last.step ??= step;
    return;
  }
  if (last && last.kind !== 'fact') chain.push({ kind: 'gap' });
  chain.push({ kind: 'entity', label, step });
}

function addFact(chain: Link[], step: PathStep, at: number, next: PathStep | undefined): void {
  if (!step.fact) {
    chain.push({ kind: 'fact', relation: step.label, backwards: false, at, step });
    return;
  }
  const { subject, relation, object } = step.fact;
  const last = chain.at(-1);
  const from = last?.kind === 'entity' ? last.label : undefined;
  const comesFromObject = same(object, from);
  const leadsToSubject =
    !same(subject, from) && next?.kind === 'entity' && same(subject, next.label);
  const backwards = comesFromObject || leadsToSubject;
  addEntity(chain, backwards ? object : subject, null);
  chain.push({ kind: 'fact', relation, backwards, at, step });
  addEntity(chain, backwards ? subject : object, null);
}
