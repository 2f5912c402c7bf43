/**
 * Sentences at the beginning of a chunk that speak of what an earlier one named: "She plays in ...", "The film was ...".
 * Read apart, nobody knows whom they mean, so it is these words whose keys and values a full read would change most.
 */
import type { Chunk, Span } from '../graph/index.ts';

/** Subjects that stand for something named before. English, as the rules of extraction are. */
const PRONOUN = /^(?:he|she|it|they|his|her|its|their|this|that|these|those|here|there|such)\b/i;
/** A description without a name ("the film was", not "the neighbour of Helen was"). */
const DESCRIPTION =
  /^[Tt]he (?:(?!(?:of|for|in|on|at|by|to|from|with|and|or)\b)[a-z-]+ ){1,3}(?:is|was|are|were|has|had|have|did|does|can|could|will|would|may|might|must|also|then|later|[a-z]+ed)\b/;
/** References reach back a few sentences; a chunk's own names take over soon. */
const MOST_SENTENCES = 3;

/** Spans of the document, ascending: whole sentences, as each of their words hangs on the name that is missing. */
export function openReferences({ text, start, sentences }: Chunk): Span[] {
  const isClosed = (span: Span): boolean => {
    const words = text.slice(span.start - start, span.end - start).trimStart();
    return !PRONOUN.test(words) && !DESCRIPTION.test(words);
  };
  const closed = sentences.findIndex(isClosed);
  return sentences.slice(0, Math.min(closed < 0 ? sentences.length : closed, MOST_SENTENCES));
}
