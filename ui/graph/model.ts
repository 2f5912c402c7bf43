/** Several neighbourhoods merged into one small graph, and what is shown of it. */
import type { Entity, Fact, Neighbourhood } from '../../api/contract/index.ts';

export type GraphModel = { entities: Map<string, Entity>; facts: Map<string, Fact>; links: Link[] };
/** All facts between two entities; drawn as one edge, with an arrow where all lead the same way. */
export type Link = { id: string; source: string; target: string; oneWay: boolean; facts: Fact[] };

export function mergeNeighbourhoods(neighbourhoods: Neighbourhood[]): GraphModel {
  const entities = new Map<string, Entity>();
  const facts = new Map<string, Fact>();
  for (const neighbourhood of neighbourhoods) {
    for (const entity of neighbourhood.entities) entities.set(entity.id, entity);
    for (const fact of neighbourhood.facts) facts.set(fact.id, fact);
  }
  return { entities, facts, links: linksOf(facts.values(), entities) };
}

function linksOf(facts: Iterable<Fact>, entities: Map<string, Entity>): Link[] {
  const links = new Map<string, Link>();
  for (const fact of facts) {
    const { id: source } = fact.subject;
    const { id: target } = fact.object;
    if (!entities.has(source) || !entities.has(target) || source === target) continue;
    const id = [source, target].sort().join(' ');
    const link = links.get(id) ?? { id, source, target, oneWay: true, facts: [] };
    link.facts.push(fact);
    link.oneWay &&= link.source === source;
    links.set(id, link);
  }
  return [...links.values()];
}

/** "sailed on", or "sailed on +2" where the two have more facts between them. */
export function linkLabel(link: Link): string {
  const first = link.facts[0]?.relation ?? '';
  return link.facts.length > 1 ? `${first} +${link.facts.length - 1}` : first;
}

export const factsOfEntity = (model: GraphModel, id: string): Fact[] =>
  [...model.facts.values()].filter((fact) => fact.subject.id === id || fact.object.id === id);

/** The facts drawn as the same edge as this one. */
export function factsBeside(model: GraphModel, fact: Fact): Fact[] {
  const link = model.links.find(({ facts }) => facts.some((other) => other.id === fact.id));
  return link?.facts ?? [fact];
}
