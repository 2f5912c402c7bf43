import { newHnswGraph } from '../vectors/hnsw-graph.ts';
import { noPause } from './pause.ts';
import type { Pause } from './pause.ts';

const EF = 64;

/** Pairs of ids whose unit vectors are among each other's `k` nearest, with cosine at least `least`. */
export async function nearestPairs(
  vectors: ReadonlyMap<string, Float32Array>,
  { k, least }: { k: number; least: number },
  pause: Pause = noPause,
): Promise<{ a: string; b: string; cosine: number }[]> {
  const ids = [...vectors.keys()];
  const dim = vectors.values().next().value?.length;
  if (dim === undefined) return [];
  const index = newHnswGraph(dim);
  for (const [label, id] of ids.entries()) {
    await pause();
    index.add(label, vectors.get(id)!);
  }
  const pairs = new Map<string, { a: string; b: string; cosine: number }>();
  for (const [label, id] of ids.entries()) {
    await pause();
    for (const hit of index.search(vectors.get(id)!, k + 1, undefined, EF)) {
      if (hit.label === label || hit.score < least) continue;
      const [a, b] = [id, ids[hit.label]!].sort() as [string, string];
      pairs.set(`${a} ${b}`, { a, b, cosine: hit.score });
    }
  }
  return [...pairs.values()];
}
