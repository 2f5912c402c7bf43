/** What a new version of a document would change, told without storing anything. */
import type { Tokenizer } from '../engine/index.ts';
import {
  IdentityResolver,
  previewReplacement,
  type CorpusStore,
  type GraphPreview,
  type GraphStore,
  type IdentityStore,
  type SchemaStore,
  type TitleStore,
} from '../graph/index.ts';
import { chunkDocument } from './chunk/index.ts';
import { extractInTurns } from './extract/index.ts';
import { parseInChild, type ParseLimits } from './parse/index.ts';
import { statedInSchema } from './schema/index.ts';
import { withValidTimes } from './time/index.ts';
import { leavingTitle, linkedByTitles } from './titles/index.ts';

export interface PreviewParts {
  readonly corpus: CorpusStore;
  readonly graph: GraphStore;
  readonly identity: IdentityStore;
  readonly schemas: SchemaStore;
  readonly titles: TitleStore;
  readonly tokenizer: Pick<Tokenizer, 'count'>;
  readonly limits: Partial<ParseLimits>;
}

/** Bytes in a file, and what they are. */
export interface NewContent {
  readonly path: string;
  readonly name: string;
  readonly mediaType: string;
}

export interface UpdatePreview extends GraphPreview {
  readonly chunks: { readonly added: number; readonly removed: number; readonly kept: number };
}

/**
 * The same parsing, chunking, rules, titles and schema as at ingest. `documentId` is that of the document the content would
 * replace; any other id for one that would be new.
 * @throws what parsing throws; the signal's reason when aborted
 */
export async function previewUpdate(
  parts: PreviewParts,
  workspaceId: string,
  documentId: string,
  content: NewContent,
  signal: AbortSignal,
): Promise<UpdatePreview> {
  const { corpus, graph, identity, schemas, titles, tokenizer, limits } = parts;
  const parsed = await parseInChild(content, limits, signal);
  const chunks = chunkDocument({
    workspaceId,
    documentId,
    parsed,
    countTokens: (text) => tokenizer.count(text),
    chunkTokens: corpus.workspace(workspaceId)!.settings.chunkTokens,
  });
  const { extractions } = await extractInTurns({ parsed, chunks }, { signal });
  const resolver = new IdentityResolver(workspaceId, identity.standing(workspaceId));
  const timed = withValidTimes(parsed.text, extractions);
  const linked = linkedByTitles(titles, workspaceId, { ...parsed, chunks }, timed);
  const stated = await statedInSchema(
    schemas,
    workspaceId,
    documentId,
    { ...parsed, chunks },
    linked,
  );
  const old = corpus.chunkIds(workspaceId, documentId);
  const preview = await previewReplacement(graph, workspaceId, {
    documentId,
    chunkIds: old,
    extractions: resolver.resolve(documentId, stated),
    leaving: leavingTitle(parts, workspaceId, documentId, parsed.title),
  });
  return {
    ...preview,
    chunks: compare(
      old,
      chunks.map((chunk) => chunk.id),
    ),
  };
}

/** What deleting a document would change. */
export async function previewDeletion(
  parts: Pick<PreviewParts, 'corpus' | 'graph' | 'titles'>,
  workspaceId: string,
  documentId: string,
): Promise<GraphPreview & { readonly chunks: number }> {
  const chunkIds = parts.corpus.chunkIds(workspaceId, documentId);
  const preview = await previewReplacement(parts.graph, workspaceId, {
    documentId,
    chunkIds,
    extractions: [],
    leaving: leavingTitle(parts, workspaceId, documentId),
  });
  return { ...preview, chunks: chunkIds.length };
}

function compare(old: readonly string[], wanted: readonly string[]): UpdatePreview['chunks'] {
  const kept = wanted.filter((id) => old.includes(id)).length;
  return { added: wanted.length - kept, removed: old.length - kept, kept };
}
