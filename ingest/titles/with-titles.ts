/**
 * A graph store in which documents mention each other by title. What is handed in is the raw extraction: where a chunk's
 * text has the title of another document and the rules saw no name, the title is a mention too. These mentions are not
 * kept with the extraction: they follow from the titles there are, and `syncTitles` has documents written again when
 * titles come and go.
 */
import { titleName } from '../../graph/index.ts';
import type {
  Chunk,
  ChunkExtraction,
  CorpusStore,
  ExtractedMention,
  GraphStore,
  SaidByDocument,
  TitleStore,
} from '../../graph/index.ts';
import { TitleIndex } from './title-index.ts';

export interface TitleParts {
  readonly corpus: Pick<CorpusStore, 'chunks' | 'document'>;
  readonly titles: TitleStore;
}

/** Titles read at a time. */
const PAGE = 5_000;
/** Workspaces whose titles are kept in memory. */
const KEPT = 16;

export function withTitles(store: GraphStore, parts: TitleParts): GraphStore {
  const titlesOf = knownTitles(parts.titles);
  return {
    ...store,
    replaceDocument: async (workspaceId, documentId, extractions) => {
      for (;;) {
        const { index, upTo } = titlesOf(workspaceId);
        const said = linked({ documentId, extractions }, workspaceId, index, parts);
        const change = await store.replaceDocument(workspaceId, documentId, said);
        // A title that came meanwhile may have had this document written before this write ended.
        if (titlesOf(workspaceId).upTo === upTo) return change;
        const now = linked({ documentId, extractions }, workspaceId, index, parts);
        if (JSON.stringify(now) === JSON.stringify(said)) return change;
      }
    },
    ...(store.replaceDocuments && {
      replaceDocuments: (workspaceId, documents) =>
        store.replaceDocuments!(workspaceId, linkedAll(documents, workspaceId, titlesOf, parts)),
    }),
  };
}

function* linkedAll(
  documents: Iterable<SaidByDocument>,
  workspaceId: string,
  titlesOf: (workspaceId: string) => Known,
  parts: TitleParts,
): Iterable<SaidByDocument> {
  for (const document of documents) {
    const { index } = titlesOf(workspaceId);
    const extractions = linked(document, workspaceId, index, parts);
    yield { documentId: document.documentId, extractions };
  }
}

function linked(
  { documentId, extractions }: SaidByDocument,
  workspaceId: string,
  index: TitleIndex,
  { corpus }: TitleParts,
): readonly ChunkExtraction[] {
  const own = ownTitle(corpus, workspaceId, documentId);
  const chunks = corpus.chunks(
    workspaceId,
    extractions.map(({ chunkId }) => chunkId),
  );
  return withTitleMentions(extractions, chunks, index, own);
}

/** What `withTitles` would write of a document that is not published. */
export function linkedByTitles(
  titles: TitleStore,
  workspaceId: string,
  content: { readonly title: string; readonly chunks: readonly Chunk[] },
  extractions: readonly ChunkExtraction[],
): readonly ChunkExtraction[] {
  const { index } = knownTitles(titles)(workspaceId);
  return withTitleMentions(extractions, content.chunks, index, titleName(content.title));
}

export function ownTitle(
  corpus: TitleParts['corpus'],
  workspaceId: string,
  documentId: string,
): string | undefined {
  const title = corpus.document(workspaceId, documentId)?.title;
  return title === undefined ? undefined : titleName(title);
}

/** The extractions with what their chunks' texts name of the index; `own` is the document's own title, as `titleName` has it. */
export function withTitleMentions(
  extractions: readonly ChunkExtraction[],
  chunks: readonly Chunk[],
  index: TitleIndex,
  own: string | undefined,
): readonly ChunkExtraction[] {
  const byId = new Map(chunks.map((chunk) => [chunk.id, chunk]));
  return extractions.map((extraction) => {
    const chunk = byId.get(extraction.chunkId);
    const more = chunk ? titleMentions(chunk, extraction.mentions, index, own) : [];
    return more.length === 0
      ? extraction
      : { ...extraction, mentions: [...extraction.mentions, ...more] };
  });
}

/** Names that the rules saw stay; a title gives way to them unless it is the longer name. */
function titleMentions(
  { text, start: offset }: Chunk,
  known: readonly ExtractedMention[],
  index: TitleIndex,
  own: string | undefined,
): ExtractedMention[] {
  return index.placesIn(text, own).flatMap((place): ExtractedMention[] => {
    const [start, end] = [offset + place.start, offset + place.end];
    const inTheWay = known.some(
      ({ span }) =>
        span.start < end &&
        start < span.end &&
        (span.start < start || end < span.end || (span.start === start && end === span.end)),
    );
    if (inTheWay) return [];
    const surface = text.slice(place.start, place.end);
    return [{ surface, name: surface, type: 'thing', span: { start, end } }];
  });
}

interface Known {
  readonly index: TitleIndex;
  upTo: number;
}

/** The titles of a workspace in memory, following the log of their changes. */
function knownTitles(titles: TitleStore): (workspaceId: string) => Known {
  const kept = new Map<string, Known>();
  return (workspaceId) => {
    const known = kept.get(workspaceId) ?? { index: new TitleIndex(), upTo: 0 };
    kept.delete(workspaceId);
    kept.set(workspaceId, known);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
    for (;;) {
      const changes = titles.changesSince(workspaceId, known.upTo, PAGE);
      for (const { seq, title, stands } of changes) {
        if (stands) known.index.add(title);
        else known.index.remove(title);
        known.upTo = seq;
      }
      if (changes.length < PAGE) return { index: known.index, upTo: known.upTo };
    }
  };
}
