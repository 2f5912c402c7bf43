/** Plain ways to ask the same, as a reference: a recursive query, and PageRank on Maps. */
import type { Adjacency } from '../../graph/index.ts';

/** Entities within two facts of the entity `@id`. */
export const TWO_HOPS = `
  WITH RECURSIVE near (entity, distance) AS (
    SELECT n, 0 FROM entities WHERE id = @id
    UNION
    SELECT iif(f.subject = near.entity, f.object, f.subject), near.distance + 1
    FROM near JOIN facts f ON f.subject = near.entity OR f.object = near.entity
    WHERE near.distance < 2)
  SELECT DISTINCT e.id FROM near JOIN entities e ON e.n = near.entity`;

export type WeightedMaps = Map<string, Map<string, number>>;

/** Ids to ids with weights; ids of entities, facts and chunks differ by their prefix. */
export function mapsOf(adjacency: Adjacency): WeightedMaps {
  const links = {
    targets: new Uint32Array(),
    weights: new Float32Array(),
    start: 0,
    middle: 0,
    end: 0,
  };
  const maps: WeightedMaps = new Map();
  const ids = Array.from({ length: adjacency.nodes }, (_, node) => adjacency.idOf(node));
  for (let node = 0; node < adjacency.nodes; node++) {
    const { targets, weights, start, end } = adjacency.open(node, links);
    const row = new Map<string, number>();
    for (let i = start; i < end; i++) row.set(ids[targets[i]!]!, weights[i]!);
    maps.set(ids[node]!, row);
  }
  return maps;
}

/** Ten rounds of power iteration, which is too few to converge: a round is what costs. */
export function mapPageRank(
  maps: WeightedMaps,
  seeds: readonly { readonly id: string; readonly weight: number }[],
  damping = 0.85,
): Map<string, number> {
  const total = seeds.reduce((sum, { weight }) => sum + weight, 0);
  let scores = new Map(seeds.map(({ id, weight }) => [id, weight / total]));
  for (let round = 0; round < 10; round++) {
    const next = new Map<string, number>();
    for (const { id, weight } of seeds) {
      next.set(id, (next.get(id) ?? 0) + ((1 - damping) * weight) / total);
    }
    for (const [id, score] of scores) {
      const row = maps.get(id)!;
      let strength = 0;
      for (const weight of row.values()) strength += weight;
      for (const [target, weight] of row) {
        next.set(target, (next.get(target) ?? 0) + (damping * score * weight) / strength);
      }
    }
    scores = next;
  }
  return scores;
}
