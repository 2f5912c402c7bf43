/** What lies in the home of a server, seen beside it: counts, files, cache keys. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceSchema } from '../../api/contract/index.ts';
import { openCorpus } from '../../graph/index.ts';
import type { ApiClient } from './client.ts';
import type { TestServer } from './server.ts';

/** Names of the files under a folder of the home, sorted. */
export function filesIn({ home }: Pick<TestServer, 'home'>, folder: string): string[] {
  return readdirSync(join(home, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .toSorted();
}

/** KV key of each chunk of a document, by chunk id, in order. */
export function kvKeys(
  { home }: Pick<TestServer, 'home'>,
  workspaceId: string,
  documentId: string,
): Map<string, string> {
  const corpus = openCorpus(join(home, 'graphblend.db'));
  try {
    const ids = corpus.chunkIds(workspaceId, documentId);
    const keys = corpus.chunkKv(ids);
    return new Map(ids.map((id) => [id, keys.get(id) ?? 'none']));
  } finally {
    corpus.close();
  }
}

export interface Footprint {
  readonly counts: object;
  readonly blobs: readonly string[];
  readonly kv: readonly string[];
  /** Uploads that are coming in. */
  readonly incoming: readonly string[];
}

/** Counts of the workspace and the files of the home: equal before and after what must change nothing. */
export async function footprint(
  api: ApiClient,
  server: Pick<TestServer, 'home'>,
  workspaceId: string,
): Promise<Footprint> {
  const { counts } = await api.get(`/v1/workspaces/${workspaceId}`, workspaceSchema);
  return {
    counts,
    blobs: filesIn(server, 'blobs'),
    kv: filesIn(server, 'kv'),
    incoming: filesIn(server, 'incoming'),
  };
}
