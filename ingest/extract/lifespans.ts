/** "Fridtjof Nansen (10 October 1861 – 13 May 1930)": dates of birth and death in brackets behind a name. */

import type { RawTriple } from './clauses.ts';
import type { RawMention } from './names.ts';
import type { Argument } from './phrase.ts';

const CONFIDENCE = 0.9;

export function lifespans(text: string, mentions: readonly RawMention[]): RawTriple[] {
  const triples: RawTriple[] = [];
  for (const [index, name] of mentions.entries()) {
    const [first, second] = [mentions[index + 1], mentions[index + 2]];
    if (name.type === 'date' || name.type === 'quantity' || first?.type !== 'date') continue;
    const lead = text.slice(name.span.end, first.span.start);
    const born = /^\s\((?:[^()]{0,60}[;,]\s)?(?:born|b\.)\s(?:on\s|in\s)?$/.test(lead);
    const range =
      second?.type === 'date' &&
      /^\s?[–—-]\s?$/.test(text.slice(first.span.end, second.span.start)) &&
      /^\s?\)/.test(text.slice(second.span.end));
    const plain = /^\s\((?:[^()]{0,60}[;,]\s)?$/.test(lead);
    if (!born && !(plain && range)) continue;
    const open = text.indexOf('(', name.span.end);
    triples.push(fact(name, 'born', { start: open, end: first.span.start }, first));
    if (range && second !== undefined)
      triples.push(fact(name, 'died', { start: first.span.end, end: second.span.start }, second));
  }
  return triples;
}

function fact(
  subject: RawMention,
  relation: string,
  relationSpan: { start: number; end: number },
  object: RawMention,
): RawTriple {
  return {
    subject: toArgument(subject),
    relation,
    relationSpan,
    object: toArgument(object),
    confidence: CONFIDENCE,
    negated: false,
    passive: false,
  };
}

function toArgument(mention: RawMention): Argument {
  const kind = mention.type === 'date' ? 'date' : 'name';
  return {
    kind,
    span: mention.span,
    surface: mention.surface,
    type: mention.type,
    head: mention.surface.toLowerCase(),
    definite: false,
    determiner: '',
  };
}
