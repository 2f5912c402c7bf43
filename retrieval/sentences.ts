/** Sentences of chosen chunks with what they say, ready to be put together as evidence. */
import type { Chunk, EntityType, Fact, Mention, Span } from '../graph/index.ts';
import { termSet, termWeights, type TermWeights } from './term-weights.ts';
import type { Candidate } from './types.ts';
import { normalizeName, titleName } from '../graph/index.ts';

export interface SentenceEntity {
  readonly id: string;
  readonly name: string;
  readonly type: EntityType;
  readonly terms: ReadonlySet<string>;
  /** Where the sentence names it; undefined if only the document's title does. */
  readonly span: Span | undefined;
}

export interface EvidenceSentence {
  readonly candidate: Candidate;
  readonly span: Span;
  readonly text: string;
  /** Its own words and those of its headings: a sentence speaks of its document's subject unsaid. */
  readonly terms: ReadonlySet<string>;
  /** Entities it names, and the one its document is named after. */
  readonly entities: readonly SentenceEntity[];
  readonly facts: readonly Fact[];
}

export interface EvidencePool {
  readonly sentences: readonly EvidenceSentence[];
  readonly weights: TermWeights;
}

export function evidencePool(
  candidates: readonly Candidate[],
  mentions: readonly Mention[],
  facts: readonly Fact[],
): EvidencePool {
  const sentences = candidates.flatMap((candidate) => {
    const heading = termSet(candidate.chunk.headingPath.join(' '));
    const inChunk = mentions.filter((mention) => mention.chunkId === candidate.chunk.id);
    return candidate.chunk.sentences.map((span): EvidenceSentence => {
      const text = slice(candidate.chunk, span);
      return {
        candidate,
        span,
        text,
        terms: new Set([...termSet(text), ...heading]),
        entities: entitiesIn(candidate.chunk, span, inChunk),
        facts: facts.filter((fact) => says(fact, candidate.chunk.id, span)),
      };
    });
  });
  return { sentences, weights: termWeights(sentences.map((sentence) => sentence.terms)) };
}

function entitiesIn(chunk: Chunk, span: Span, mentions: readonly Mention[]): SentenceEntity[] {
  const title = titleName(chunk.headingPath[0] ?? '');
  const found = new Map<string, SentenceEntity>();
  for (const mention of mentions) {
    const isNamed = inside(mention.span, span);
    if (!isNamed && normalizeName(mention.entityName) !== title) continue;
    if (found.get(mention.entityId)?.span) continue;
    found.set(mention.entityId, {
      id: mention.entityId,
      name: mention.entityName,
      type: mention.type,
      terms: termSet(mention.entityName),
      span: isNamed ? mention.span : undefined,
    });
  }
  return [...found.values()];
}

function says(fact: Fact, chunkId: string, span: Span): boolean {
  return fact.support.some(
    (support) => support.chunkId === chunkId && inside(support.sentence, span),
  );
}

export function slice(chunk: Chunk, span: Span): string {
  return chunk.text.slice(span.start - chunk.start, span.end - chunk.start);
}

export function inside(inner: Span, outer: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
