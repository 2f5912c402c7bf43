/** One sentence -> names and raw triples, still with the words as they stand. */

import type { Span } from '../../graph/index.ts';
import { clauseTriples, type RawTriple } from './clauses.ts';
import { lifespans } from './lifespans.ts';
import { findMentions, type RawMention } from './names.ts';
import { openTriples } from './open-triples.ts';
import type { Argument } from './phrase.ts';
import { phrasesOf } from './phrases.ts';
import { tagSentence, type CapitalLexicon } from './token.ts';

export interface SentenceAnalysis {
  readonly span: Span;
  readonly mentions: readonly RawMention[];
  readonly triples: readonly RawTriple[];
  readonly subjects: readonly Argument[];
  readonly persons: readonly Argument[];
}

/** Longer ones are lists or data; only their names are taken, and of the first so many characters. */
const MAX_SENTENCE_CHARS = 2_000;

export function analyzeSentence(
  text: string,
  sentence: Span,
  capitals: CapitalLexicon,
  title: string | undefined,
): SentenceAnalysis {
  const span = {
    start: sentence.start,
    end: Math.min(sentence.end, sentence.start + MAX_SENTENCE_CHARS),
  };
  const tokens = tagSentence(text, span, capitals);
  const mentions = findMentions(text, span, tokens, title);
  if (span.end < sentence.end)
    return { span: sentence, mentions, triples: [], subjects: [], persons: [] };
  const reading = clauseTriples(phrasesOf(text, tokens, mentions));
  const close = [...lifespans(text, mentions), ...reading.triples];
  return {
    span: sentence,
    mentions,
    ...reading,
    triples: [...close, ...openTriples(text, span, mentions, close)],
  };
}
