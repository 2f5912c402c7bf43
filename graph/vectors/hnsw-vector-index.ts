import type { DocumentFilters } from '../sqlite/document-filters.ts';
import { newestEmbedder, searchableChunkIds, sqliteVectorSource } from '../sqlite/vector-source.ts';
import { findWorkspaceNumber } from '../sqlite/workspaces.ts';
import type { Sql } from '../sqlite/sql.ts';
import type { VectorIndex } from '../types.ts';
import type { OpenVectors } from './open-vectors.ts';
import type { WorkspaceVectors } from './workspace-vectors.ts';

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

/**
 * Vectors from SQLite, searched exactly or through hnswlib. An unknown workspace has no vectors.
 * @param embedder see `useEmbedder`
 */
export function hnswVectorIndex(
  sql: Sql,
  filters: DocumentFilters,
  opened: OpenVectors,
  embedder?: string,
): HnswVectorIndex {
  let current = embedder;

  const embedderOf = (workspaceId: string): string | undefined =>
    current ?? newestEmbedder(sql, workspaceId);

  async function vectorsOf(
    workspaceId: string,
    wanted = embedderOf(workspaceId),
  ): Promise<WorkspaceVectors | undefined> {
    if (findWorkspaceNumber(sql, workspaceId) === undefined) {
      await opened.forget(workspaceId);
      return undefined;
    }
    if (wanted === undefined) return undefined;
    return opened.of(workspaceId, wanted, () =>
      sqliteVectorSource(sql, filters, workspaceId, wanted),
    );
  }

  return {
    get embedder() {
      return current;
    },
    useEmbedder: (fingerprint) => {
      current = fingerprint;
    },
    search: async (workspaceId, vector, options) => {
      const vectors = await vectorsOf(workspaceId, options.embedder);
      const hits = await vectors?.search(vector, Math.trunc(options.limit), options.filter);
      return (hits ?? []).map(({ id, score }) => ({ chunkId: id, score }));
    },
    ids: async (workspaceId) => {
      const wanted = embedderOf(workspaceId);
      return wanted === undefined ? [] : searchableChunkIds(sql, workspaceId, wanted);
    },
    settle: async (workspaceId) => (await vectorsOf(workspaceId))?.settle() ?? 'empty',
    forget: (workspaceId) => opened.forget(workspaceId),
    close: () => opened.close(),
  };
}
