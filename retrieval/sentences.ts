/** Sentences of chosen chunks, scored as evidence for a question. */
import type { Chunk, Mention, Span } from '../graph/index.ts';
import type { Question } from './question.ts';
import { termSet, termWeights } from './term-weights.ts';
import type { Candidate } from './types.ts';

export interface ScoredSentence {
  readonly candidate: Candidate;
  readonly span: Span;
  readonly text: string;
  readonly score: number;
  /** Share of the question's terms it holds, by weight. */
  readonly coverage: number;
  /** It names something of the type the question asks for that the question does not name itself. */
  readonly typed: boolean;
}

/** What a sentence gains by naming something of the type that is asked for. */
const TYPE_BONUS = 0.35;
/** What the chunk's rank contributes against the sentence's own words. */
const CHUNK_SHARE = 0.35;

/** Best first. Mentions carry the types; see `typeOf`. */
export function scoreSentences(
  question: Question,
  candidates: readonly Candidate[],
  mentions: readonly (Mention & { readonly type: string })[],
): ScoredSentence[] {
  const all = candidates.flatMap((candidate) =>
    candidate.chunk.sentences.map((span) => ({
      candidate,
      span,
      text: slice(candidate.chunk, span),
    })),
  );
  const sets = all.map(({ candidate, text }) => withContext(candidate, termSet(text)));
  const weights = termWeights(sets);
  const largest = Math.max(...candidates.map((each) => each.score), Number.MIN_VALUE);
  const named = new Set(question.terms);
  return all
    .map((sentence, i): ScoredSentence => {
      const coverage = weights.coverage(question.terms, sets[i]!);
      const typed = mentions.some(
        (mention) =>
          mention.chunkId === sentence.candidate.chunk.id &&
          inside(mention.span, sentence.span) &&
          question.answerTypes.some((type) => type === mention.type) &&
          ![...termSet(mention.entityName)].every((term) => named.has(term)),
      );
      const rank = sentence.candidate.score / largest;
      const score = coverage * (1 - CHUNK_SHARE) + rank * CHUNK_SHARE + (typed ? TYPE_BONUS : 0);
      return { ...sentence, score, coverage, typed };
    })
    .toSorted((a, b) => b.score - a.score);
}

/** A sentence speaks of its document's subject and of the entity that led here without naming them. */
function withContext(candidate: Candidate, terms: Set<string>): Set<string> {
  for (const term of termSet(candidate.chunk.headingPath.join(' '))) terms.add(term);
  for (const term of candidate.via ? termSet(candidate.via.entityName) : []) terms.add(term);
  return terms;
}

export function slice(chunk: Chunk, span: Span): string {
  return chunk.text.slice(span.start - chunk.start, span.end - chunk.start);
}

export function inside(inner: Span, outer: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
