/**
 * Communities by the Leiden algorithm (Traag, Waltman and van Eck, "From Louvain to Leiden", 2019) with
 * modularity: local moving with a queue, refinement inside each community, aggregation of the refined parts;
 * communities are connected. Departs from the paper in one thing: refinement takes the best merge that does
 * not lower the quality instead of a random one, and nodes are visited in a shuffled order of a fixed seed, so
 * that the same graph gives the same communities.
 */
import { type WeightedGraph, withoutDoubles } from './entity-graph.ts';

export interface LeidenOptions {
  /** Higher gives smaller communities; default 1. */
  readonly resolution?: number;
  readonly seed?: number;
  /** Rounds of moving, refining and aggregating at most; default 10. */
  readonly maxLevels?: number;
  readonly signal?: AbortSignal;
}

export interface Communities {
  /**
   * From fine to coarse: community of each node, numbered from 0 by their smallest node. Each level puts
   * communities of the one before together; the last one has the highest modularity.
   */
  readonly levels: readonly Uint32Array[];
  readonly modularity: number;
}

export function leiden(graph: WeightedGraph, options: LeidenOptions = {}): Communities {
  const { resolution = 1, seed = 1, maxLevels = 10, signal } = options;
  const random = mulberry32(seed);
  const total = sum(graph.weights) + sum(graph.loops);
  /** Node of the present, aggregated graph that each node of the first belongs to. */
  let belongs: Uint32Array = Uint32Array.from({ length: graph.nodes }, (_, node) => node);
  const levels: Uint32Array[] = [];
  let present = graph;
  let start: Uint32Array = Uint32Array.from({ length: graph.nodes }, (_, node) => node);
  // Without links, every node is its own community.
  const rounds = total > 0 ? maxLevels : 0;
  for (let level = 0; level < rounds; level++) {
    signal?.throwIfAborted();
    const partition = new Partition(present, start, total, resolution);
    const moved = moveLocally(partition, random);
    const communities = renumbered(partition.communities);
    levels.push(renumbered(belongs.map((node) => communities.of[node]!)).of);
    if (!moved && level > 0) {
      levels.pop();
      break;
    }
    const refined = refine(present, communities.of, total, resolution, random);
    if (refined.count === present.nodes) break;
    belongs = belongs.map((node) => refined.of[node]!);
    // Parts of one community start the next round together.
    start = new Uint32Array(refined.count);
    for (let node = 0; node < present.nodes; node++) {
      start[refined.of[node]!] = communities.of[node]!;
    }
    start = renumbered(start).of;
    present = aggregate(present, refined);
  }
  if (levels.length === 0) levels.push(belongs);
  const nested = nest([...levels.slice(0, -1), connectedParts(graph, levels.at(-1)!)]);
  return { levels: nested, modularity: modularity(graph, nested.at(-1)!, resolution) };
}

/** Sum over communities of (weight inside / all) - resolution * (strength / all)^2. */
export function modularity(graph: WeightedGraph, communities: Uint32Array, resolution = 1): number {
  const total = sum(graph.weights) + sum(graph.loops);
  if (total === 0) return 0;
  const inside = new Float64Array(graph.nodes);
  const strength = new Float64Array(graph.nodes);
  for (let node = 0; node < graph.nodes; node++) {
    const community = communities[node]!;
    inside[community]! += graph.loops[node]!;
    strength[community]! += graph.loops[node]!;
    for (let i = graph.offsets[node]!; i < graph.offsets[node + 1]!; i++) {
      strength[community]! += graph.weights[i]!;
      if (communities[graph.targets[i]!] === community) inside[community]! += graph.weights[i]!;
    }
  }
  let quality = 0;
  for (let community = 0; community < graph.nodes; community++) {
    quality += inside[community]! / total - resolution * (strength[community]! / total) ** 2;
  }
  return quality;
}

interface Numbered {
  readonly of: Uint32Array;
  readonly count: number;
}

/** Which community each node is in, and how strong communities are. */
class Partition {
  readonly graph: WeightedGraph;
  readonly communities: Uint32Array;
  /** Sum of link weights of each node. */
  readonly strengths: Float64Array;
  readonly #total: number;
  readonly #resolution: number;
  readonly #strengthOf: Float64Array;
  readonly #sizes: Uint32Array;
  /** Weight between a node and communities near it; zeros between two calls. */
  readonly #near: Float64Array;
  readonly #seen: number[] = [];

  constructor(graph: WeightedGraph, start: Uint32Array, total: number, resolution: number) {
    this.graph = graph;
    this.communities = start.slice();
    this.#total = total;
    this.#resolution = resolution;
    this.strengths = strengthsOf(graph);
    this.#strengthOf = new Float64Array(graph.nodes);
    this.#sizes = new Uint32Array(graph.nodes);
    this.#near = new Float64Array(graph.nodes);
    for (let node = 0; node < graph.nodes; node++) {
      this.#strengthOf[start[node]!]! += this.strengths[node]!;
      this.#sizes[start[node]!]!++;
    }
  }

  /**
   * Moves the node where quality grows most; ties go to the community met first, staying before moving. With
   * `within`, only to communities of nodes of the same part of that partition. Returns whether it moved.
   */
  improve(node: number, within?: Uint32Array): boolean {
    const { graph, communities } = this;
    const own = communities[node]!;
    const near = this.#near;
    const seen = this.#seen;
    for (let i = graph.offsets[node]!; i < graph.offsets[node + 1]!; i++) {
      const target = graph.targets[i]!;
      if (within && within[target] !== within[node]) continue;
      const community = communities[target]!;
      if (near[community] === 0) seen.push(community);
      near[community]! += graph.weights[i]!;
    }
    const strength = this.strengths[node]!;
    const cost = (this.#resolution * strength) / this.#total;
    let best = own;
    let bestGain = near[own]! - cost * (this.#strengthOf[own]! - strength);
    for (const community of seen) {
      if (community === own) continue;
      const gain = near[community]! - cost * this.#strengthOf[community]!;
      if (gain > bestGain + 1e-12) [best, bestGain] = [community, gain];
    }
    for (const community of seen) near[community] = 0;
    seen.length = 0;
    if (best === own) return false;
    this.#strengthOf[own]! -= strength;
    this.#strengthOf[best]! += strength;
    this.#sizes[own]!--;
    this.#sizes[best]!++;
    communities[node] = best;
    return true;
  }

  isAlone(node: number): boolean {
    return this.#sizes[this.communities[node]!] === 1;
  }
}

/** Until no node gains by a move; only nodes beside one that moved are looked at again. */
function moveLocally(partition: Partition, random: () => number): boolean {
  const { graph, communities } = partition;
  const queue = shuffledNodes(graph.nodes, random);
  const waiting = new Uint8Array(graph.nodes).fill(1);
  let moved = false;
  let length = queue.length;
  // A ring: at most all nodes wait at the same time.
  for (let at = 0; length > 0; at = (at + 1) % queue.length) {
    const node = queue[at]!;
    length--;
    waiting[node] = 0;
    if (!partition.improve(node)) continue;
    moved = true;
    const community = communities[node]!;
    for (let i = graph.offsets[node]!; i < graph.offsets[node + 1]!; i++) {
      const target = graph.targets[i]!;
      if (waiting[target] === 1 || communities[target] === community) continue;
      waiting[target] = 1;
      queue[(at + 1 + length++) % queue.length] = target;
    }
  }
  return moved;
}

/** Splits communities into well connected parts: nodes start alone and join a part of their community. */
function refine(
  graph: WeightedGraph,
  communities: Uint32Array,
  total: number,
  resolution: number,
  random: () => number,
): Numbered {
  const alone = Uint32Array.from({ length: graph.nodes }, (_, node) => node);
  const parts = new Partition(graph, alone, total, resolution);
  for (const node of shuffledNodes(graph.nodes, random)) {
    if (parts.isAlone(node)) parts.improve(node, communities);
  }
  return renumbered(parts.communities);
}

/** One node for each part; links inside become its loop. */
function aggregate(graph: WeightedGraph, { of, count }: Numbered): WeightedGraph {
  const starts = new Uint32Array(count + 1);
  for (let node = 0; node < graph.nodes; node++) {
    for (let i = graph.offsets[node]!; i < graph.offsets[node + 1]!; i++) {
      if (of[graph.targets[i]!] !== of[node]) starts[of[node]! + 1]!++;
    }
  }
  for (let part = 0; part < count; part++) starts[part + 1]! += starts[part]!;
  const next = starts.slice(0, count);
  const targets = new Uint32Array(starts[count]!);
  const weights = new Float64Array(starts[count]!);
  const loops = new Float64Array(count);
  for (let node = 0; node < graph.nodes; node++) {
    const part = of[node]!;
    loops[part]! += graph.loops[node]!;
    for (let i = graph.offsets[node]!; i < graph.offsets[node + 1]!; i++) {
      const other = of[graph.targets[i]!]!;
      if (other === part) loops[part]! += graph.weights[i]!;
      else {
        targets[next[part]!] = other;
        weights[next[part]!++] = graph.weights[i]!;
      }
    }
  }
  return withoutDoubles(count, starts, targets, weights, loops);
}

function strengthsOf(graph: WeightedGraph): Float64Array {
  const strengths = Float64Array.from(graph.loops);
  for (let node = 0; node < graph.nodes; node++) {
    for (let i = graph.offsets[node]!; i < graph.offsets[node + 1]!; i++) {
      strengths[node]! += graph.weights[i]!;
    }
  }
  return strengths;
}

/** Numbers from 0 in the order of first appearance. */
function renumbered(values: Uint32Array): Numbered {
  const numbers = new Int32Array(values.reduce((most, value) => Math.max(most, value + 1), 0)).fill(
    -1,
  );
  let count = 0;
  const of = values.map((value) => {
    if (numbers[value] === -1) numbers[value] = count++;
    return numbers[value]!;
  });
  return { of, count };
}

/**
 * Communities of a level may cut across those of the one before, as only its refined parts were put together.
 * So that levels nest, each is cut along the next coarser one; the last stays as it is.
 */
function nest(levels: readonly Uint32Array[]): Uint32Array[] {
  const last = levels.at(-1)!;
  const nested = [last];
  for (const level of levels.slice(0, -1).reverse()) {
    const coarser = nested[0]!;
    const pairs = new Map<number, number>();
    const cut = Uint32Array.from(level, (community, node) => {
      const pair = community * 2 ** 26 + coarser[node]!;
      let number = pairs.get(pair);
      if (number === undefined) pairs.set(pair, (number = pairs.size));
      return number;
    });
    if (pairs.size > coarser.reduce((most, value) => Math.max(most, value + 1), 0)) {
      nested.unshift(cut);
    }
  }
  return nested;
}

/** A node that linked two halves may have moved away last; halves apart have the higher modularity. */
function connectedParts(graph: WeightedGraph, communities: Uint32Array): Uint32Array {
  const parts = new Int32Array(graph.nodes).fill(-1);
  let count = 0;
  for (let start = 0; start < graph.nodes; start++) {
    if (parts[start] !== -1) continue;
    const reached = [start];
    parts[start] = count;
    for (let node = reached.pop(); node !== undefined; node = reached.pop()) {
      for (let i = graph.offsets[node]!; i < graph.offsets[node + 1]!; i++) {
        const target = graph.targets[i]!;
        if (parts[target] !== -1 || communities[target] !== communities[node]) continue;
        parts[target] = count;
        reached.push(target);
      }
    }
    count++;
  }
  return Uint32Array.from(parts);
}

function shuffledNodes(count: number, random: () => number): Uint32Array {
  const nodes = Uint32Array.from({ length: count }, (_, node) => node);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [nodes[i], nodes[j]] = [nodes[j]!, nodes[i]!];
  }
  return nodes;
}

/** The same numbers from the same seed on every machine. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
