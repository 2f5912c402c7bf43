/**
 * Embeds what documents say beside their chunks: names of entities, and facts. Every text of a workspace is embedded
 * once, whoever says it. Repeatable: a run that died leaves texts without vectors, which the next one embeds.
 */
import type { EngineClient } from '../cache/index.ts';
import {
  factText,
  type ChunkExtraction,
  type CorpusStore,
  type GraphText,
  type GraphTextStore,
} from '../graph/index.ts';

/** `names`: for reading names of questions that are written otherwise; `all`: facts too. */
export type EmbeddedTexts = 'none' | 'names' | 'all';

export interface GraphTextParts {
  readonly corpus: CorpusStore;
  readonly engine: Pick<EngineClient, 'embed' | 'info'>;
  readonly graphTexts?: GraphTextStore;
  /** Default `none`. */
  readonly embedGraph?: EmbeddedTexts;
}

/** Texts handed to the engine at a time. */
const BATCH = 64;
/** Documents looked up at a time. */
const LISTED = 200;

/** Of one document, after it was published. Throws what the engine throws. */
export async function embedTextsOfDocument(
  workspaceId: string,
  documentId: string,
  parts: GraphTextParts,
  signal: AbortSignal,
): Promise<void> {
  if (!noteTexts(documentId, parts)) return;
  await embedTexts(workspaceId, parts, signal, documentId);
}

/** Of all documents: those that came in before such texts were embedded, or whose vectors another embedder made. */
export async function embedTextsOfWorkspace(
  workspaceId: string,
  parts: GraphTextParts,
  signal: AbortSignal,
): Promise<void> {
  const { graphTexts, embedGraph = 'none' } = parts;
  if (!graphTexts || embedGraph === 'none') return;
  // Documents of which names alone were embedded have no fact yet.
  const last = embedGraph === 'all' ? 'fact' : 'name';
  for (let after = ''; ;) {
    const documents = graphTexts.documentsWithout(workspaceId, last, after, LISTED);
    if (documents.length === 0) break;
    for (const id of documents) {
      signal.throwIfAborted();
      noteTexts(id, parts);
    }
    after = documents.at(-1)!;
  }
  await embedTexts(workspaceId, parts, signal);
}

/** Whether there is anything to embed. */
function noteTexts(
  documentId: string,
  { corpus, graphTexts, embedGraph = 'none' }: GraphTextParts,
): boolean {
  if (!graphTexts || embedGraph === 'none') return false;
  const extractions = corpus.extractionsOfDocument(documentId);
  graphTexts.put(
    documentId,
    new Map(extractions.map((each) => [each.chunkId, textsOf(each, embedGraph)])),
  );
  return extractions.length > 0;
}

/** Dates and quantities are no names that a question could write otherwise. */
function textsOf({ mentions, triples }: ChunkExtraction, embedGraph: EmbeddedTexts): GraphText[] {
  const names = mentions
    .filter(({ type }) => type !== 'date' && type !== 'quantity')
    .map(({ name }): GraphText => ({ kind: 'name', text: name }));
  if (embedGraph !== 'all') return names;
  const facts = triples.map(({ subject, relation, object, negated }): GraphText => ({
    kind: 'fact',
    text: factText(subject.name, relation.name, object.name, negated),
  }));
  return [...names, ...facts];
}

async function embedTexts(
  workspaceId: string,
  { engine, graphTexts }: GraphTextParts,
  signal: AbortSignal,
  documentId?: string,
): Promise<void> {
  const { fingerprint } = engine.info.embedder;
  for (;;) {
    signal.throwIfAborted();
    const texts = graphTexts!.withoutVector(workspaceId, fingerprint, { documentId, limit: BATCH });
    if (texts.length === 0) return;
    const vectors = await engine.embed(
      texts.map(({ text }) => text),
      'passage',
      signal,
    );
    graphTexts!.putVectors(fingerprint, new Map(texts.map(({ label }, i) => [label, vectors[i]!])));
  }
}
