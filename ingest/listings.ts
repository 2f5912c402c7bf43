/** Listings read page by page to their end. */
import type { CorpusStore, DocumentRecord } from '../graph/index.ts';

const PAGE = 200;

export function workspaceIds(corpus: CorpusStore): string[] {
  const ids: string[] = [];
  for (;;) {
    const page = corpus.workspaces({ limit: PAGE, after: ids.at(-1) });
    ids.push(...page.data.map((workspace) => workspace.id));
    if (!page.hasMore) return ids;
  }
}

export function documentsOf(corpus: CorpusStore, workspaceId: string): DocumentRecord[] {
  const documents: DocumentRecord[] = [];
  for (;;) {
    const after = documents.at(-1)?.id;
    const page = corpus.documents(workspaceId, {}, { limit: PAGE, after });
    documents.push(...page.data);
    if (!page.hasMore) return documents;
  }
}
