/** Documents whose KV caches the user wants to keep. */
import type { EngineClient } from '../cache/index.ts';
import type { CorpusStore, DocumentRecord } from '../graph/index.ts';

/** Milliseconds since the epoch; file systems know no later times than some in 2446. */
export const KEPT_FOR_GOOD = Date.UTC(2400, 0, 1);

/** Records the wish and carries it out for what is stored now; what is stored later follows when it is ingested. */
export async function pinDocument(
  { corpus, engine }: { readonly corpus: CorpusStore; readonly engine: EngineClient },
  workspaceId: string,
  documentId: string,
  pinned: boolean,
): Promise<DocumentRecord> {
  const updated = corpus.updateDocument(workspaceId, documentId, { pinned });
  const keys = [...corpus.chunkKv(corpus.chunkIds(workspaceId, documentId)).values()];
  // Chunks of the same text share a key: another pinned document may need it.
  const wanted = new Set(corpus.pinnedKvKeys(workspaceId));
  const ours = pinned ? keys : keys.filter((key) => !wanted.has(key));
  await engine.pinKv(ours, pinned ? KEPT_FOR_GOOD : 0);
  return updated;
}
