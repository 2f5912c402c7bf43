/**
 * Weighs evidence that two entities are one. Weights are log odds added up, in the manner of Fellegi and
 * Sunter (1969), set by hand: each line of the explanation is one summand, so a reader can disagree with it.
 */
import type { Fact } from '../types.ts';
import { functionalIndex, relationCore, DEFAULT_FUNCTIONAL } from '../time/functional.ts';
import type { NamedEntity } from './candidates.ts';
import type { Evidence } from './types.ts';

/** Two names that look alike mean different things more often than not. */
export const PRIOR: Evidence = {
  feature: 'prior',
  value: 1,
  weight: -2,
  detail: 'most pairs of similar names are two things',
};

/** 0..1 */
export function probabilityOf(evidence: readonly Evidence[]): number {
  const logOdds = evidence.reduce((sum, { value, weight }) => sum + value * weight, 0);
  return 1 / (1 + Math.exp(-logOdds));
}

/** What surrounds an entity in the graph. */
export interface EntityContext {
  readonly entity: NamedEntity;
  /** The most confident ones. */
  readonly facts: readonly Fact[];
  readonly documents: ReadonlySet<string>;
  /** Mean of the unit vectors of chunks that mention it, scaled to unit length; undefined without vectors. */
  readonly vector: Float32Array | undefined;
}

/** @param isAcronym an acronym stands beside its long form; other doubles seldom do */
export function contextEvidence(
  a: EntityContext,
  b: EntityContext,
  isAcronym: boolean,
): Evidence[] {
  return [
    ...typeEvidence(a.entity, b.entity),
    ...linkEvidence(a, b),
    ...neighbourEvidence(a, b),
    ...contradictions(a, b),
    ...(isAcronym ? [] : togetherEvidence(a, b)),
    ...vectorEvidence(a, b),
  ];
}

function typeEvidence(a: NamedEntity, b: NamedEntity): Evidence[] {
  if (a.type === 'thing' || b.type === 'thing') return [];
  return a.type === b.type
    ? [{ feature: 'same_type', value: 1, weight: 0.5, detail: `both are of type ${a.type}` }]
    : [{ feature: 'types_differ', value: 1, weight: -3, detail: `${a.type} and ${b.type}` }];
}

const SAYS_SAME =
  /\b(?:known as|called|alias|stands for|short for|abbreviat\w*|formerly|renamed|nicknamed|same as|acronym)\b/u;

/** A fact between the two: "also known as" says they are one, anything else that they are two. */
function linkEvidence(a: EntityContext, b: EntityContext): Evidence[] {
  const link = a.facts.find(
    ({ subject, object }) => subject.id === b.entity.id || object.id === b.entity.id,
  );
  if (!link) return [];
  const detail = `a text says: ${link.subject.name} ${link.relation} ${link.object.name}`;
  return SAYS_SAME.test(link.relation) && !link.negated
    ? [{ feature: 'said_to_be_one', value: 1, weight: 4, detail }]
    : [{ feature: 'fact_between', value: 1, weight: -3, detail }];
}

function neighbourEvidence(a: EntityContext, b: EntityContext): Evidence[] {
  const [ofA, ofB] = [neighboursOf(a), neighboursOf(b)];
  const fewer = Math.min(ofA.size, ofB.size);
  if (fewer === 0) return [];
  const shared = [...ofA.keys()].filter((id) => ofB.has(id));
  if (shared.length === 0) return [];
  const names = shared.slice(0, 3).map((id) => ofA.get(id));
  // A single shared neighbour may be a hub; three are a context.
  const value = (shared.length / fewer) * Math.min(1, shared.length / 3);
  const detail = `${shared.length} neighbours in common: ${names.join(', ')}`;
  return [{ feature: 'shared_neighbours', value, weight: 4, detail }];
}

/** Names of the other ends, by id. */
function neighboursOf({ entity, facts }: EntityContext): Map<string, string> {
  const ends = facts.map(({ subject, object }) => (subject.id === entity.id ? object : subject));
  return new Map(ends.map(({ id, name }) => [id, name]));
}

/** Two dates of birth, two places of death: one thing has one. */
function contradictions(a: EntityContext, b: EntityContext): Evidence[] {
  const [ofA, ofB] = [functionalValues(a), functionalValues(b)];
  for (const [relation, value] of ofA) {
    const other = ofB.get(relation);
    if (other === undefined || other.id === value.id || isSameYear(value.name, other.name))
      continue;
    const detail = `${relation}: ${value.name}, ${other.name}`;
    return [{ feature: 'contradiction', value: 1, weight: -4, detail }];
  }
  return [];
}

const eachOf = functionalIndex(DEFAULT_FUNCTIONAL);

function functionalValues({ entity, facts }: EntityContext): Map<string, Fact['object']> {
  const own = facts.filter(
    (fact) => fact.subject.id === entity.id && !fact.negated && eachOf(fact.relation) === 'subject',
  );
  return new Map(own.map((fact) => [relationCore(fact.relation), fact.object]));
}

function isSameYear(a: string, b: string): boolean {
  const year = /\b[0-9]{4}\b/u.exec(a)?.[0];
  return year !== undefined && b.includes(year);
}

function togetherEvidence(a: EntityContext, b: EntityContext): Evidence[] {
  const shared = [...a.documents].filter((id) => b.documents.has(id)).length;
  if (shared === 0) return [];
  const value = shared / Math.min(a.documents.size, b.documents.size);
  const detail = `${shared} documents name both, as if they were two`;
  return [{ feature: 'named_apart', value, weight: -1.5, detail }];
}

function vectorEvidence(a: EntityContext, b: EntityContext): Evidence[] {
  if (!a.vector || !b.vector || a.vector.length !== b.vector.length) return [];
  let cosine = 0;
  for (let i = 0; i < a.vector.length; i++) cosine += a.vector[i]! * b.vector[i]!;
  const detail = `the passages around them have cosine ${cosine.toFixed(2)}`;
  return [{ feature: 'similar_context', value: cosine - 0.5, weight: 2, detail }];
}
