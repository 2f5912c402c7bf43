import type { CorpusStore, GraphStore, TitleChange, TitleStore } from '../../graph/index.ts';
import { rewriteDocument } from '../resolve/rewrite-document.ts';
import { TitleIndex } from './title-index.ts';
import { ownTitle, withTitleMentions } from './with-titles.ts';

interface Parts {
  readonly corpus: CorpusStore;
  /** As `withTitles` gives it. */
  readonly graph: GraphStore;
  readonly titles: TitleStore;
}

/** Changes looked at together. */
const PAGE = 100;

/**
 * Writes the documents again that name a title which came or went since. A crash loses nothing: what is not settled is
 * looked at by the next call. Throws what the graph throws, and the signal's reason when aborted.
 */
export async function syncTitles(
  workspaceId: string,
  parts: Parts,
  signal?: AbortSignal,
): Promise<void> {
  const { titles } = parts;
  for (;;) {
    const changes = titles.pending(workspaceId, PAGE);
    if (changes.length === 0) return;
    const documents = new Set<string>();
    for (const change of changes) {
      signal?.throwIfAborted();
      for (const id of titles.documentsNaming(workspaceId, change.title)) {
        if (!documents.has(id) && isNewsTo(workspaceId, id, change, parts)) documents.add(id);
      }
      await new Promise(setImmediate);
    }
    for (const id of documents) {
      signal?.throwIfAborted();
      await rewriteDocument(parts, workspaceId, id);
    }
    for (const change of changes) titles.settle(change);
  }
}

/** Most texts that have a title's words were seen to name it anyhow. */
function isNewsTo(
  workspaceId: string,
  documentId: string,
  { title }: TitleChange,
  { corpus }: Parts,
): boolean {
  const index = new TitleIndex();
  index.add(title);
  const raw = corpus.extractionsOfDocument(documentId);
  const chunks = corpus.chunks(
    workspaceId,
    raw.map(({ chunkId }) => chunkId),
  );
  const own = ownTitle(corpus, workspaceId, documentId);
  const said = withTitleMentions(raw, chunks, index, own);
  return said.some((each, i) => each !== raw[i]);
}
