/**
 * What is known about the chosen chunks as a whole: sentences that speak of what another chunk names, and the places
 * where several speak of the same entities. A chunk's cache was made without the others, so these are the words whose
 * keys and values would change most in a full read.
 */
import type { FocusRange } from '../cache/index.ts';
import {
  chunkPromptHeader,
  type Chunk,
  type Fact,
  type Mention,
  type Span,
} from '../graph/index.ts';
import { openReferences } from './open-references.ts';

/** Whom such a sentence means is nowhere in its chunk; a shared name stands there, and is only known better elsewhere. */
const OPEN_REFERENCE = 1;
const SHARED_ENTITY = 0.3;
const QUESTION_ENTITY = 0.25;
const FACT_OF_SHARED = 0.15;

export function focusRanges(
  chunks: readonly Chunk[],
  mentions: readonly Mention[],
  facts: readonly Fact[],
  questionEntities: ReadonlySet<string>,
): Map<string, FocusRange[]> {
  const shared = sharedEntities(mentions);
  const ranges = new Map<string, FocusRange[]>(chunks.map((chunk) => [chunk.id, []]));
  const byId = new Map(chunks.map((chunk) => [chunk.id, chunk]));
  const add = (chunkId: string, span: Span, weight: number): void => {
    const chunk = byId.get(chunkId);
    if (chunk) ranges.get(chunkId)!.push({ ...inPrompt(chunk, span), weight });
  };
  for (const chunk of chunks) {
    for (const sentence of openReferences(chunk)) add(chunk.id, sentence, OPEN_REFERENCE);
  }
  for (const mention of mentions) {
    if (shared.has(mention.entityId)) add(mention.chunkId, mention.span, SHARED_ENTITY);
    else if (questionEntities.has(mention.entityId))
      add(mention.chunkId, mention.span, QUESTION_ENTITY);
  }
  for (const fact of facts) {
    if (!shared.has(fact.subject.id) && !shared.has(fact.object.id)) continue;
    for (const support of fact.support) {
      add(support.chunkId, support.relationSpan, FACT_OF_SHARED);
      add(support.chunkId, support.objectSpan, FACT_OF_SHARED);
    }
  }
  return ranges;
}

function sharedEntities(mentions: readonly Mention[]): Set<string> {
  const chunksOf = new Map<string, Set<string>>();
  for (const { entityId, chunkId } of mentions) {
    const chunks = chunksOf.get(entityId) ?? new Set();
    chunksOf.set(entityId, chunks.add(chunkId));
  }
  return new Set([...chunksOf].filter(([, chunks]) => chunks.size > 1).map(([id]) => id));
}

/** From offsets in the document to offsets in the chunk's prompt text. */
function inPrompt(chunk: Chunk, span: Span): Span {
  const shift = chunkPromptHeader(chunk).length - chunk.start;
  return { start: span.start + shift, end: span.end + shift };
}
