/**
 * Sentences at the beginning of a chunk that speak of what an earlier one named: "She plays in ...", "The film was ...".
 * Read apart, nobody knows whom they mean, so it is these words whose keys and values a full read would change most.
 */
import type { Chunk, Span } from '../graph/index.ts';

/** Subjects that stand for something named before. English, as the rules of extraction are. */
const PRONOUN = /^(?:he|she|it|they|his|her|its|their|this|that|these|those|here|there|such)\b/i;
const PREPOSITION = String.raw`(?:of|for|in|on|at|by|to|from|with|and|or|as|than)\b`;
/** What a sentence says of its subject: forms that end alike, and common verbs that do not. */
const VERB = String.raw`(?:[a-z]+(?:ed|s)|had|have|did|does|can|could|will|would|may|might|must|are|were|also|then|later|soon|now|still|once|never|often|began|became|brought|built|came|cost|drew|fell|felt|flew|fought|found|gave|got|grew|held|kept|knew|lay|led|left|lost|made|met|ran|rose|sang|sank|sat|saw|sold|sent|set|shot|spent|spoke|stood|struck|swam|taught|told|took|went|won|wrote)`;
/** A description without a name ("the film was", not "the neighbour of Helen was" or "the explorer Nansen"). */
const DESCRIPTION = new RegExp(`^[Tt]he (?:(?!${PREPOSITION})[a-z-]+ ){1,3}${VERB}\\b`);
/** "It is recorded that Fram …" speaks of nothing before. */
const EXPLETIVE = /^it (?:is|was|has been|had been|seems|appears|turned out)\b[^.]{0,30}?\bthat\b/i;
/** References reach back a few sentences; a chunk's own names take over soon. */
const MOST_SENTENCES = 3;

/** Spans of the document, ascending: whole sentences, as each of their words hangs on the name that is missing. */
export function openReferences({ text, start, sentences }: Chunk): Span[] {
  const isClosed = (span: Span): boolean => {
    const words = text.slice(span.start - start, span.end - start).trimStart();
    return EXPLETIVE.test(words) || !(PRONOUN.test(words) || DESCRIPTION.test(words));
  };
  const closed = sentences.findIndex(isClosed);
  return sentences.slice(0, Math.min(closed < 0 ? sentences.length : closed, MOST_SENTENCES));
}
