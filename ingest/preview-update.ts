/** What a new version of a document would change, told without storing anything. */
import type { Tokenizer } from '../engine/index.ts';
import {
  IdentityResolver,
  previewReplacement,
  type CorpusStore,
  type GraphPreview,
  type GraphStore,
  type IdentityStore,
} from '../graph/index.ts';
import { chunkDocument } from './chunk/index.ts';
import { extractInTurns } from './extract/index.ts';
import { parseInChild, type ParseLimits } from './parse/index.ts';
import { withValidTimes } from './time/index.ts';

export interface PreviewParts {
  readonly corpus: CorpusStore;
  readonly graph: GraphStore;
  readonly identity: IdentityStore;
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
 * The same parsing, chunking and rules as at ingest. `documentId` is that of the document the content would
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
  const { corpus, graph, identity, tokenizer, limits } = parts;
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
  const old = corpus.chunkIds(workspaceId, documentId);
  const preview = await previewReplacement(graph, workspaceId, {
    documentId,
    chunkIds: old,
    extractions: resolver.resolve(documentId, timed),
  });
  return {
    ...preview,
    chunks: compare(
      old,
      chunks.map((chunk) => chunk.id),
    ),
  };
}

function compare(old: readonly string[], wanted: readonly string[]): UpdatePreview['chunks'] {
  const kept = wanted.filter((id) => old.includes(id)).length;
  return { added: wanted.length - kept, removed: old.length - kept, kept };
}
