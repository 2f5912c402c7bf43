/** The facts of an adjacency as plain columns, which go to another thread, and entities as an undirected graph. */
import { type Adjacency, ENTITY, FACT } from '../adjacency/adjacency.ts';

/** Entities are numbered 0.. in the order of the adjacency; facts likewise. Can be cloned and transferred. */
export interface FactColumns {
  readonly entities: number;
  readonly subjects: Uint32Array;
  readonly objects: Uint32Array;
  readonly relations: Uint32Array;
  /** 0 or 1. */
  readonly negated: Uint8Array;
  readonly confidence: Float32Array;
}

/** What the numbers in `FactColumns` stand for. Stays true when the adjacency is changed afterwards. */
export interface FactNames {
  entityId(entity: number): string;
  factId(fact: number): string;
  relation(relation: number): string;
}

export function factColumns(adjacency: Adjacency): { columns: FactColumns; names: FactNames } {
  const { kinds } = adjacency.columns;
  const entityNodes = new Uint32Array(adjacency.entityCount);
  const factNodes = new Uint32Array(adjacency.factCount);
  const dense = new Uint32Array(adjacency.nodes);
  let entities = 0;
  let facts = 0;
  for (let node = 0; node < adjacency.nodes; node++) {
    if (kinds[node] === ENTITY) {
      dense[node] = entities;
      entityNodes[entities++] = node;
    } else if (kinds[node] === FACT) factNodes[facts++] = node;
  }
  const columns: FactColumns = {
    entities,
    subjects: Uint32Array.from(factNodes, (fact) => dense[adjacency.subjectOf(fact)]!),
    objects: Uint32Array.from(factNodes, (fact) => dense[adjacency.objectOf(fact)]!),
    relations: Uint32Array.from(factNodes, (fact) => adjacency.columns.relations[fact]! >> 1),
    negated: Uint8Array.from(factNodes, (fact) => Number(adjacency.isNegated(fact))),
    confidence: Float32Array.from(factNodes, (fact) => adjacency.confidenceOf(fact)),
  };
  // Numbers are never given to another id, and a compaction starts a new table.
  const { ids, relationNames } = adjacency;
  return {
    columns,
    names: {
      entityId: (entity) => ids.idOf(entityNodes[entity]!),
      factId: (fact) => ids.idOf(factNodes[fact]!),
      relation: (relation) => relationNames[relation]!,
    },
  };
}

/** Undirected weighted graph in compressed sparse rows; each edge stands in both its rows. */
export interface WeightedGraph {
  readonly nodes: number;
  /** [nodes + 1] */
  readonly offsets: Uint32Array;
  readonly targets: Uint32Array;
  readonly weights: Float64Array;
  /** [nodes] Weight of the loop at a node, counted twice, as in the sum of a row of the adjacency matrix. */
  readonly loops: Float64Array;
}

/** Entities joined by facts; the weight is the sum of the confidence of all facts between the two. */
export function entityGraph({
  entities,
  subjects,
  objects,
  confidence,
}: FactColumns): WeightedGraph {
  const starts = new Uint32Array(entities + 1);
  for (let fact = 0; fact < subjects.length; fact++) {
    if (subjects[fact] === objects[fact]) continue;
    starts[subjects[fact]! + 1]!++;
    starts[objects[fact]! + 1]!++;
  }
  for (let node = 0; node < entities; node++) starts[node + 1]! += starts[node]!;
  const next = starts.slice(0, entities);
  const targets = new Uint32Array(starts[entities]!);
  const weights = new Float64Array(starts[entities]!);
  for (let fact = 0; fact < subjects.length; fact++) {
    const [subject, object] = [subjects[fact]!, objects[fact]!];
    if (subject === object) continue;
    targets[next[subject]!] = object;
    weights[next[subject]!++] = confidence[fact]!;
    targets[next[object]!] = subject;
    weights[next[object]!++] = confidence[fact]!;
  }
  return withoutDoubles(entities, starts, targets, weights, new Float64Array(entities));
}

/** Adds up entries of a row that have the same target; the order of first entries stays. */
export function withoutDoubles(
  nodes: number,
  starts: Uint32Array,
  targets: Uint32Array,
  weights: Float64Array,
  loops: Float64Array,
): WeightedGraph {
  /** Where the target stands in the present row, + 1. */
  const places = new Uint32Array(nodes);
  const offsets = new Uint32Array(nodes + 1);
  let end = 0;
  for (let node = 0; node < nodes; node++) {
    const rowStart = end;
    for (let i = starts[node]!; i < starts[node + 1]!; i++) {
      const target = targets[i]!;
      const place = places[target]!;
      if (place > rowStart) weights[place - 1]! += weights[i]!;
      else {
        targets[end] = target;
        weights[end] = weights[i]!;
        places[target] = ++end;
      }
    }
    offsets[node + 1] = end;
  }
  return { nodes, offsets, targets: targets.slice(0, end), weights: weights.slice(0, end), loops };
}
