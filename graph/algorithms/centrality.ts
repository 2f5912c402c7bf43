/** How central entities are in the graph of facts. All scores are by node number. */
import type { WeightedGraph } from './entity-graph.ts';
import { mulberry32 } from './leiden.ts';

/** Entities that share a fact with this one. */
export function degreeCentrality({ nodes, offsets }: WeightedGraph): Float64Array {
  return Float64Array.from({ length: nodes }, (_, node) => offsets[node + 1]! - offsets[node]!);
}

/** Weighted PageRank; nodes without links send their walk everywhere alike. Sums to 1. */
export function pageRankCentrality(
  graph: WeightedGraph,
  options: { damping?: number; tolerance?: number; rounds?: number; signal?: AbortSignal } = {},
): Float64Array {
  const { damping = 0.85, tolerance = 1e-9, rounds = 100, signal } = options;
  const { nodes, offsets, targets, weights } = graph;
  const strengths = new Float64Array(nodes);
  for (let node = 0; node < nodes; node++) {
    for (let i = offsets[node]!; i < offsets[node + 1]!; i++) strengths[node]! += weights[i]!;
  }
  let scores = new Float64Array(nodes).fill(1 / nodes);
  for (let round = 0; round < rounds; round++) {
    signal?.throwIfAborted();
    let lost = 0;
    for (let node = 0; node < nodes; node++) if (strengths[node] === 0) lost += scores[node]!;
    const next = new Float64Array(nodes).fill((1 - damping + damping * lost) / nodes);
    for (let node = 0; node < nodes; node++) {
      const flow = (damping * scores[node]!) / strengths[node]!;
      for (let i = offsets[node]!; i < offsets[node + 1]!; i++) {
        next[targets[i]!]! += flow * weights[i]!;
      }
    }
    let difference = 0;
    for (let node = 0; node < nodes; node++) difference += Math.abs(next[node]! - scores[node]!);
    scores = next;
    if (difference < tolerance) break;
  }
  return scores;
}

/**
 * Share of shortest paths (in facts, weights aside) that lead through a node: Brandes' accumulation ("A faster
 * algorithm for betweenness centrality", 2001) from `samples` sources drawn without repetition, scaled to all
 * of them (Brandes and Pich, 2007); exact if there are as many samples as nodes. Pairs are not ordered.
 */
export function betweennessCentrality(
  graph: WeightedGraph,
  options: { samples?: number; seed?: number; signal?: AbortSignal } = {},
): Float64Array {
  const { samples = 128, seed = 1, signal } = options;
  const { nodes, offsets, targets } = graph;
  const scores = new Float64Array(nodes);
  const sources = drawn(nodes, Math.min(samples, nodes), seed);
  const distance = new Int32Array(nodes);
  const paths = new Float64Array(nodes);
  const through = new Float64Array(nodes);
  const order = new Uint32Array(nodes);
  for (const source of sources) {
    signal?.throwIfAborted();
    distance.fill(-1);
    paths.fill(0);
    through.fill(0);
    distance[source] = 0;
    paths[source] = 1;
    order[0] = source;
    let reached = 1;
    for (let at = 0; at < reached; at++) {
      const node = order[at]!;
      for (let i = offsets[node]!; i < offsets[node + 1]!; i++) {
        const target = targets[i]!;
        if (distance[target] === -1) {
          distance[target] = distance[node]! + 1;
          order[reached++] = target;
        }
        if (distance[target] === distance[node]! + 1) paths[target]! += paths[node]!;
      }
    }
    for (let at = reached - 1; at > 0; at--) {
      const node = order[at]!;
      for (let i = offsets[node]!; i < offsets[node + 1]!; i++) {
        const before = targets[i]!;
        if (distance[before] !== distance[node]! - 1) continue;
        through[before]! += (paths[before]! / paths[node]!) * (1 + through[node]!);
      }
      scores[node]! += through[node]!;
    }
  }
  // Each pair is met from both ends.
  const scale = nodes / (2 * Math.max(1, sources.length));
  return scores.map((score) => score * scale);
}

/** `count` numbers below `below`, each once. */
function drawn(below: number, count: number, seed: number): Uint32Array {
  const random = mulberry32(seed);
  const numbers = Uint32Array.from({ length: below }, (_, number) => number);
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (below - i));
    [numbers[i], numbers[j]] = [numbers[j]!, numbers[i]!];
  }
  return numbers.slice(0, count);
}
