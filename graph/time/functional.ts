/**
 * Relations that hold of one thing at a time: each country has one capital, each person one place of birth.
 * Only such relations let a later fact take the place of an earlier one, or two facts contradict each other.
 */
import { normalizeRelation } from '../names.ts';

export interface FunctionalRelation {
  readonly relation: string;
  /** `subject`: each subject has one object at a time; `object`: each object has one subject. */
  readonly each: 'subject' | 'object';
}

const OF_SUBJECT =
  'born|born in|born on|died|died in|died on|date of birth|place of birth|birth date|birth place|date of death|place of death|capital|population|headquartered in|area|elevation|atomic number';
const OF_OBJECT =
  'capital of|president of|prime minister of|chancellor of|mayor of|governor of|king of|queen of|monarch of|emperor of|pope of|ceo of|chief executive of|chief executive officer of|head of state of|chairman of|headquarters of';

/** Those that are functional by what the words mean, whatever the subject matter. */
export const DEFAULT_FUNCTIONAL: readonly FunctionalRelation[] = [
  ...OF_SUBJECT.split('|').map((relation) => ({ relation, each: 'subject' as const })),
  ...OF_OBJECT.split('|').map((relation) => ({ relation, each: 'object' as const })),
];

const COPULA =
  /^(?:(?:is|was|are|were|be|been|being|has been|had been|became|becomes|become) )?(?:the |a |an )?(?:current |former |then )?/u;

/** "Was the capital of" as "capital of": the form under which functional relations are known. */
export function relationCore(relation: string): string {
  return normalizeRelation(relation).replace(COPULA, '');
}

/** Looks relations up by their core. */
export function functionalIndex(
  relations: readonly FunctionalRelation[],
): (relation: string) => FunctionalRelation['each'] | undefined {
  const byCore = new Map(relations.map(({ relation, each }) => [relationCore(relation), each]));
  return (relation) => byCore.get(relationCore(relation));
}
