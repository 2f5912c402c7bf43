/** Where, in a quoted sentence, the words stand that are the answer. */
import type { Citation, Span } from '../../api/contract/index.ts';

type Quotation = Pick<Citation, 'text' | 'span' | 'answer_span'>;

/** The answer inside the citation's text, or null where the citation does not hold it. */
export function answerWithin({ text, span, answer_span }: Quotation): Span | null {
  if (!answer_span) return null;
  const start = answer_span.start - span.start;
  const end = answer_span.end - span.start;
  return start >= 0 && start < end && end <= text.length ? { start, end } : null;
}

/** The answer inside `text`, which quotes one of the citations whole; null where none is quoted. */
export function answerQuotedIn(text: string, citations: readonly Quotation[]): Span | null {
  for (const citation of citations) {
    const within = answerWithin(citation);
    const at = within ? text.indexOf(citation.text) : -1;
    if (within && at >= 0) return { start: at + within.start, end: at + within.end };
  }
  return null;
}

export const splitAt = (text: string, { start, end }: Span): [string, string, string] => [
  text.slice(0, start),
  text.slice(start, end),
  text.slice(end),
];
