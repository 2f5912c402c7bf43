/** When everything that may be searched fits into the prompt, nothing is left to chance: all of it is read. */
import type { Chunk, CorpusStore, SearchFilter } from '../graph/index.ts';
import type { ContextBudget } from './select.ts';
import type { Candidate } from './types.ts';

/** More documents or chunks than this are not looked at: they would hardly fit. */
const MOST_DOCUMENTS = 50;
const MOST_CHUNKS = 100;

/**
 * All chunks under the filter, those that were found first, in their order, then the others as they stand in their
 * documents; `undefined` if they do not fit. The budget's number of chunks does not count.
 * @param found best first
 */
export function wholeCorpus(
  corpus: Pick<CorpusStore, 'documents' | 'searchable' | 'chunkIdsOf' | 'chunks'>,
  { workspaceId, filter }: { readonly workspaceId: string; readonly filter?: SearchFilter },
  found: readonly Candidate[],
  budget: ContextBudget,
): Candidate[] | undefined {
  const chunks = fewChunks(corpus, workspaceId, filter);
  if (!chunks || chunks.length === 0) return undefined;
  const tokens = chunks.reduce((sum, { tokenCount }) => sum + tokenCount, 0);
  if (tokens > Math.min(budget.tokens, budget.computedTokens ?? Infinity)) return undefined;
  const known = new Set(found.map(({ chunk }) => chunk.id));
  const others = chunks.filter(({ id }) => !known.has(id)).map(unfound);
  return [...found.toSorted((a, b) => b.score - a.score), ...others];
}

function fewChunks(
  corpus: Pick<CorpusStore, 'documents' | 'searchable' | 'chunkIdsOf' | 'chunks'>,
  workspaceId: string,
  filter: SearchFilter | undefined,
): Chunk[] | undefined {
  const page = corpus.documents(
    workspaceId,
    { ids: filter?.documentIds },
    { limit: MOST_DOCUMENTS },
  );
  if (page.hasMore) return undefined;
  const allowed = corpus.searchable(workspaceId, filter);
  const ids = page.data.map(({ id }) => id).filter(allowed);
  const chunkIds = [...corpus.chunkIdsOf(workspaceId, ids).values()].flat();
  return chunkIds.length > MOST_CHUNKS ? undefined : corpus.chunks(workspaceId, chunkIds);
}

function unfound(chunk: Chunk): Candidate {
  return {
    chunk,
    score: 0,
    lexical: undefined,
    dense: undefined,
    link: undefined,
    round: 1,
    via: undefined,
  };
}
