/** Makes an adjacency of nodes and links that come in any number and order. */
import { Adjacency, CHUNK, ENTITY, FACT, GONE } from './adjacency.ts';
import type { NodeColumns, Rows } from './adjacency.ts';
import { IdTable } from './id-table.ts';

export class AdjacencyBuilder {
  readonly ids = new IdTable();
  readonly columns: NodeColumns = emptyColumns(1 << 10);
  readonly relationNames: string[] = [];
  readonly documentNumbers = new Map<string, number>();
  readonly #relationNumbers = new Map<string, number>();
  readonly #supports = new WeightedPairs();
  readonly #mentions = new WeightedPairs();

  entity(id: string): number {
    return addNode(this, ENTITY, id);
  }

  chunk(id: string, documentId: string): number {
    const node = addNode(this, CHUNK, id);
    this.columns.owners[node] = documentNumber(this.documentNumbers, documentId);
    return node;
  }

  fact(id: string, subject: number, relation: string, object: number, negated: boolean): number {
    const node = addNode(this, FACT, id);
    const number = relationNumber(this.relationNames, this.#relationNumbers, relation);
    setFact(this.columns, node, subject, number, object, negated);
    return node;
  }

  /** Supports of the same fact in the same chunk must follow each other; the highest confidence counts. */
  support(fact: number, chunk: number, confidence: number): void {
    this.#supports.add(fact, chunk, confidence, Math.max);
  }

  /** Mentions in a chunk must follow each other; they add up. */
  mention(entity: number, chunk: number, count: number): void {
    this.#mentions.add(entity, chunk, count, sum);
  }

  finish(): Adjacency {
    this.ids.trim();
    const rows = compress(this.ids.size, this.columns, this.#supports, this.#mentions);
    return new Adjacency(this.ids, this.columns, this.relationNames, this.documentNumbers, rows);
  }
}

function sum(a: number, b: number): number {
  return a + b;
}

export function documentNumber(numbers: Map<string, number>, documentId: string): number {
  let number = numbers.get(documentId);
  if (number === undefined) numbers.set(documentId, (number = numbers.size));
  return number;
}

function relationNumber(names: string[], numbers: Map<string, number>, relation: string): number {
  let number = numbers.get(relation);
  if (number === undefined) {
    numbers.set(relation, (number = names.length));
    names.push(relation);
  }
  return number;
}

export function setFact(
  columns: NodeColumns,
  fact: number,
  subject: number,
  relation: number,
  object: number,
  negated: boolean,
): void {
  columns.owners[fact] = subject;
  columns.objects[fact] = object;
  columns.relations[fact] = relation * 2 + Number(negated);
}

/** Number of the node, whose kind is set; it may have been there, or have been gone. */
export function addNode(
  target: { readonly ids: IdTable; readonly columns: NodeColumns },
  kind: number,
  id: string,
): number {
  const node = target.ids.intern(kind, id);
  if (node >= target.columns.kinds.length) growColumns(target.columns, node + 1);
  target.columns.kinds[node] = kind;
  return node;
}

function emptyColumns(length: number): NodeColumns {
  return {
    kinds: new Uint8Array(length),
    owners: new Uint32Array(length),
    objects: new Uint32Array(length),
    relations: new Uint32Array(length),
    firstSums: new Float64Array(length),
    secondSums: new Float64Array(length),
  };
}

function growColumns(columns: NodeColumns, atLeast: number): void {
  const larger = emptyColumns(Math.max(atLeast, Math.ceil(columns.kinds.length * 1.5)));
  larger.kinds.set(columns.kinds);
  larger.owners.set(columns.owners);
  larger.objects.set(columns.objects);
  larger.relations.set(columns.relations);
  larger.firstSums.set(columns.firstSums);
  larger.secondSums.set(columns.secondSums);
  Object.assign(columns, larger);
}

/** Pairs (node, chunk) with a weight; those of one chunk come together. */
class WeightedPairs {
  nodes = new Uint32Array(1 << 10);
  chunks = new Uint32Array(1 << 10);
  weights = new Float32Array(1 << 10);
  length = 0;
  /** Where the node was last seen, + 1. */
  #last = new Map<number, number>();
  #chunk = -1;

  add(
    node: number,
    chunk: number,
    weight: number,
    combine: (a: number, b: number) => number,
  ): void {
    if (chunk !== this.#chunk) {
      this.#chunk = chunk;
      this.#last.clear();
    }
    const last = this.#last.get(node);
    if (last !== undefined) {
      this.weights[last] = combine(this.weights[last]!, weight);
      return;
    }
    if (this.length === this.nodes.length) this.#grow();
    this.#last.set(node, this.length);
    this.nodes[this.length] = node;
    this.chunks[this.length] = chunk;
    this.weights[this.length++] = weight;
  }

  #grow(): void {
    const { nodes, chunks, weights, length } = this;
    this.nodes = new Uint32Array(length * 2);
    this.chunks = new Uint32Array(length * 2);
    this.weights = new Float32Array(length * 2);
    this.nodes.set(nodes);
    this.chunks.set(chunks);
    this.weights.set(weights);
  }
}

/** Counting sort of links by node: links of the first kind, then of the second (see `Adjacency.open`). */
function compress(
  nodes: number,
  columns: NodeColumns,
  supports: WeightedPairs,
  mentions: WeightedPairs,
): Rows {
  const confidence = new Float32Array(nodes);
  const first = new Uint32Array(nodes);
  const second = new Uint32Array(nodes);
  for (let i = 0; i < supports.length; i++) {
    const fact = supports.nodes[i]!;
    confidence[fact] = Math.max(confidence[fact]!, supports.weights[i]!);
    second[fact]!++;
    first[supports.chunks[i]!]!++;
  }
  for (let i = 0; i < mentions.length; i++) {
    second[mentions.nodes[i]!]!++;
    second[mentions.chunks[i]!]!++;
  }
  eachEnd(nodes, columns, (fact, entity) => {
    first[fact]!++;
    first[entity]!++;
  });

  const offsets = new Uint32Array(nodes + 1);
  const middles = new Uint32Array(nodes);
  for (let node = 0; node < nodes; node++) {
    middles[node] = offsets[node]! + first[node]!;
    offsets[node + 1] = middles[node]! + second[node]!;
  }
  const targets = new Uint32Array(offsets[nodes]!);
  const weights = new Float32Array(offsets[nodes]!);
  // From here on, the counts say where the next link goes.
  first.set(offsets.subarray(0, nodes));
  second.set(middles);
  const { firstSums, secondSums } = columns;
  firstSums.fill(0);
  secondSums.fill(0);
  const link = (
    from: number,
    to: number,
    weight: number,
    places: Uint32Array,
    sums: Float64Array,
  ): void => {
    const at = places[from]!++;
    targets[at] = to;
    weights[at] = weight;
    // As it is rounded in the array: a walk that leaves by all links must not gain or lose.
    sums[from]! += Math.fround(weight);
  };
  eachEnd(nodes, columns, (fact, entity) => {
    link(fact, entity, confidence[fact]!, first, firstSums);
    link(entity, fact, confidence[fact]!, first, firstSums);
  });
  for (let i = 0; i < supports.length; i++) {
    link(supports.nodes[i]!, supports.chunks[i]!, supports.weights[i]!, second, secondSums);
    link(supports.chunks[i]!, supports.nodes[i]!, supports.weights[i]!, first, firstSums);
  }
  for (let i = 0; i < mentions.length; i++) {
    link(mentions.nodes[i]!, mentions.chunks[i]!, mentions.weights[i]!, second, secondSums);
    link(mentions.chunks[i]!, mentions.nodes[i]!, mentions.weights[i]!, second, secondSums);
  }
  return { offsets, middles, targets, weights };
}

/** Each fact with its subject and its object; once where these are the same. */
function eachEnd(
  nodes: number,
  { kinds, owners, objects }: NodeColumns,
  visit: (fact: number, entity: number) => void,
): void {
  for (let node = 0; node < nodes; node++) {
    if (kinds[node] !== FACT) continue;
    visit(node, owners[node]!);
    if (objects[node] !== owners[node]) visit(node, objects[node]!);
  }
}

/** The same graph in new arrays, without the nodes that are gone and without lists apart. */
export function compacted(old: Adjacency): Adjacency {
  const builder = new AdjacencyBuilder();
  const { kinds, owners } = old.columns;
  const documentIds = [...old.documentNumbers.keys()];
  const numbers = new Uint32Array(old.nodes);
  for (const wanted of [ENTITY, FACT, CHUNK]) {
    for (let node = 0; node < old.nodes; node++) {
      if (kinds[node] === GONE || kinds[node] !== wanted) continue;
      const id = old.idOf(node);
      if (wanted === ENTITY) numbers[node] = builder.entity(id);
      else if (wanted === CHUNK) numbers[node] = builder.chunk(id, documentIds[owners[node]!]!);
      else {
        numbers[node] = builder.fact(
          id,
          numbers[old.subjectOf(node)]!,
          old.relationOf(node),
          numbers[old.objectOf(node)]!,
          old.isNegated(node),
        );
      }
    }
  }
  const links = {
    targets: new Uint32Array(0),
    weights: new Float32Array(0),
    start: 0,
    middle: 0,
    end: 0,
  };
  for (let chunk = 0; chunk < old.nodes; chunk++) {
    if (kinds[chunk] !== CHUNK) continue;
    const { targets, weights, start, middle, end } = old.open(chunk, links);
    for (let i = start; i < middle; i++) {
      builder.support(numbers[targets[i]!]!, numbers[chunk]!, weights[i]!);
    }
    for (let i = middle; i < end; i++) {
      builder.mention(numbers[targets[i]!]!, numbers[chunk]!, weights[i]!);
    }
  }
  return builder.finish();
}
