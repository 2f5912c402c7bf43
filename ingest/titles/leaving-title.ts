import { entityId, titleName } from '../../graph/index.ts';
import type { ChunkExtraction, CorpusStore, Replacement, TitleStore } from '../../graph/index.ts';
import { TitleIndex } from './title-index.ts';
import { ownTitle, withTitleMentions } from './with-titles.ts';

/**
 * The entity of a document's title, if the title goes with the document or with its new title `next`, and how many other
 * documents speak of it by this title alone.
 */
export function leavingTitle(
  { corpus, titles }: { readonly corpus: CorpusStore; readonly titles: TitleStore },
  workspaceId: string,
  documentId: string,
  next?: string,
): Replacement['leaving'] {
  const title = ownTitle(corpus, workspaceId, documentId);
  if (title === undefined || (next !== undefined && titleName(next) === title)) return undefined;
  const bearers = titles.documentsTitled(workspaceId, title);
  if (bearers.some((id) => id !== documentId)) return undefined;
  const index = new TitleIndex();
  index.add(title);
  const entity = entityId(workspaceId, title);
  const losing = titles.documentsNaming(workspaceId, title).filter((id) => {
    if (id === documentId) return false;
    const raw = corpus.extractionsOfDocument(id);
    if (speaksOf(workspaceId, raw, entity)) return false;
    const chunks = corpus.chunks(
      workspaceId,
      raw.map(({ chunkId }) => chunkId),
    );
    return speaksOf(workspaceId, withTitleMentions(raw, chunks, index, undefined), entity);
  });
  return { entityId: entity, documents: losing.length };
}

function speaksOf(
  workspaceId: string,
  extractions: readonly ChunkExtraction[],
  entity: string,
): boolean {
  const isIt = ({ name }: { readonly name: string }): boolean =>
    entityId(workspaceId, name) === entity;
  return extractions.some(
    ({ mentions, triples }) =>
      mentions.some(isIt) || triples.some(({ subject, object }) => isIt(subject) || isIt(object)),
  );
}
