/**
 * Retrieval goes on while the graph store is away: by words and vectors alone, without links, and it says so.
 * Only what the store itself reports as passing is outlasted; every other error stays one.
 */
import { GraphUnavailableError, type GraphStore } from '../graph/index.ts';
import type { RetrievalParts } from './types.ts';

/** What a result had to do without. */
export type Lacking = 'graph';

export interface Outlasting {
  readonly parts: RetrievalParts;
  /** Of all calls so far. */
  readonly lacking: () => Lacking[];
}

/** For one question: `lacking` tells of its calls only. */
export function outlastGraph(parts: RetrievalParts): Outlasting {
  let isGone = false;
  const orElse = async <T>(call: () => Promise<T>, nothing: T): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof GraphUnavailableError)) throw error;
      isGone = true;
      return nothing;
    }
  };
  return {
    parts: { ...parts, graph: readsOr(parts.graph, orElse) },
    lacking: () => (isGone ? ['graph'] : []),
  };
}

type OrElse = <T>(call: () => Promise<T>, nothing: T) => Promise<T>;

function readsOr(graph: GraphStore, orElse: OrElse): GraphStore {
  return {
    ...graph,
    entitiesByName: (ws, names) => orElse(() => graph.entitiesByName(ws, names), new Map()),
    factsOfChunks: (ws, ids) => orElse(() => graph.factsOfChunks(ws, ids), []),
    factsOfEntities: (ws, ids, limit) => orElse(() => graph.factsOfEntities(ws, ids, limit), []),
    mentionsOfChunks: (ws, ids) => orElse(() => graph.mentionsOfChunks(ws, ids), []),
    mentionsOfEntities: (ws, ids, limit) =>
      orElse(() => graph.mentionsOfEntities(ws, ids, limit), []),
    chunkFrequency: (ws, ids) => orElse(() => graph.chunkFrequency(ws, ids), new Map()),
    ...(graph.mentioningChunks && {
      mentioningChunks: (ws, ids, most) =>
        orElse(() => graph.mentioningChunks!(ws, ids, most), new Map()),
    }),
    neighbourhood: (ws, ids, options) =>
      orElse(() => graph.neighbourhood(ws, ids, options), {
        entities: [],
        facts: [],
        truncated: false,
      }),
  };
}
