/** Counts of a graph, also while its store is away: then as they were last seen, which `/v1/status` tells. */
import { GraphUnavailableError, type GraphStats, type GraphStore } from '../graph/index.ts';

const lastSeen = new WeakMap<GraphStore, Map<string, GraphStats>>();
const NONE: GraphStats = { entities: 0, facts: 0, mentions: 0 };

export async function statsOrLastSeen(graph: GraphStore, workspaceId: string): Promise<GraphStats> {
  const seen = lastSeen.get(graph) ?? new Map<string, GraphStats>();
  lastSeen.set(graph, seen);
  try {
    const stats = await graph.stats(workspaceId);
    seen.set(workspaceId, stats);
    return stats;
  } catch (error) {
    if (error instanceof GraphUnavailableError) return seen.get(workspaceId) ?? NONE;
    throw error;
  }
}

/** Whether the store answers at this moment. */
export async function graphAnswers(graph: GraphStore): Promise<boolean> {
  try {
    await graph.stats('');
    return true;
  } catch (error) {
    if (error instanceof GraphUnavailableError) return false;
    throw error;
  }
}
