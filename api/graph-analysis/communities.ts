/** Communities as the API shows them: who is central in them, and what the documents say of that. */
import type { Adjacency, Fact, GraphStore } from '../../graph/index.ts';
import type { Analysis } from './analyses.ts';

interface CommunityOutline {
  readonly id: string;
  readonly level: number;
  readonly parentId: string | undefined;
  readonly entityCount: number;
  readonly factCount: number;
  /** Most central first, `MAX_ENTITIES` at most. */
  readonly entities: readonly { readonly id: string; readonly score: number }[];
  /** Ids of the most central facts, `MAX_FACTS` at most. */
  readonly factIds: readonly string[];
}

const MAX_ENTITIES = 5;
const MAX_FACTS = 5;

const made = new WeakMap<Analysis<'communities'>, CommunityLevel[]>();

/** From fine to coarse; made once for each analysis. */
export function levelsOf(analysis: Analysis<'communities'>): readonly CommunityLevel[] {
  let levels = made.get(analysis);
  if (!levels) {
    levels = analysis.result.levels.map((_, level) => new CommunityLevel(analysis, level));
    made.set(analysis, levels);
  }
  return levels;
}

/** What all communities of one level have in numbers. */
class CommunityLevel {
  readonly level: number;
  readonly #analysis: Analysis<'communities'>;
  readonly #of: Uint32Array;
  readonly #strengths: Float64Array;
  readonly #members = new Map<number, number[]>();
  readonly #facts = new Map<number, number[]>();
  readonly #numbers = new Map<string, number>();

  constructor(analysis: Analysis<'communities'>, level: number) {
    this.level = level;
    this.#analysis = analysis;
    this.#of = analysis.result.levels[level]!;
    const { subjects, objects, confidence, entities } = analysis.columns;
    this.#strengths = new Float64Array(entities);
    for (let fact = 0; fact < subjects.length; fact++) {
      const [subject, object] = [subjects[fact]!, objects[fact]!];
      if (subject === object || this.#of[subject] !== this.#of[object]) continue;
      this.#strengths[subject]! += confidence[fact]!;
      this.#strengths[object]! += confidence[fact]!;
      addTo(this.#facts, this.#of[subject]!, fact);
    }
    this.#of.forEach((community, entity) => addTo(this.#members, community, entity));
    for (const number of this.#members.keys()) this.#numbers.set(this.#idOf(number), number);
  }

  /** The largest first; equal ones by id. */
  ids(minSize: number): string[] {
    const size = (id: string): number => this.#members.get(this.#numbers.get(id)!)!.length;
    return [...this.#numbers.keys()]
      .filter((id) => size(id) >= minSize)
      .sort((a, b) => size(b) - size(a) || (a < b ? -1 : 1));
  }

  /** Those of `entityIds` by the community that they are in. */
  communitiesOf(entityIds: ReadonlySet<string>): Map<string, string[]> {
    const found = new Map<string, string[]>();
    this.#of.forEach((community, entity) => {
      const id = this.#analysis.names.entityId(entity);
      if (entityIds.has(id)) addTo(found, this.#idOf(community), id);
    });
    return found;
  }

  outline(id: string, coarser: CommunityLevel | undefined): CommunityOutline {
    const number = this.#numbers.get(id)!;
    const members = this.#members.get(number)!;
    const facts = this.#facts.get(number) ?? [];
    const { names } = this.#analysis;
    return {
      id,
      level: this.level,
      parentId: coarser?.idOfEntity(members[0]!),
      entityCount: members.length,
      factCount: facts.length,
      entities: this.#central(members).map((entity) => ({
        id: names.entityId(entity),
        score: this.#strengths[entity]!,
      })),
      factIds: this.#centralFacts(facts).map((fact) => names.factId(fact)),
    };
  }

  idOfEntity(entity: number): string {
    return this.#idOf(this.#of[entity]!);
  }

  #central(members: readonly number[]): number[] {
    return members
      .toSorted((a, b) => this.#strengths[b]! - this.#strengths[a]! || a - b)
      .slice(0, MAX_ENTITIES);
  }

  /** Sure facts between central entities; one of each pair. */
  #centralFacts(facts: readonly number[]): number[] {
    const { subjects, objects, confidence } = this.#analysis.columns;
    const score = (fact: number): number =>
      confidence[fact]! *
      Math.min(this.#strengths[subjects[fact]!]!, this.#strengths[objects[fact]!]!);
    const pairs = new Set<string>();
    const chosen: number[] = [];
    for (const fact of facts.toSorted((a, b) => score(b) - score(a) || a - b)) {
      const pair = [subjects[fact]!, objects[fact]!].sort((a, b) => a - b).join();
      if (pairs.has(pair)) continue;
      pairs.add(pair);
      chosen.push(fact);
      if (chosen.length === MAX_FACTS) break;
    }
    return chosen;
  }

  /** Of its most central entity, so that it stays the same while that one does. */
  #idOf(community: number): string {
    const [first] = this.#central(this.#members.get(community)!);
    return `com_${this.level}_${this.#analysis.names.entityId(first!)}`;
  }
}

function addTo<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

/** Facts by id, through the chunks that support them; a fact that went away meanwhile is left out. */
export async function factsById(
  graph: GraphStore,
  adjacency: Adjacency,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, Fact>> {
  const links = {
    targets: new Uint32Array(),
    weights: new Float32Array(),
    start: 0,
    middle: 0,
    end: 0,
  };
  const chunks = new Set<string>();
  for (const id of ids) {
    const node = adjacency.find('fact', id);
    if (node < 0) continue;
    const { targets, middle } = adjacency.open(node, links);
    chunks.add(adjacency.idOf(targets[middle]!));
  }
  const wanted = new Set(ids);
  const facts = await graph.factsOfChunks(workspaceId, [...chunks]);
  return new Map(facts.filter(({ id }) => wanted.has(id)).map((fact) => [fact.id, fact]));
}

export type { CommunityLevel };
