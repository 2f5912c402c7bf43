/**
 * Open facts whose subject is a name or a pronoun and whose arguments hold names: the ties that the stricter clause
 * reading did not see. They are trusted less, and one reading of a pair of phrases is enough.
 */

import type { Span } from '../../graph/index.ts';
import type { RawTriple } from './clauses.ts';
import { PRONOUNS } from './lexicon.ts';
import type { RawMention } from './names.ts';
import { openFacts, type OpenFact, type OpenPart } from './openie/index.ts';
import type { Argument } from './phrase.ts';

/** Phrases of an argument that are looked at; further ones are too far from the verb. */
const MAX_PHRASES = 3;
const DIRECT = 0.9;
const FURTHER = 0.75;
const MIN_CONFIDENCE = 0.36;
const AUXILIARIES =
  /^(?:(?:to|has|have|had|having|is|are|was|were|be|been|being|will|would|can|could|may|might|shall|should|must|do|does|did|not|n't|never|also|then|later|\p{L}+ly)\s+)+(?=\p{L})/u;
const COPULA = /^(?:is|are|was|were|be)$/i;
const CLAUSE =
  /^(?:that|whether|because|when|while|after|before|until|although|though|if|as|since|to|what|who)\s/i;
const LAST_PREPOSITION = /\s+(?:\p{Ll}{2,7})$/u;
const PREPOSITIONS =
  /^(?:about|across|after|against|along|among|around|as|at|before|behind|between|by|during|for|from|in|into|near|of|off|on|onto|over|since|than|through|to|toward|towards|under|until|upon|via|with|within|without)$/;

export function openTriples(
  text: string,
  sentence: Span,
  mentions: readonly RawMention[],
  known: readonly RawTriple[],
): RawTriple[] {
  if (!isWorthReading(text, sentence, mentions, known)) return [];
  const found: RawTriple[] = [];
  for (const fact of openFacts(withoutBrackets(text.slice(sentence.start, sentence.end)))) {
    if (fact.confidence < MIN_CONFIDENCE) continue;
    for (const triple of triplesOf(text, sentence.start, fact, mentions))
      if (![...known, ...found].some((one) => isSamePair(one, triple))) found.push(triple);
  }
  return found;
}

/** What stands in brackets interrupts the grammar; blanks keep the places of the rest. */
function withoutBrackets(sentence: string): string {
  return sentence.replace(/\([^()]*\)/g, (inside) => ' '.repeat(inside.length));
}

/** A second analysis has its price: only where a name was left without a fact. */
function isWorthReading(
  text: string,
  { start, end }: Span,
  mentions: readonly RawMention[],
  known: readonly RawTriple[],
): boolean {
  const isTied = ({ span }: RawMention): boolean =>
    known.some((one) => overlap(one.subject.span, span) || overlap(one.object.span, span));
  if (mentions.every(isTied)) return false;
  return mentions.length > 1 || /\b(?:he|she|it)\b/i.test(text.slice(start, end));
}

function triplesOf(
  text: string,
  offset: number,
  fact: OpenFact,
  mentions: readonly RawMention[],
): RawTriple[] {
  const subject = argumentAt(text, offset, fact.subject.phrases[0], mentions);
  if (subject === undefined || subject.kind === 'date' || subject.kind === 'quantity') return [];
  const { relation, negated } = fact;
  const relationSpan = shifted(relation, offset);
  const isCopula = COPULA.test(relation.text);
  return fact.args.flatMap((arg, place) => {
    if (isClause(arg)) return [];
    const preposition = place === 0 ? '' : prepositionOf(arg);
    // "was an airline based in Rome": the airline is not Rome.
    const reach = isCopula ? (place === 0 || preposition !== '' ? 1 : 0) : MAX_PHRASES;
    return arg.phrases.slice(0, reach).flatMap((phrase, index) => {
      const object = argumentAt(text, offset, phrase, mentions);
      if (object === undefined || object.kind === 'pronoun' || object.surface === subject.surface)
        return [];
      const name = relationName(relation.text, preposition);
      const share = place === 0 && index === 0 ? DIRECT : FURTHER;
      const confidence = fact.confidence * share;
      return [
        { subject, relation: name, relationSpan, object, confidence, negated, passive: false },
      ];
    });
  });
}

/** What is said in a clause is said of its own subject. */
function isClause({ text, phrases }: OpenPart): boolean {
  return phrases.length > MAX_PHRASES + 1 || CLAUSE.test(text);
}

/** The name (or pronoun) that the phrase ends in. */
function argumentAt(
  text: string,
  offset: number,
  phrase: Span | undefined,
  mentions: readonly RawMention[],
): Argument | undefined {
  if (phrase === undefined) return undefined;
  const { start, end } = shifted(phrase, offset);
  const mention = mentions.find(({ span }) => span.start < end && span.end >= end);
  const surface = text.slice(start, end);
  if (mention === undefined) {
    if (!PRONOUNS.has(surface.toLowerCase())) return undefined;
    return argument('pronoun', { start, end }, surface, 'thing');
  }
  const kind = mention.type === 'date' || mention.type === 'quantity' ? mention.type : 'name';
  return argument(kind, mention.span, mention.surface, mention.type);
}

function argument(
  kind: Argument['kind'],
  span: Span,
  surface: string,
  type: Argument['type'],
): Argument {
  return {
    kind,
    span,
    surface,
    type,
    head: surface.toLowerCase(),
    definite: false,
    determiner: '',
  };
}

/** "was moved to", behind a further argument "with X": "moved with". */
function relationName(words: string, preposition: string): string {
  const plain = words.toLowerCase().replace(/\s+/g, ' ');
  const verb = plain.replace(AUXILIARIES, '');
  const start = PREPOSITIONS.test(verb.split(' ')[0] ?? '') ? plain : verb;
  if (preposition === '') return start;
  const last = LAST_PREPOSITION.exec(start)?.[0].trim() ?? '';
  return `${PREPOSITIONS.test(last) ? start.slice(0, -last.length).trim() : start} ${preposition}`;
}

/** What stands before the first noun phrase: "with". */
function prepositionOf(arg: OpenPart): string {
  const first = arg.phrases[0];
  const words = first === undefined ? '' : arg.text.slice(0, first.start - arg.start).trim();
  return PREPOSITIONS.test(words.toLowerCase()) ? words.toLowerCase() : '';
}

function isSamePair(a: RawTriple, b: RawTriple): boolean {
  return (
    (overlap(a.subject.span, b.subject.span) && overlap(a.object.span, b.object.span)) ||
    (overlap(a.subject.span, b.object.span) && overlap(a.object.span, b.subject.span))
  );
}

function overlap(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

function shifted({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}
