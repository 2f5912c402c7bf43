/** Brings an adjacency in step with documents that were written or removed, without building it anew. */
import type { EdgePage } from '../types.ts';
import { type Adjacency, CHUNK, ENTITY, FACT, GONE, type Links, newLinks } from './adjacency.ts';
import { addNode, documentNumber, setFact } from './builder.ts';
import { EdgeReader, type EdgeSink } from './from-store.ts';

/** What changes about the links of one node, of the first and of the second kind. */
class Draft {
  readonly first = new LinkChange();
  readonly second = new LinkChange();
}

class LinkChange {
  /** Target to weight of links that come, or get another weight. */
  readonly set = new Map<number, number>();
  /** Targets of links that go, unless they come again. */
  readonly gone = new Set<number>();

  remove(target: number): void {
    this.set.delete(target);
    this.gone.add(target);
  }
}

/** All that `documentIds` said goes; what `pages` say comes. Synchronous: nobody sees a half. */
export function apply(
  adjacency: Adjacency,
  documentIds: readonly string[],
  pages: readonly EdgePage[],
): void {
  const edit = new Edit(adjacency);
  edit.removeDocuments(documentIds);
  const reader = new EdgeReader(edit);
  for (const page of pages) reader.read(page);
  edit.finish();
}

class Edit implements EdgeSink {
  readonly #adjacency: Adjacency;
  readonly #drafts = new Map<number, Draft>();
  readonly #relations: Map<string, number>;
  /** Nodes before the edit. */
  readonly #nodes: number;

  constructor(adjacency: Adjacency) {
    this.#adjacency = adjacency;
    this.#nodes = adjacency.nodes;
    this.#relations = new Map(adjacency.relationNames.map((name, number) => [name, number]));
  }

  removeDocuments(documentIds: readonly string[]): void {
    const { columns, documentNumbers, nodes } = this.#adjacency;
    const numbers = new Set(documentIds.map((id) => documentNumbers.get(id)));
    for (let node = 0; node < nodes; node++) {
      if (columns.kinds[node] === CHUNK && numbers.has(columns.owners[node])) {
        this.#removeChunk(node);
      }
    }
  }

  entity(id: string): number {
    return this.#node(ENTITY, id);
  }

  chunk(id: string, documentId: string): number {
    const node = this.#node(CHUNK, id);
    const { columns, documentNumbers } = this.#adjacency;
    columns.owners[node] = documentNumber(documentNumbers, documentId);
    return node;
  }

  fact(id: string, subject: number, relation: string, object: number, negated: boolean): number {
    const { columns, relationNames } = this.#adjacency;
    const node = this.#node(FACT, id);
    let number = this.#relations.get(relation);
    if (number === undefined) {
      this.#relations.set(relation, (number = relationNames.length));
      relationNames.push(relation);
    }
    setFact(columns, node, subject, number, object, negated);
    return node;
  }

  support(fact: number, chunk: number, confidence: number): void {
    // A chunk has no other links than those of its document, all of which are said anew.
    const { set } = this.#draft(fact).second;
    const highest = Math.max(set.get(chunk) ?? 0, confidence);
    set.set(chunk, highest);
    this.#draft(chunk).first.set.set(fact, highest);
  }

  mention(entity: number, chunk: number, count: number): void {
    const { set } = this.#draft(entity).second;
    const together = (set.get(chunk) ?? 0) + count;
    set.set(chunk, together);
    this.#draft(chunk).second.set.set(entity, together);
  }

  finish(): void {
    const { kinds } = this.#adjacency.columns;
    // Facts first: whether an entity lives, and how strong its links are, follows from its facts.
    for (const node of this.#drafts.keys()) if (kinds[node] === FACT) this.#settleFact(node);
    for (const [node, draft] of this.#drafts) {
      const degree = this.#store(node, draft);
      if (kinds[node] === ENTITY && degree === 0) this.#setKind(node, GONE);
    }
  }

  /** The node alive; a new one, or one that was gone, has no links. */
  #node(kind: number, id: string): number {
    const { counts, columns } = this.#adjacency;
    const known = this.#adjacency.ids.find(kind, id);
    const isAlive = known >= 0 && columns.kinds[known] !== GONE;
    if (isAlive) return known;
    const node = addNode(this.#adjacency, kind, id);
    counts[kind]!++;
    // It has no row: this gives it a list.
    this.#draft(node);
    return node;
  }

  #removeChunk(chunk: number): void {
    const { targets, start, middle, end } = this.#adjacency.open(chunk, newLinks());
    const draft = this.#draft(chunk);
    for (let i = start; i < end; i++) {
      (i < middle ? draft.first : draft.second).remove(targets[i]!);
      this.#draft(targets[i]!).second.remove(chunk);
    }
    this.#setKind(chunk, GONE);
  }

  #settleFact(fact: number): void {
    const ends = [this.#adjacency.subjectOf(fact), this.#adjacency.objectOf(fact)];
    const { first, second } = this.#draft(fact);
    const { targets, weights, start, middle, end } = this.#open(fact);
    const before = middle > start ? weights[start]! : undefined;
    let confidence = Math.max(0, ...second.set.values());
    let isSupported = second.set.size > 0;
    for (let i = middle; i < end; i++) {
      if (second.gone.has(targets[i]!) || second.set.has(targets[i]!)) continue;
      isSupported = true;
      confidence = Math.max(confidence, weights[i]!);
    }
    if (!isSupported) {
      for (const entity of ends) {
        first.remove(entity);
        this.#draft(entity).first.remove(fact);
      }
      this.#setKind(fact, GONE);
    } else if (before === undefined || before !== Math.fround(confidence)) {
      for (const entity of ends) {
        first.set.set(entity, confidence);
        this.#draft(entity).first.set.set(fact, confidence);
      }
    }
  }

  #setKind(node: number, kind: number): void {
    const { columns, counts } = this.#adjacency;
    counts[columns.kinds[node]!]!--;
    counts[kind]!++;
    columns.kinds[node] = kind;
  }

  #draft(node: number): Draft {
    let draft = this.#drafts.get(node);
    if (!draft) this.#drafts.set(node, (draft = new Draft()));
    return draft;
  }

  /** Links before the edit; a node that came with it has none. */
  #open(node: number): Links {
    const isKnown = node < this.#nodes || this.#adjacency.patches.has(node);
    return isKnown ? this.#adjacency.open(node, links) : newLinks();
  }

  /** Writes the list of the node; returns how many links it has. */
  #store(node: number, { first, second }: Draft): number {
    const { columns, patches } = this.#adjacency;
    const old = this.#open(node);
    const most = old.end - old.start + first.set.size + second.set.size;
    const targets = new Uint32Array(most);
    const weights = new Float32Array(most);
    let length = 0;
    const write = (from: number, to: number, change: LinkChange): number => {
      let sum = 0;
      const add = (target: number, weight: number): void => {
        targets[length] = target;
        weights[length] = weight;
        sum += Math.fround(weight);
        length++;
      };
      for (let i = from; i < to; i++) {
        const target = old.targets[i]!;
        if (!change.gone.has(target) && !change.set.has(target)) add(target, old.weights[i]!);
      }
      for (const [target, weight] of change.set) add(target, weight);
      return sum;
    };
    columns.firstSums[node] = write(old.start, old.middle, first);
    const middle = length;
    columns.secondSums[node] = write(old.middle, old.end, second);
    patches.set(node, {
      targets: targets.slice(0, length),
      weights: weights.slice(0, length),
      start: 0,
      middle,
      end: length,
    });
    return length;
  }
}

const links = newLinks();
