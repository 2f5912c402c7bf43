/** The vector of a question, by the embedder whose index serves the workspace. */
import type { RetrievalParts } from './types.ts';

export interface EmbeddedQuestion {
  readonly vector: Float32Array;
  /** The parts to search with: their vectors are of the same embedder as the question's. */
  readonly parts: RetrievalParts;
}

/** After a change of the embedder the former one serves until all chunks have vectors of the new one. */
export async function embedQuestion(
  parts: RetrievalParts,
  workspaceId: string,
  question: string,
  signal?: AbortSignal,
): Promise<EmbeddedQuestion> {
  const former = parts.engine.info.formerEmbedder?.fingerprint;
  const serving =
    former !== undefined && parts.corpus.hasVectors(workspaceId, former) ? former : undefined;
  const [vector] = await parts.engine.embed([question], 'query', signal, serving);
  return { vector: vector!, parts: serving === undefined ? parts : withEmbedder(parts, serving) };
}

function withEmbedder(parts: RetrievalParts, embedder: string): RetrievalParts {
  const { corpus, vectors } = parts;
  return {
    ...parts,
    corpus: {
      ...corpus,
      chunkVectors: (workspaceId, ids) => corpus.chunkVectors(workspaceId, ids, embedder),
    },
    vectors: {
      ...vectors,
      search: (workspaceId, vector, options) =>
        vectors.search(workspaceId, vector, { ...options, embedder }),
    },
  };
}
