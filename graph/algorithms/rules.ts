/**
 * Horn rules with one or two facts in the body, such as `born in(x, z) and lies in(z, y) => citizen of(x, y)`, with
 * the measures of AMIE (Galarraga et al., "AMIE: Association Rule Mining under Incomplete Evidence", 2013). Only
 * closed rules, whose variables all occur twice; denied facts count as not said.
 */
import type { FactColumns } from './entity-graph.ts';

/** One fact of a body: `relation(x, y)`, or `relation(y, x)` if `inverse`, along x -> y or x -> z -> y. */
export interface RuleAtom {
  readonly relation: number;
  readonly inverse: boolean;
}

export interface Rule {
  readonly body: readonly RuleAtom[];
  /** Of the head `relation(x, y)`. */
  readonly head: number;
  /** Pairs (x, y) for which body and head hold. */
  readonly support: number;
  /** Support / pairs of the head. */
  readonly headCoverage: number;
  /** Support / pairs of the body. */
  readonly confidence: number;
  /** Support / pairs of the body whose x has the head's relation to anything: what is not said is not false. */
  readonly pcaConfidence: number;
}

export interface RuleOptions {
  /** Default 3. */
  readonly minSupport?: number;
  /** Default 0.01. */
  readonly minHeadCoverage?: number;
  /** Default 0.1. */
  readonly minPcaConfidence?: number;
  /** Relations looked at, the most frequent first; default 60: bodies are pairs of them. */
  readonly maxRelations?: number;
  /** Neighbours of the middle of a body looked at on each side; more say little. Default 100. */
  readonly maxFanout?: number;
  readonly signal?: AbortSignal;
}

/** By PCA confidence, then support, then head and body. */
export function mineRules(facts: FactColumns, options: RuleOptions = {}): Rule[] {
  const { minSupport = 3, minHeadCoverage = 0.01, minPcaConfidence = 0.1 } = options;
  const index = new RelationIndex(facts, options.maxRelations ?? 60, minSupport);
  const rules: Rule[] = [];
  for (const [body, pairs] of bodies(index, options.maxFanout ?? 100, minSupport, options.signal)) {
    for (const [head, support] of headsOf(index, pairs, body)) {
      if (support < minSupport) continue;
      const headCoverage = support / index.pairsOf(head).length;
      if (headCoverage < minHeadCoverage) continue;
      const known = pairs.reduce(
        (sum, pair) => sum + Number(index.hasSubject(head, pairStart(pair))),
        0,
      );
      const pcaConfidence = support / known;
      if (pcaConfidence < minPcaConfidence) continue;
      rules.push({
        body,
        head,
        support,
        headCoverage,
        confidence: support / pairs.length,
        pcaConfidence,
      });
    }
  }
  return rules.sort(
    (a, b) =>
      b.pcaConfidence - a.pcaConfidence ||
      b.support - a.support ||
      a.head - b.head ||
      compareBodies(a.body, b.body),
  );
}

/** x * 2^26 + y. */
const PAIR = 2 ** 26;

function pairStart(pair: number): number {
  return Math.floor(pair / PAIR);
}

function swapped(pair: number): number {
  return (pair % PAIR) * PAIR + pairStart(pair);
}

/** The pairs of each relation, each once. */
class RelationIndex {
  /** The relations looked at, the most frequent first. */
  readonly relations: readonly number[];
  readonly #pairs = new Map<number, number[]>();
  readonly #subjects = new Map<number, Set<number>>();
  /** Relations by pair. */
  readonly byPair = new Map<number, number[]>();

  constructor(facts: FactColumns, maxRelations: number, minSupport: number) {
    const pairs = new Map<number, Set<number>>();
    for (let fact = 0; fact < facts.subjects.length; fact++) {
      const [subject, object] = [facts.subjects[fact]!, facts.objects[fact]!];
      if (facts.negated[fact] === 1 || subject === object) continue;
      const relation = facts.relations[fact]!;
      let set = pairs.get(relation);
      if (!set) pairs.set(relation, (set = new Set()));
      set.add(subject * PAIR + object);
    }
    this.relations = [...pairs]
      .filter(([, set]) => set.size >= minSupport)
      .sort((a, b) => b[1].size - a[1].size || a[0] - b[0])
      .slice(0, maxRelations)
      .map(([relation]) => relation);
    for (const relation of this.relations) {
      const list = [...pairs.get(relation)!].sort((a, b) => a - b);
      this.#pairs.set(relation, list);
      this.#subjects.set(relation, new Set(list.map(pairStart)));
      for (const pair of list) {
        const known = this.byPair.get(pair);
        if (known) known.push(relation);
        else this.byPair.set(pair, [relation]);
      }
    }
  }

  pairsOf(relation: number): readonly number[] {
    return this.#pairs.get(relation)!;
  }

  hasSubject(relation: number, entity: number): boolean {
    return this.#subjects.get(relation)!.has(entity);
  }
}

/** Every body with at least `minSupport` pairs (x, y), x other than y. */
function* bodies(
  index: RelationIndex,
  maxFanout: number,
  minSupport: number,
  signal: AbortSignal | undefined,
): Generator<[RuleAtom[], number[]]> {
  const atoms = index.relations.flatMap((relation) => [
    { relation, inverse: false },
    { relation, inverse: true },
  ]);
  const pairsOf = ({ relation, inverse }: RuleAtom): readonly number[] =>
    inverse ? index.pairsOf(relation).map(swapped) : index.pairsOf(relation);
  for (const atom of atoms) yield [[atom], [...pairsOf(atom)]];
  // Of z, all y with atom(z, y); of one atom at a time.
  const ends = new Map(atoms.map((atom) => [atom, groupByStart(pairsOf(atom), maxFanout)]));
  for (const first of atoms) {
    signal?.throwIfAborted();
    // Of z, all x with first(x, z).
    const starts = groupByStart(pairsOf({ ...first, inverse: !first.inverse }), maxFanout);
    for (const second of atoms) {
      const pairs = joined(starts, ends.get(second)!);
      if (pairs.size >= minSupport) yield [[first, second], [...pairs].sort((a, b) => a - b)];
    }
  }
}

/** Entities with more than `maxFanout` others are left out: through a hub, everything leads everywhere. */
function groupByStart(pairs: readonly number[], maxFanout: number): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const pair of pairs) {
    const list = groups.get(pairStart(pair));
    if (list) list.push(pair % PAIR);
    else groups.set(pairStart(pair), [pair % PAIR]);
  }
  for (const [start, list] of groups) if (list.length > maxFanout) groups.delete(start);
  return groups;
}

function joined(starts: Map<number, number[]>, ends: Map<number, number[]>): Set<number> {
  const pairs = new Set<number>();
  const [fewer, more] = starts.size <= ends.size ? [starts, ends] : [ends, starts];
  for (const middle of fewer.keys()) {
    if (!more.has(middle)) continue;
    for (const x of starts.get(middle)!) {
      for (const y of ends.get(middle)!) if (x !== y) pairs.add(x * PAIR + y);
    }
  }
  return pairs;
}

/** For how many of the pairs each relation holds; the body itself is no head. */
function headsOf(
  index: RelationIndex,
  pairs: readonly number[],
  body: readonly RuleAtom[],
): Map<number, number> {
  const counts = new Map<number, number>();
  for (const pair of pairs) {
    for (const relation of index.byPair.get(pair) ?? []) {
      counts.set(relation, (counts.get(relation) ?? 0) + 1);
    }
  }
  if (body.length === 1 && !body[0]!.inverse) counts.delete(body[0]!.relation);
  return counts;
}

function compareBodies(a: readonly RuleAtom[], b: readonly RuleAtom[]): number {
  const key = (body: readonly RuleAtom[]): string =>
    body
      .map(({ relation, inverse }) => `${String(relation).padStart(9, '0')}${Number(inverse)}`)
      .join();
  return a.length - b.length || (key(a) < key(b) ? -1 : Number(key(a) > key(b)));
}
