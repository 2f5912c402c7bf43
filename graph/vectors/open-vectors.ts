/** The vector indices that are in memory, by workspace and space: the least recently used one is closed. */
import { removeHnswFiles } from './hnsw-file.ts';
import type { VectorSource } from './vector-source.ts';
import { workspaceVectors } from './workspace-vectors.ts';
import type { WorkspaceVectors } from './workspace-vectors.ts';

export interface OpenVectorsOptions {
  /** Folder of saved graphs; without it nothing is saved. */
  readonly directory?: string;
  /** Up to so many vectors are searched exactly; default 2,000. */
  readonly exactBelow?: number;
  /** Candidates that hnsw looks at per search; default: by the number of vectors. */
  readonly ef?: number;
  /** Indices kept in memory; default 64. */
  readonly maxOpen?: number;
  /** Told of damaged or unwritable files; searches go on without them. */
  readonly onProblem?: (error: unknown) => void;
}

export interface OpenVectors {
  /** @param space what is embedded by whom: one index for each */
  of(workspaceId: string, space: string, source: () => VectorSource): WorkspaceVectors;
  /** Lets go of a workspace that was deleted, its files included. */
  forget(workspaceId: string): Promise<void>;
  close(): Promise<void>;
}

export function openVectors(options: OpenVectorsOptions): OpenVectors {
  const { directory, exactBelow = 2_000, ef, maxOpen = 64, onProblem = () => {} } = options;
  const opened = new Map<string, WorkspaceVectors>(); // least recently used first

  function open(workspaceId: string, space: string, source: VectorSource): WorkspaceVectors {
    const file = directory === undefined ? undefined : { directory, workspaceId, embedder: space };
    return workspaceVectors({ source, exactBelow, ef, file, onProblem });
  }

  function closeOldest(): void {
    for (const [key, vectors] of opened) {
      if (opened.size <= maxOpen) return;
      opened.delete(key);
      vectors.close().catch(onProblem);
    }
  }

  return {
    of: (workspaceId, space, source) => {
      const key = keyOf(workspaceId, space);
      const vectors = opened.get(key) ?? open(workspaceId, space, source());
      opened.delete(key);
      opened.set(key, vectors);
      closeOldest();
      return vectors;
    },
    forget: async (workspaceId) => {
      for (const [key, vectors] of opened) {
        if (!key.startsWith(keyOf(workspaceId, ''))) continue;
        opened.delete(key);
        await vectors.close({ save: false });
      }
      if (directory !== undefined) await removeHnswFiles(directory, workspaceId);
    },
    close: async () => {
      const all = [...opened.values()];
      opened.clear();
      await Promise.all(all.map((vectors) => vectors.close()));
    },
  };
}

function keyOf(workspaceId: string, space: string): string {
  return `${workspaceId.length}:${workspaceId}:${space}`;
}
