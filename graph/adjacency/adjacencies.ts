/** The adjacencies of a store, one a workspace: made when first asked for, kept in step, given up under a budget. */
import type { EdgePage, GraphStore } from '../types.ts';
import type { Adjacency } from './adjacency.ts';
import { compacted } from './builder.ts';
import { buildAdjacency } from './from-store.ts';
import { apply } from './patch.ts';

export interface Adjacencies {
  /**
   * The graph of the workspace as the store has it now, whoever wrote it. It is changed in place by a later
   * call, so node numbers and results that name them must not be kept over an `await`. Undefined if the
   * store cannot stream its graph.
   */
  of(workspaceId: string): Promise<Adjacency | undefined>;
  /** Grows with every change of the workspace that `of` has met: what was computed at another number is old. */
  versionOf(workspaceId: string): number;
  forget(workspaceId: string): void;
  /** Held by all workspaces together. */
  readonly bytes: number;
}

export interface AdjacenciesOptions {
  /** Bytes above which the adjacencies that were not asked for longest are given up; the last one stays. */
  readonly maxBytes?: number;
}

interface Held {
  adjacency: Adjacency;
  cursor: string;
  bytes: number;
}

/** Above this share of nodes with a list of their own, new arrays are made. */
const PATCHED_SHARE = 0.1;
const MIN_PATCHED = 2_000;
/** Documents that changed, above which everything is read anew. */
const MAX_CHANGED = 2_000;

export function openAdjacencies(
  store: GraphStore,
  { maxBytes = 1_500_000_000 }: AdjacenciesOptions = {},
): Adjacencies {
  /** In the order of use, the latest last. */
  const held = new Map<string, Held>();
  const versions = new Map<string, number>();
  const running = new Map<string, Promise<Adjacency>>();

  const total = (): number => [...held.values()].reduce((sum, { bytes }) => sum + bytes, 0);

  const refresh = async (workspaceId: string): Promise<Adjacency> => {
    const present = held.get(workspaceId);
    const next = await inStep(store, workspaceId, present);
    if (next.cursor !== present?.cursor) {
      versions.set(workspaceId, (versions.get(workspaceId) ?? 0) + 1);
    }
    held.delete(workspaceId);
    held.set(workspaceId, next);
    for (const oldest of held.keys()) {
      if (oldest === workspaceId || total() <= maxBytes) break;
      held.delete(oldest);
    }
    return next.adjacency;
  };

  return {
    of: async (workspaceId) => {
      if (!store.edges || !store.changesSince) return undefined;
      // One after the other: two that change the same arrays at once would spoil them.
      const before = running.get(workspaceId);
      const mine = (before?.catch(() => {}) ?? Promise.resolve()).then(() => refresh(workspaceId));
      running.set(workspaceId, mine);
      try {
        return await mine;
      } finally {
        if (running.get(workspaceId) === mine) running.delete(workspaceId);
      }
    },
    versionOf: (workspaceId) => versions.get(workspaceId) ?? 0,
    forget: (workspaceId) => void held.delete(workspaceId),
    get bytes() {
      return total();
    },
  };
}

async function inStep(
  store: GraphStore,
  workspaceId: string,
  present: Held | undefined,
): Promise<Held> {
  const { cursor, documentIds } = await store.changesSince!(workspaceId, present?.cursor);
  if (present && documentIds?.length === 0) return { ...present, cursor };
  const isPatch = present && documentIds && documentIds.length <= MAX_CHANGED;
  const adjacency = isPatch
    ? await patched(store, workspaceId, present.adjacency, documentIds)
    : await buildAdjacency(store.edges!(workspaceId));
  const next = { adjacency, cursor, bytes: adjacency.bytes };
  // What was written while the pages were read.
  const since = await store.changesSince!(workspaceId, cursor);
  return since.documentIds?.length === 0 ? next : inStep(store, workspaceId, next);
}

async function patched(
  store: GraphStore,
  workspaceId: string,
  adjacency: Adjacency,
  documentIds: readonly string[],
): Promise<Adjacency> {
  const pages: EdgePage[] = [];
  for await (const page of store.edges!(workspaceId, { documentIds })) pages.push(page);
  apply(adjacency, documentIds, pages);
  const limit = Math.max(MIN_PATCHED, PATCHED_SHARE * adjacency.nodes);
  return adjacency.patches.size > limit ? compacted(adjacency) : adjacency;
}
