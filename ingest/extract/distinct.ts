/** One of each mention and each triple, in the order of the text. */

import type { ExtractedMention, ExtractedTriple } from '../../graph/index.ts';
import { nameFault } from './contract.ts';

export function distinctMentions(mentions: readonly ExtractedMention[]): ExtractedMention[] {
  const seen = new Set<string>();
  return mentions
    .filter((mention) => {
      const key = `${mention.span.start}:${mention.span.end}`;
      return nameFault(mention.name) === undefined && !seen.has(key) && seen.add(key) !== undefined;
    })
    .sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
}

export function distinctTriples(triples: readonly ExtractedTriple[]): ExtractedTriple[] {
  const seen = new Set<string>();
  return triples.filter(({ subject, relation, object, sentence, negated }) => {
    const key = JSON.stringify([subject.name, relation.name, object.name, negated, sentence.start]);
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
