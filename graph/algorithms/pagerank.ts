/**
 * Personalised PageRank over entities, facts and chunks: where a walk is found that goes on along a link with
 * probability `damping` and else jumps back to a seed.
 *
 * `personalizedPageRank` is forward push (Andersen, Chung and Lang, FOCS 2006), with damping = 1 - their alpha
 * and without the lazy step: it touches only the surroundings of the seeds. It leaves a residual below
 * epsilon * strength at every node, so a score is too low by at most epsilon * strength of its node (links
 * here go both ways, and weights are symmetric), and by 1 - `covered` in all. `powerIteration` is exact up to its tolerance and
 * visits every link in every round. Both are deterministic: nodes are visited in a fixed order.
 *
 * A node without links sends its walk back to the seeds, as networkx does.
 */
import {
  type Adjacency,
  CHUNK,
  ENTITY,
  FACT,
  newLinks,
  type NodeKind,
} from '../adjacency/adjacency.ts';

export interface Seed {
  /** Of an entity, fact or chunk; an id that is not in the graph is passed over. */
  readonly id: string;
  /** Above 0; only its share of the sum counts. */
  readonly weight: number;
}

/** Multipliers of link weights; each 1 by default. 0 takes links of this kind out. */
export interface LinkWeights {
  /** Between a fact and its entities. */
  readonly fact?: number;
  /** Between a fact and the chunks that support it. */
  readonly support?: number;
  /** Between an entity and the chunks that mention it. */
  readonly mention?: number;
}

export interface PageRankOptions {
  /** Probability that a walk goes on; default 0.85. */
  readonly damping?: number;
  readonly weights?: LinkWeights;
}

export interface PersonalizedPageRankOptions extends PageRankOptions {
  readonly seeds: readonly Seed[];
  /** Residual left at a node, as a share of its strength (the sum of its link weights); default 1e-5. */
  readonly epsilon?: number;
}

export interface PageRankScores {
  /** The highest first, equal ones by id. Nodes without a score are not in it. */
  top(kind: NodeKind, limit: number): { id: string; score: number }[];
  /** 0 for what was not reached or is not there. */
  score(kind: NodeKind, id: string): number;
  /** Sum of all scores: 1 but for what the residuals hold. 0 if no seed is in the graph. */
  readonly covered: number;
  /** Nodes with a score. */
  readonly reached: number;
}

const DAMPING = 0.85;
const EPSILON = 1e-5;

export function personalizedPageRank(
  adjacency: Adjacency,
  { seeds, damping = DAMPING, epsilon = EPSILON, weights }: PersonalizedPageRankOptions,
): PageRankScores {
  const start = startOf(adjacency, seeds);
  const walk = new Walk(adjacency, weights);
  const { first: scores, second: residuals } = adjacency.scratch();
  const touched: number[] = [];
  const queue: number[] = [];
  const give = (node: number, amount: number): void => {
    const before = residuals[node]!;
    if (before === 0 && scores[node] === 0) touched.push(node);
    const after = (residuals[node] = before + amount);
    // A node is in the queue while its residual is above its threshold.
    const threshold = epsilon * (walk.strength(node) || 1);
    if (after > threshold && before <= threshold) queue.push(node);
  };
  for (const [node, share] of start) give(node, share);
  const { fact, support, mention } = walk;
  const links = newLinks();
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at]!;
    const amount = residuals[node]!;
    residuals[node] = 0;
    scores[node]! += (1 - damping) * amount;
    const strength = walk.strength(node);
    if (strength === 0) {
      for (const [seed, share] of start) give(seed, damping * amount * share);
      continue;
    }
    adjacency.open(node, links);
    const { targets, weights: linkWeights, middle, end } = links;
    const kind = adjacency.kindOf(node);
    const flow = (damping * amount) / strength;
    const firstFlow = flow * (kind === CHUNK ? support : fact);
    const secondFlow = flow * (kind === FACT ? support : mention);
    for (let i = links.start; i < middle; i++) give(targets[i]!, firstFlow * linkWeights[i]!);
    for (let i = middle; i < end; i++) give(targets[i]!, secondFlow * linkWeights[i]!);
  }
  // At least this share of a residual would come to rest where it is.
  for (const node of touched) scores[node]! += (1 - damping) * residuals[node]!;
  return collect(adjacency, touched, scores, residuals);
}

/** Until the scores change by less than `tolerance` in sum; at most `rounds` times. */
export function powerIteration(
  adjacency: Adjacency,
  {
    seeds,
    damping = DAMPING,
    weights,
    tolerance = 1e-10,
    rounds = 500,
  }: PageRankOptions & {
    readonly seeds: readonly Seed[];
    readonly tolerance?: number;
    readonly rounds?: number;
  },
): PageRankScores {
  const start = startOf(adjacency, seeds);
  const scores = iterate(adjacency, start, { damping, weights, tolerance, rounds });
  return collectAll(adjacency, scores);
}

function iterate(
  adjacency: Adjacency,
  start: readonly (readonly [number, number])[],
  options: {
    damping: number;
    weights: LinkWeights | undefined;
    tolerance: number;
    rounds: number;
  },
): Float64Array {
  const { damping, tolerance, rounds } = options;
  const walk = new Walk(adjacency, options.weights);
  const { fact, support, mention } = walk;
  const links = newLinks();
  let scores = new Float64Array(adjacency.nodes);
  let next = new Float64Array(adjacency.nodes);
  for (const [node, share] of start) scores[node] = share;
  for (let round = 0; round < rounds; round++) {
    next.fill(0);
    let lost = 0;
    for (let node = 0; node < scores.length; node++) {
      const amount = scores[node]!;
      if (amount === 0) continue;
      const strength = walk.strength(node);
      if (strength === 0) {
        lost += amount;
        continue;
      }
      const { targets, weights, middle, end } = adjacency.open(node, links);
      const kind = adjacency.kindOf(node);
      const flow = (damping * amount) / strength;
      const firstFlow = flow * (kind === CHUNK ? support : fact);
      const secondFlow = flow * (kind === FACT ? support : mention);
      for (let i = links.start; i < middle; i++) next[targets[i]!]! += firstFlow * weights[i]!;
      for (let i = middle; i < end; i++) next[targets[i]!]! += secondFlow * weights[i]!;
    }
    const back = 1 - damping + damping * lost;
    for (const [node, share] of start) next[node]! += back * share;
    let difference = 0;
    for (let node = 0; node < next.length; node++) {
      difference += Math.abs(next[node]! - scores[node]!);
    }
    [scores, next] = [next, scores];
    if (difference < tolerance) break;
  }
  return scores;
}

/** Link weights under multipliers. */
class Walk {
  readonly fact: number;
  readonly support: number;
  readonly mention: number;
  readonly #columns: Adjacency['columns'];

  constructor(adjacency: Adjacency, { fact = 1, support = 1, mention = 1 }: LinkWeights = {}) {
    this.fact = fact;
    this.support = support;
    this.mention = mention;
    this.#columns = adjacency.columns;
  }

  strength(node: number): number {
    const { kinds, firstSums, secondSums } = this.#columns;
    const first = firstSums[node]!;
    const second = secondSums[node]!;
    const kind = kinds[node];
    if (kind === ENTITY) return this.fact * first + this.mention * second;
    if (kind === FACT) return this.fact * first + this.support * second;
    return this.support * first + this.mention * second;
  }
}

/** Seeds that are there, with shares that sum to 1, in the order of node numbers. */
function startOf(adjacency: Adjacency, seeds: readonly Seed[]): [number, number][] {
  const shares = new Map<number, number>();
  let total = 0;
  for (const { id, weight } of seeds) {
    const node = adjacency.findAny(id);
    if (node < 0 || !(weight > 0)) continue;
    shares.set(node, (shares.get(node) ?? 0) + weight);
    total += weight;
  }
  return [...shares]
    .map(([node, weight]): [number, number] => [node, weight / total])
    .sort((a, b) => a[0] - b[0]);
}

/** Takes the scores out of the scratch arrays and leaves these as zeros. */
function collect(
  adjacency: Adjacency,
  touched: readonly number[],
  scores: Float64Array,
  residuals: Float64Array,
): PageRankScores {
  const found = touched.filter((node) => scores[node]! > 0);
  const values = Float64Array.from(found, (node) => scores[node]!);
  for (const node of touched) scores[node] = residuals[node] = 0;
  return scoresOf(adjacency, found, values);
}

function collectAll(adjacency: Adjacency, scores: Float64Array): PageRankScores {
  const found: number[] = [];
  for (let node = 0; node < scores.length; node++) if (scores[node]! > 0) found.push(node);
  return scoresOf(
    adjacency,
    found,
    Float64Array.from(found, (node) => scores[node]!),
  );
}

function scoresOf(
  adjacency: Adjacency,
  nodes: readonly number[],
  values: Float64Array,
): PageRankScores {
  const kindNumber = { entity: ENTITY, fact: FACT, chunk: CHUNK } as const;
  const placesOf = (kind: NodeKind): number[] =>
    [...nodes.keys()].filter((place) => adjacency.kindOf(nodes[place]!) === kindNumber[kind]);
  const read = (place: number) => ({ id: adjacency.idOf(nodes[place]!), score: values[place]! });
  const byId = new Map<NodeKind, Map<string, number>>();
  return {
    top: (kind, limit) => {
      const places = placesOf(kind).sort((a, b) => values[b]! - values[a]!);
      const lowest = values[places[Math.min(limit, places.length) - 1] ?? -1] ?? Infinity;
      const ends = places.findIndex((place) => values[place]! < lowest);
      return places
        .slice(0, ends < 0 ? undefined : ends)
        .map(read)
        .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
        .slice(0, limit);
    },
    score: (kind, id) => {
      let scores = byId.get(kind);
      if (!scores) {
        scores = new Map(placesOf(kind).map((place) => [read(place).id, values[place]!]));
        byId.set(kind, scores);
      }
      return scores.get(id) ?? 0;
    },
    covered: values.reduce((sum, value) => sum + value, 0),
    reached: nodes.length,
  };
}
