/** A graph store that has lost a share of its mentions and facts at random: what a poor extraction would leave. */
import { createHash } from 'node:crypto';
import type { Fact, GraphStore, Mention } from '../../graph/index.ts';

/** Reads only. The same seed always loses the same things; a larger share loses more of them. */
export function withLoss(graph: GraphStore, share: number, seed: number): GraphStore {
  const kept = (...key: readonly (string | number)[]): boolean =>
    createHash('sha1')
      .update([seed, ...key].join(' '))
      .digest()
      .readUInt32BE() /
      2 ** 32 >=
    share;
  const mention = ({ chunkId, entityId }: Mention): boolean => kept(chunkId, entityId);
  const fact = ({ id }: Fact): boolean => kept(id);
  return {
    ...graph,
    mentionsOfChunks: async (...request) =>
      (await graph.mentionsOfChunks(...request)).filter(mention),
    mentionsOfEntities: async (...request) =>
      (await graph.mentionsOfEntities(...request)).filter(mention),
    mentioningChunks: undefined, // takes the detour over mentions
    factsOfChunks: async (...request) => (await graph.factsOfChunks(...request)).filter(fact),
    factsOfEntities: async (...request) => (await graph.factsOfEntities(...request)).filter(fact),
  };
}
