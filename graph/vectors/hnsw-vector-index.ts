import type { DocumentFilters } from '../sqlite/document-filters.ts';
import { newestEmbedder, searchableChunkIds, sqliteVectorSource } from '../sqlite/vector-source.ts';
import { findWorkspaceNumber } from '../sqlite/workspaces.ts';
import type { Sql } from '../sqlite/sql.ts';
import type { VectorIndex } from '../types.ts';
import { removeHnswFiles } from './hnsw-file.ts';
import { workspaceVectors } from './workspace-vectors.ts';
import type { WorkspaceVectors } from './workspace-vectors.ts';

export interface HnswVectorIndexOptions {
  /** Folder of saved graphs; without it nothing is saved. */
  readonly directory?: string;
  /** See `useEmbedder`. */
  readonly embedder?: string;
  /** Up to so many vectors are searched exactly; default 2,000. */
  readonly exactBelow?: number;
  /** Candidates that hnsw looks at per search; default: by the number of vectors. */
  readonly ef?: number;
  /** Workspaces kept in memory; default 64. */
  readonly maxOpen?: number;
  /** Told of damaged or unwritable files; searches go on without them. */
  readonly onProblem?: (error: unknown) => void;
}

export interface HnswVectorIndex extends VectorIndex {
  /**
   * Only vectors of this embedder are searched from now on. Without a call, or with `undefined`: those of
   * the embedder that stored the workspace's newest vector.
   */
  useEmbedder(fingerprint: string | undefined): void;
  /** What `useEmbedder` was last given. */
  readonly embedder: string | undefined;
  /** Brings the index level with SQLite, builds and saves the graph if one is due. */
  settle(workspaceId: string): Promise<'empty' | 'exact' | 'hnsw'>;
  /** Lets go of a workspace that was deleted, its files included. */
  forget(workspaceId: string): Promise<void>;
}

/** Vectors from SQLite, searched exactly or through hnswlib. An unknown workspace has no vectors. */
export function hnswVectorIndex(
  sql: Sql,
  filters: DocumentFilters,
  options: HnswVectorIndexOptions = {},
): HnswVectorIndex {
  const { directory, exactBelow = 2_000, ef, maxOpen = 64, onProblem = () => {} } = options;
  let current = options.embedder;
  const opened = new Map<string, WorkspaceVectors>(); // least recently used first

  const embedderOf = (workspaceId: string): string | undefined =>
    current ?? newestEmbedder(sql, workspaceId);

  async function vectorsOf(
    workspaceId: string,
    embedder = embedderOf(workspaceId),
  ): Promise<WorkspaceVectors | undefined> {
    if (findWorkspaceNumber(sql, workspaceId) === undefined) {
      await forget(workspaceId);
      return undefined;
    }
    if (embedder === undefined) return undefined;
    const key = keyOf(workspaceId, embedder);
    const vectors = opened.get(key) ?? open(workspaceId, embedder);
    opened.delete(key);
    opened.set(key, vectors);
    closeOldest();
    return vectors;
  }

  function open(workspaceId: string, embedder: string): WorkspaceVectors {
    const source = sqliteVectorSource(sql, filters, workspaceId, embedder);
    const file = directory === undefined ? undefined : { directory, workspaceId, embedder };
    return workspaceVectors({ source, exactBelow, ef, file, onProblem });
  }

  function closeOldest(): void {
    for (const [key, vectors] of opened) {
      if (opened.size <= maxOpen) return;
      opened.delete(key);
      vectors.close().catch(onProblem);
    }
  }

  async function forget(workspaceId: string): Promise<void> {
    for (const [key, vectors] of opened) {
      if (!key.startsWith(keyOf(workspaceId, ''))) continue;
      opened.delete(key);
      await vectors.close({ save: false });
    }
    if (directory !== undefined) await removeHnswFiles(directory, workspaceId);
  }

  return {
    get embedder() {
      return current;
    },
    useEmbedder: (fingerprint) => {
      current = fingerprint;
    },
    search: async (workspaceId, vector, { limit, filter, embedder }) => {
      const vectors = await vectorsOf(workspaceId, embedder);
      return vectors ? vectors.search(vector, Math.trunc(limit), filter) : [];
    },
    ids: async (workspaceId) => {
      const embedder = embedderOf(workspaceId);
      return embedder === undefined ? [] : searchableChunkIds(sql, workspaceId, embedder);
    },
    settle: async (workspaceId) => (await vectorsOf(workspaceId))?.settle() ?? 'empty',
    forget,
    close: async () => {
      const all = [...opened.values()];
      opened.clear();
      await Promise.all(all.map((vectors) => vectors.close()));
    },
  };
}

function keyOf(workspaceId: string, embedder: string): string {
  return `${workspaceId.length}:${workspaceId}:${embedder}`;
}
