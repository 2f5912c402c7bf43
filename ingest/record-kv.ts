/** Tells the store which KV the engine has computed for chunks. */
import type { IngestParts } from './ingest-document.ts';

/**
 * A chunk may be removed while its KV is computed, and what its removal freed was deleted before this file
 * was written: KV that no chunk took is deleted here.
 */
export async function recordKv(
  workspaceId: string,
  keys: ReadonlyMap<string, string>,
  { corpus, engine }: Pick<IngestParts, 'corpus' | 'engine'>,
): Promise<void> {
  corpus.setChunkKv(keys);
  const taken = corpus.chunkKv([...keys.keys()]);
  const missed = [...keys].filter(([chunkId, key]) => taken.get(chunkId) !== key);
  if (missed.length === 0) return;
  // Chunks of the same text share a key.
  const used = new Set(corpus.kvKeys(workspaceId));
  await engine.deleteKv(missed.map(([, key]) => key).filter((key) => !used.has(key)));
}
