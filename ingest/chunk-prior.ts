/**
 * What the graph expects of a chunk's cache before anybody has asked for it: a chunk that speaks of entities that many
 * chunks speak of is on the way to many answers.
 */
import type { GraphStore, Mention } from '../graph/index.ts';

/** A mean over all its entities would make long chunks poor. */
const BEST = 3;
/** An entity that so many chunks mention counts as much as one use; on a scale of logarithms. */
const MANY = 64;

/** By chunk id, 0..1; empty while the graph does not answer: then every chunk is as good as another. */
export async function chunkPriors(
  graph: Pick<GraphStore, 'mentionsOfChunks' | 'chunkFrequency'>,
  workspaceId: string,
  chunkIds: readonly string[],
): Promise<Map<string, number>> {
  try {
    const mentions = await graph.mentionsOfChunks(workspaceId, chunkIds);
    const ids = [...new Set(mentions.map(({ entityId }) => entityId))];
    return priors(mentions, await graph.chunkFrequency(workspaceId, ids));
  } catch {
    return new Map();
  }
}

/** Mean centrality of the three most central entities of each chunk. */
function priors(
  mentions: readonly Mention[],
  counts: ReadonlyMap<string, number>,
): Map<string, number> {
  const entitiesOf = new Map<string, Set<string>>();
  for (const { chunkId, entityId } of mentions) {
    entitiesOf.set(chunkId, (entitiesOf.get(chunkId) ?? new Set()).add(entityId));
  }
  return new Map(
    [...entitiesOf].map(([chunkId, ids]) => {
      const scores = [...ids]
        .map((id) => Math.min(1, Math.log2(Math.max(1, counts.get(id) ?? 1)) / Math.log2(MANY)))
        .toSorted((a, b) => b - a)
        .slice(0, BEST);
      return [chunkId, scores.reduce((a, b) => a + b, 0) / BEST];
    }),
  );
}
