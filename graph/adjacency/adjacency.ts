/**
 * Entities, facts and chunks of a workspace with the links between them, as typed arrays: an entity is linked
 * to the facts it takes part in and the chunks that mention it, a fact to its two entities and the chunks that
 * support it. Links go both ways and carry a weight: confidence of the fact, of the support, number of mentions.
 *
 * The arrays are in compressed sparse rows. Nodes whose links changed since have their list apart (`apply` in
 * patch.ts) until enough of them call for new arrays. Node numbers hold only until the next change.
 */
import type { IdTable } from './id-table.ts';

export type NodeKind = 'entity' | 'fact' | 'chunk';

/** Kinds as numbers; 0 is a node that is gone. */
export const GONE = 0;
export const ENTITY = 1;
export const FACT = 2;
export const CHUNK = 3;

const KINDS: Readonly<Record<NodeKind, number>> = { entity: ENTITY, fact: FACT, chunk: CHUNK };

/** Links of a node: [start, middle) of one kind, [middle, end) of the other (see `Adjacency.open`). */
export interface Links {
  targets: Uint32Array;
  weights: Float32Array;
  start: number;
  middle: number;
  end: number;
}

export interface Rows {
  /** [nodes + 1] */
  readonly offsets: Uint32Array;
  /** [nodes] Where the second kind of links begins. */
  readonly middles: Uint32Array;
  /** [links] */
  readonly targets: Uint32Array;
  /** [links] */
  readonly weights: Float32Array;
}

/** Columns by node; longer than there are nodes. */
export interface NodeColumns {
  kinds: Uint8Array;
  /** Subject of a fact, document number of a chunk. */
  owners: Uint32Array;
  /** Object of a fact. */
  objects: Uint32Array;
  /** Relation number * 2 + 1 if negated, of a fact. */
  relations: Uint32Array;
  /** Sums of weights of the links of the first and of the second kind. */
  firstSums: Float64Array;
  secondSums: Float64Array;
}

const EMPTY_LINKS = { targets: new Uint32Array(0), weights: new Float32Array(0) };

export class Adjacency {
  readonly ids: IdTable;
  readonly columns: NodeColumns;
  readonly relationNames: string[];
  readonly documentNumbers: Map<string, number>;
  readonly rows: Rows;
  /** Lists that stand in for rows, of nodes that changed or came since. */
  readonly patches = new Map<number, Links>();
  /** Live nodes, by kind number. */
  readonly counts = [0, 0, 0, 0];
  #scratch: { first: Float64Array; second: Float64Array } | undefined;

  constructor(
    ids: IdTable,
    columns: NodeColumns,
    relationNames: string[],
    documentNumbers: Map<string, number>,
    rows: Rows,
  ) {
    this.ids = ids;
    this.columns = columns;
    this.relationNames = relationNames;
    this.documentNumbers = documentNumbers;
    this.rows = rows;
    for (let node = 0; node < ids.size; node++) this.counts[columns.kinds[node]!]!++;
  }

  /** Numbers of nodes are below this; some of them may be gone. */
  get nodes(): number {
    return this.ids.size;
  }

  get entityCount(): number {
    return this.counts[ENTITY]!;
  }

  get factCount(): number {
    return this.counts[FACT]!;
  }

  get chunkCount(): number {
    return this.counts[CHUNK]!;
  }

  /** All that the typed arrays hold, in bytes; names of relations and lists apart are estimated. */
  get bytes(): number {
    const arrays = [...Object.values(this.columns), ...Object.values(this.rows)] as {
      byteLength: number;
    }[];
    let patched = 0;
    for (const { targets } of this.patches.values()) patched += 160 + 8 * targets.length;
    const names = 64 * (this.relationNames.length + this.documentNumbers.size);
    return this.ids.bytes + arrays.reduce((sum, each) => sum + each.byteLength, patched + names);
  }

  kindOf(node: number): number {
    return this.columns.kinds[node]!;
  }

  idOf(node: number): string {
    return this.ids.idOf(node);
  }

  /** -1 if there is no such node. */
  find(kind: NodeKind, id: string): number {
    const node = this.ids.find(KINDS[kind], id);
    return node >= 0 && this.columns.kinds[node] !== GONE ? node : -1;
  }

  /** An entity, fact or chunk with this id; -1 if there is none. */
  findAny(id: string): number {
    for (const kind of ['entity', 'fact', 'chunk'] as const) {
      const node = this.find(kind, id);
      if (node >= 0) return node;
    }
    return -1;
  }

  /**
   * Writes where the links of a node are: of an entity facts, then chunks; of a fact its entities, then
   * chunks; of a chunk facts, then entities. Fills `links` and returns it, so that a loop allocates nothing.
   */
  open(node: number, links: Links): Links {
    const patch = this.patches.size > 0 ? this.patches.get(node) : undefined;
    if (patch) return Object.assign(links, patch);
    const { offsets, middles, targets, weights } = this.rows;
    links.targets = targets;
    links.weights = weights;
    links.start = offsets[node]!;
    links.middle = middles[node]!;
    links.end = offsets[node + 1]!;
    return links;
  }

  /** Number of links. */
  degree(node: number): number {
    const { start, end } = this.open(node, links);
    return end - start;
  }

  relationOf(fact: number): string {
    return this.relationNames[this.columns.relations[fact]! >> 1]!;
  }

  isNegated(fact: number): boolean {
    return (this.columns.relations[fact]! & 1) === 1;
  }

  subjectOf(fact: number): number {
    return this.columns.owners[fact]!;
  }

  objectOf(fact: number): number {
    return this.columns.objects[fact]!;
  }

  /** Highest of its supports. */
  confidenceOf(fact: number): number {
    const { weights, middle, end } = this.open(fact, links);
    let highest = 0;
    for (let i = middle; i < end; i++) highest = Math.max(highest, weights[i]!);
    return highest;
  }

  /** Two arrays of zeros, one number a node; who takes them puts the zeros back. For synchronous use. */
  scratch(): { first: Float64Array; second: Float64Array } {
    if (!this.#scratch || this.#scratch.first.length < this.nodes) {
      const length = Math.ceil(this.nodes * 1.1) + 1;
      this.#scratch = { first: new Float64Array(length), second: new Float64Array(length) };
    }
    return this.#scratch;
  }
}

/** A place for `Adjacency.open` to write to. */
export function newLinks(): Links {
  return { ...EMPTY_LINKS, start: 0, middle: 0, end: 0 };
}

const links = newLinks();
