/** What a triple must keep to before it may enter the graph, and a log of those that do not. */

import type { ExtractedTriple, Span } from '../../graph/index.ts';
import { NOT_NAMES, PRONOUNS, TIME_NOUNS } from './lexicon.ts';

export type Rejection = 'pronoun' | 'generic' | 'length' | 'span' | 'self' | 'empty';

/** A triple that was not taken, in the words of the text. */
export interface RejectedTriple {
  readonly chunkId: string;
  readonly reason: Rejection;
  readonly subject: string;
  readonly relation: string;
  readonly object: string;
  readonly sentence: Span;
}

/** Counts all, keeps the first 1,000 of a document for people to look at. */
export class RejectionLog {
  readonly counts: Record<Rejection, number> = {
    pronoun: 0,
    generic: 0,
    length: 0,
    span: 0,
    self: 0,
    empty: 0,
  };
  readonly list: RejectedTriple[] = [];
  #chunkId = '';

  /** What is added from here on is from this chunk. */
  startChunk(id: string): void {
    this.#chunkId = id;
  }

  add(reason: Rejection, triple: Omit<RejectedTriple, 'chunkId' | 'reason'>): void {
    this.counts[reason] += 1;
    if (this.list.length >= MAX_LISTED) return;
    const { subject, relation, object, sentence } = triple;
    this.list.push({ chunkId: this.#chunkId, reason, subject, relation, object, sentence });
  }
}

const MAX_LISTED = 1_000;
const MAX_ARGUMENT_WORDS = 12;
const MAX_RELATION_WORDS = 8;
const MAX_ARGUMENT_CHARS = 160;

/** undefined when the triple is good. */
export function rejectionOf(
  triple: ExtractedTriple,
  text: string,
  within: Span,
): Rejection | undefined {
  const { subject, relation, object } = triple;
  if (
    ![subject.span, relation.span, object.span].every(
      (span) => isInside(span, within) && span.end > span.start,
    )
  )
    return 'span';
  if (relation.name.trim() === '' || relation.name.split(' ').length > MAX_RELATION_WORDS)
    return 'length';
  for (const name of [subject.name, object.name]) {
    const fault = nameFault(name);
    if (fault !== undefined) return fault;
  }
  if (subject.name.toLowerCase() === object.name.toLowerCase()) return 'self';
  if (text.slice(subject.span.start, subject.span.end).trim() === '') return 'span';
  return undefined;
}

export function nameFault(name: string): Rejection | undefined {
  const lower = name.toLowerCase();
  if (!/[\p{L}\p{N}]/u.test(name)) return 'empty';
  if (PRONOUNS.has(lower)) return 'pronoun';
  if (NOT_NAMES.has(lower) || TIME_NOUNS.has(lower) || /^(\p{L}|\p{P}+)$/u.test(name))
    return 'generic';
  if (name.length > MAX_ARGUMENT_CHARS || name.split(/\s+/).length > MAX_ARGUMENT_WORDS)
    return 'length';
  return undefined;
}

function isInside(span: Span, within: Span): boolean {
  return span.start >= within.start && span.end <= within.end;
}
