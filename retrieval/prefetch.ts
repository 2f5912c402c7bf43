/**
 * Reads the KV of likely chunks into memory while ranking still goes on: what the question found at once, then
 * what the walk over the graph reaches from there. Bounded, and stopped as soon as the answer is being made.
 */
import type { Candidate, RetrievalParts } from './types.ts';

/** Chunks asked for after each round of ranking. */
const CHUNKS_A_ROUND = 8;

export interface Prefetch {
  /** Best first; chunks asked for before are passed over. Returns at once. */
  readonly offer: (candidates: readonly Candidate[]) => void;
  readonly stop: () => void;
}

/** `maxTokens`: bound on what is read for one question, in tokens of the reader. */
export function prefetch(
  { corpus, engine }: RetrievalParts,
  workspaceId: string,
  maxTokens: number,
): Prefetch {
  const stopped = new AbortController();
  const asked = new Set<string>();
  let left = maxTokens;

  function ask(ids: readonly string[]): void {
    const { tokenizerFingerprint, kvBytesPerToken } = engine.info.reader;
    const workspace = corpus.workspace(workspaceId);
    const stored = corpus.chunkTokens(workspaceId, ids, tokenizerFingerprint);
    const chunks = ids.flatMap((id) => {
      const tokens = stored.get(id);
      if (!tokens || tokens.length > left) return [];
      left -= tokens.length;
      return [{ id, ids: tokens }];
    });
    if (!workspace || chunks.length === 0) return;
    const maxBytes = maxTokens * kvBytesPerToken;
    engine
      .prefetch({ workspaceSalt: workspace.salt, chunks, maxBytes }, stopped.signal)
      // What was not read ahead is read when it is needed.
      .catch(() => undefined);
  }

  return {
    offer: (candidates) => {
      if (stopped.signal.aborted) return;
      const ids = candidates
        .map(({ chunk }) => chunk.id)
        .filter((id) => !asked.has(id))
        .slice(0, CHUNKS_A_ROUND);
      for (const id of ids) asked.add(id);
      if (ids.length > 0) ask(ids);
    },
    stop: () => stopped.abort(),
  };
}
