/** The vector of a question, by the embedder whose index serves the workspace; its names as the workspace writes them. */
import type { SearchFilter } from '../graph/index.ts';
import { readNames, type ReadName } from './read-names.ts';
import type { RetrievalParts } from './types.ts';

export interface EmbeddedQuestion {
  readonly vector: Float32Array;
  /** What to search for: the question, with names that no chunk writes so read as ones it knows. */
  readonly question: string;
  readonly read: readonly ReadName[];
  /** The parts to search with: their vectors are of the same embedder as the question's. */
  readonly parts: RetrievalParts;
}

/** After a change of the embedder the former one serves until all chunks have vectors of the new one. */
export async function embedQuestion(
  parts: RetrievalParts,
  workspaceId: string,
  question: string,
  { filter, signal }: { filter?: SearchFilter; signal?: AbortSignal } = {},
): Promise<EmbeddedQuestion> {
  const former = parts.engine.info.formerEmbedder?.fingerprint;
  const serving =
    former !== undefined && parts.corpus.hasVectors(workspaceId, former) ? former : undefined;
  const embed = (texts: readonly string[]): Promise<readonly Float32Array[]> =>
    parts.engine.embed(texts, 'query', signal, serving);
  const { question: asked, read } = await readKnown(
    parts,
    { workspaceId, question, filter },
    embed,
    serving,
  );
  const [vector] = await embed([asked]);
  return {
    vector: vector!,
    question: asked,
    read,
    parts: serving === undefined ? parts : withEmbedder(parts, serving),
  };
}

/** Where names are embedded at all; those of documents that the filter lets through. */
async function readKnown(
  { lexical, graphTexts, graphTextIndex, engine }: RetrievalParts,
  asked: { workspaceId: string; question: string; filter: SearchFilter | undefined },
  embed: (texts: readonly string[]) => Promise<readonly Float32Array[]>,
  serving: string | undefined,
): Promise<{ question: string; read: readonly ReadName[] }> {
  const { workspaceId, question, filter } = asked;
  const embedder = serving ?? engine.info.embedder.fingerprint;
  if (!graphTextIndex || !graphTexts?.hasVectors(workspaceId, embedder))
    return { question, read: [] };
  const reader = { lexical, names: graphTextIndex, embed, embedder };
  return readNames(reader, workspaceId, question, filter);
}

function withEmbedder(parts: RetrievalParts, embedder: string): RetrievalParts {
  const { corpus, vectors, graphTextIndex } = parts;
  return {
    ...parts,
    ...(graphTextIndex && {
      graphTextIndex: {
        search: (workspaceId, kind, vector, options) =>
          graphTextIndex.search(workspaceId, kind, vector, { ...options, embedder }),
      },
    }),
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
