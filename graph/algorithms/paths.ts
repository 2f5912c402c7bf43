/** Walks along facts: what lies around entities, and how two of them are connected. */
import { type Adjacency, newLinks } from '../adjacency/adjacency.ts';

export interface Neighbour {
  readonly entityId: string;
  readonly factId: string;
  /** The entity asked for is the fact's subject. */
  readonly forward: boolean;
  readonly confidence: number;
}

/** Entities that share a fact with this one, the most confident first; equal ones by fact id. */
export function neighboursOf(adjacency: Adjacency, entityId: string): Neighbour[] {
  const entity = adjacency.find('entity', entityId);
  if (entity < 0) return [];
  const { targets, weights, start, middle } = adjacency.open(entity, newLinks());
  const found: Neighbour[] = [];
  for (let i = start; i < middle; i++) {
    const fact = targets[i]!;
    const forward = adjacency.subjectOf(fact) === entity;
    found.push({
      entityId: adjacency.idOf(otherEnd(adjacency, fact, entity)),
      factId: adjacency.idOf(fact),
      forward,
      confidence: weights[i]!,
    });
  }
  return found.sort((a, b) => b.confidence - a.confidence || (a.factId < b.factId ? -1 : 1));
}

function otherEnd(adjacency: Adjacency, fact: number, entity: number): number {
  const subject = adjacency.subjectOf(fact);
  return subject === entity ? adjacency.objectOf(fact) : subject;
}

export interface Hops {
  /** By distance, then in the order of links; the entities asked for come first, at distance 0. */
  readonly entities: readonly { readonly id: string; readonly distance: number }[];
  /** Facts with both ends among the entities, one of them nearer than `depth`. */
  readonly factIds: readonly string[];
  /** More lies within the depth than `limit` let in. */
  readonly truncated: boolean;
}

/** Breadth first along facts in both directions. `limit` bounds the entities and, apart from them, the facts. */
export function kHop(
  adjacency: Adjacency,
  entityIds: readonly string[],
  { depth, limit }: { depth: number; limit: number },
): Hops {
  const seeds = entityIds.map((id) => adjacency.find('entity', id)).filter((node) => node >= 0);
  const distance = new Map<number, number>();
  for (const node of seeds) if (distance.size < limit) distance.set(node, 0);
  let truncated = new Set(seeds).size > distance.size;
  const facts = new Set<number>();
  const links = newLinks();
  let frontier = [...distance.keys()];
  for (let step = 0; step < depth && frontier.length > 0; step++) {
    const next: number[] = [];
    for (const entity of frontier) {
      const { targets, start, middle } = adjacency.open(entity, links);
      for (let i = start; i < middle; i++) {
        const fact = targets[i]!;
        if (facts.has(fact)) continue;
        const other = otherEnd(adjacency, fact, entity);
        if (facts.size >= limit) {
          truncated = true;
          break;
        }
        if (!distance.has(other)) {
          if (distance.size >= limit) {
            truncated = true;
            continue;
          }
          distance.set(other, step + 1);
          next.push(other);
        }
        facts.add(fact);
      }
    }
    frontier = next;
  }
  return {
    entities: [...distance].map(([node, steps]) => ({
      id: adjacency.idOf(node),
      distance: steps,
    })),
    factIds: Array.from(facts, (fact) => adjacency.idOf(fact)),
    truncated,
  };
}

export interface PathOptions {
  /** Facts in a path at most; default 4. */
  readonly maxLength?: number;
  /** Paths at most; default 5. */
  readonly limit?: number;
  /** Facts looked at before the search gives up; default 200,000. */
  readonly maxFacts?: number;
}

export interface FactPath {
  /** `forward`: walked from its subject to its object. */
  readonly facts: readonly { readonly id: string; readonly forward: boolean }[];
  /** One more than there are facts. */
  readonly entityIds: readonly string[];
  /**
   * Sum over its facts of -log confidence, and over the entities between of log of how many facts they take
   * part in: a path through an entity that all is linked to says little.
   */
  readonly cost: number;
}

/**
 * The paths of fewest facts between two entities, without repeated entities, the cheapest first (ties by fact
 * ids). Breadth first from both ends, the smaller frontier next. `exhausted` is false if the search gave up
 * before it knew all of them.
 */
export function factPaths(
  adjacency: Adjacency,
  fromId: string,
  toId: string,
  { maxLength = 4, limit = 5, maxFacts = 200_000 }: PathOptions = {},
): { paths: FactPath[]; exhausted: boolean } {
  const from = adjacency.find('entity', fromId);
  const to = adjacency.find('entity', toId);
  if (from < 0 || to < 0 || from === to) return { paths: [], exhausted: true };
  const near = new Side(adjacency, from);
  const far = new Side(adjacency, to);
  let budget = maxFacts;
  let meeting: number[] = [];
  while (meeting.length === 0 && near.steps + far.steps < maxLength && budget > 0) {
    const side = near.frontier.length <= far.frontier.length ? near : far;
    if (side.frontier.length === 0) break;
    budget -= side.expand();
    meeting = side.frontier.filter((node) => (side === near ? far : near).reached.has(node));
  }
  const found: number[][] = [];
  // A few more than asked for, as the cheapest of them are wanted; not all where there are thousands.
  const most = Math.max(200, limit * 20);
  for (const node of meeting) {
    const heads = near.pathsFrom(node, most);
    const tails = far.pathsFrom(node, most);
    for (const head of heads) {
      for (const tail of tails) {
        if (found.length < most) found.push([...head.toReversed(), ...tail]);
      }
    }
  }
  const paths = found
    .map((steps) => pathOf(adjacency, from, steps))
    .sort((a, b) => a.cost - b.cost || compareFacts(a, b))
    .slice(0, limit);
  return { paths, exhausted: budget > 0 && found.length < most };
}

/** All entities reached from one end, with the facts by which a shortest way leads there. */
class Side {
  readonly #adjacency: Adjacency;
  /** Entity to distance. */
  readonly reached: Map<number, number>;
  readonly #entries = new Map<number, { fact: number; before: number }[]>();
  frontier: number[];
  steps = 0;

  constructor(adjacency: Adjacency, start: number) {
    this.#adjacency = adjacency;
    this.reached = new Map([[start, 0]]);
    this.frontier = [start];
  }

  /** One step further; returns how many facts were looked at. */
  expand(): number {
    let looked = 0;
    const next: number[] = [];
    const links = newLinks();
    this.steps++;
    for (const entity of this.frontier) {
      const { targets, start, middle } = this.#adjacency.open(entity, links);
      looked += middle - start;
      for (let i = start; i < middle; i++) {
        const other = otherEnd(this.#adjacency, targets[i]!, entity);
        const distance = this.reached.get(other);
        if (distance === undefined) {
          this.reached.set(other, this.steps);
          this.#entries.set(other, []);
          next.push(other);
        } else if (distance !== this.steps) continue;
        this.#entries.get(other)!.push({ fact: targets[i]!, before: entity });
      }
    }
    this.frontier = next;
    return looked;
  }

  /** Facts from `node` back to the start, at most `most` ways. */
  pathsFrom(node: number, most: number): number[][] {
    if (this.reached.get(node) === 0) return [[]];
    const paths: number[][] = [];
    for (const { fact, before } of this.#entries.get(node)!) {
      for (const rest of this.pathsFrom(before, most - paths.length)) {
        paths.push([fact, ...rest]);
        if (paths.length >= most) return paths;
      }
    }
    return paths;
  }
}

function pathOf(adjacency: Adjacency, from: number, steps: readonly number[]): FactPath {
  const facts: { id: string; forward: boolean }[] = [];
  const entityIds = [adjacency.idOf(from)];
  const links = newLinks();
  let entity = from;
  let cost = 0;
  steps.forEach((fact, i) => {
    facts.push({ id: adjacency.idOf(fact), forward: adjacency.subjectOf(fact) === entity });
    cost -= Math.log(Math.max(adjacency.confidenceOf(fact), 1e-6));
    entity = otherEnd(adjacency, fact, entity);
    entityIds.push(adjacency.idOf(entity));
    if (i < steps.length - 1) {
      const { start, middle } = adjacency.open(entity, links);
      cost += Math.log(middle - start);
    }
  });
  return { facts, entityIds, cost };
}

function compareFacts(a: FactPath, b: FactPath): number {
  for (let i = 0; i < a.facts.length; i++) {
    const [left, right] = [a.facts[i]!.id, b.facts[i]!.id];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
