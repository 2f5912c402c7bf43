import type { CorpusStore, GraphStore } from '../../graph/index.ts';

/**
 * Writes what the published version of a document says to the graph anew, beside jobs that may publish or
 * delete the document meanwhile: what stands at the end is what the commit record holds.
 */
export async function rewriteDocument(
  { corpus, graph }: { readonly corpus: CorpusStore; readonly graph: GraphStore },
  workspaceId: string,
  documentId: string,
): Promise<void> {
  for (;;) {
    const version = publishedVersion(corpus, workspaceId, documentId);
    if (version === undefined) return;
    const extractions = corpus.extractionsOfDocument(documentId);
    await graph.replaceDocument(workspaceId, documentId, extractions);
    const now = publishedVersion(corpus, workspaceId, documentId);
    if (now === version) return;
    // Its job may have removed it before it was written here.
    if (now === undefined) return void (await graph.removeDocument(workspaceId, documentId));
  }
}

/** Undefined for a document that is not published, or on its way out. */
function publishedVersion(
  corpus: CorpusStore,
  workspaceId: string,
  documentId: string,
): number | undefined {
  const document = corpus.document(workspaceId, documentId);
  if (!document || document.status === 'deleting') return undefined;
  return document.publishedVersion || undefined;
}
