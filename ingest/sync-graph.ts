/** Brings the graph store in step with the commit record, in the background of a server. */
import { ConflictError, GraphMemoryError } from '../graph/index.ts';
import type { CorpusStore, GraphStore, SaidByDocument, TitleStore } from '../graph/index.ts';
import type { HandlerLog } from './handle-job.ts';
import { syncGraph } from './ingest-document.ts';
import { untilGraphAnswers } from './outlast-graph.ts';
import { syncTitles } from './titles/index.ts';

interface Parts {
  readonly corpus: CorpusStore;
  readonly graph: GraphStore;
  /** What a crash left to do for titles is done too. */
  readonly titles?: TitleStore;
}

/**
 * Writes every document whose graph is not known to be written. A store that holds another graph than the one
 * last written to (another server, or one whose data is gone) gets all of them anew. Waits for a store that
 * is away; throws the signal's reason when it is aborted.
 */
export async function syncGraphStore(
  { corpus, graph, titles }: Parts,
  log: HandlerLog,
  signal: AbortSignal,
): Promise<void> {
  let told = false;
  const outlast = <T>(work: () => Promise<T>): Promise<T> =>
    untilGraphAnswers(work, signal, (error) => {
      if (!told) log.warn({ err: error }, 'the graph store is away; waiting for it');
      told = true;
    });
  const id = (await outlast(async () => graph.storeId?.())) ?? graph.kind;
  corpus.useGraphStore(id);
  for (const documents of inGroups(corpus.documentsAwaitingGraph())) {
    await outlast(() => syncTogether(documents, { corpus, graph }));
  }
  for (const workspaceId of titles?.workspacesPending() ?? []) {
    await outlast(() => syncTitles(workspaceId, { corpus, graph, titles: titles! }, signal));
  }
}

type Awaiting = ReturnType<CorpusStore['documentsAwaitingGraph']>[number];

/** What one group has written stays, should the process end in the next one. */
const GROUP = 1_000;

/** Documents of one workspace each, `GROUP` at most. */
function inGroups(documents: readonly Awaiting[]): Awaiting[][] {
  const groups: Awaiting[][] = [];
  for (const document of documents) {
    const last = groups.at(-1);
    const fits = last && last.length < GROUP && last[0]!.workspaceId === document.workspaceId;
    if (fits) last.push(document);
    else groups.push([document]);
  }
  return groups;
}

async function syncTogether(documents: readonly Awaiting[], parts: Parts): Promise<void> {
  const { corpus, graph } = parts;
  if (documents.length > 1 && graph.replaceDocuments && (await loaded(documents, parts))) {
    corpus.atomically(() => {
      for (const { documentId, version } of documents) corpus.markGraphSynced(documentId, version);
    });
    return;
  }
  for (const { workspaceId, documentId, version } of documents) {
    await syncGraph(workspaceId, documentId, version, parts);
  }
}

/**
 * False if entities were merged meanwhile, or if the server has too little memory for many documents at once: then each
 * document is written by itself, with the new names.
 */
async function loaded(documents: readonly Awaiting[], { corpus, graph }: Parts): Promise<boolean> {
  const said = function* (): Generator<SaidByDocument> {
    for (const { documentId } of documents) {
      yield { documentId, extractions: corpus.extractionsOfDocument(documentId) };
    }
  };
  try {
    await graph.replaceDocuments!(documents[0]!.workspaceId, said());
    return true;
  } catch (error) {
    if (error instanceof ConflictError || error instanceof GraphMemoryError) return false;
    throw error;
  }
}
