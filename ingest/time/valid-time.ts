/**
 * Gives each triple the time that its sentence gives it. A time belongs to the nearest clause: the triple
 * whose words end last before it, or, where it opens the sentence, the one whose words begin first behind it.
 */
import type { ChunkExtraction, ExtractedTriple, Span, ValidTime } from '../../graph/index.ts';
import { timeWords, type TimeWords } from './time-words.ts';

/** Extractions with `valid` where the text says when; what is set already stays. */
export function withValidTimes(
  text: string,
  extractions: readonly ChunkExtraction[],
): ChunkExtraction[] {
  return extractions.map((extraction) => ({
    ...extraction,
    triples: bySentence(extraction.triples).flatMap((triples) => timed(text, triples)),
  }));
}

/** Triples of one sentence side by side; the order stays. */
function bySentence(triples: readonly ExtractedTriple[]): ExtractedTriple[][] {
  const groups = new Map<string, ExtractedTriple[]>();
  for (const triple of triples) {
    const key = `${triple.sentence.start} ${triple.sentence.end}`;
    const group = groups.get(key);
    if (group) group.push(triple);
    else groups.set(key, [triple]);
  }
  return [...groups.values()];
}

function timed(text: string, triples: readonly ExtractedTriple[]): ExtractedTriple[] {
  const times = timeWords(text, triples[0]!.sentence);
  if (times.length === 0) return [...triples];
  return triples.map((triple) => {
    if (triple.valid || isAboutTime(triple, times)) return triple;
    const time = times.find((words) => belongs(words, triple, triples, text));
    const valid = time && validOf(time, triple);
    return valid ? { ...triple, valid } : triple;
  });
}

/** "born on 3 May 2010": the time is what the fact says, not when it holds. */
function isAboutTime({ object, subject }: ExtractedTriple, times: readonly TimeWords[]): boolean {
  const isTime = (type: string, span: Span) =>
    type === 'date' || times.some((words) => overlaps(words.span, span));
  return isTime(object.type, object.span) || subject.type === 'date';
}

function belongs(
  words: TimeWords,
  triple: ExtractedTriple,
  all: readonly ExtractedTriple[],
  text: string,
): boolean {
  if (words.kind === 'bracket') return followsOffice(words, triple, text);
  if (isInside(words.span, extentOf(triple))) return true;
  const before = all.filter((each) => extentOf(each).end <= words.span.start);
  if (before.length > 0) {
    return (
      triple.relation.span.start === Math.max(...before.map((each) => each.relation.span.start))
    );
  }
  const behind = all.filter((each) => extentOf(each).start >= words.span.end);
  return (
    behind.includes(triple) &&
    triple.relation.span.start === Math.min(...behind.map((each) => each.relation.span.start))
  );
}

/** "minister of finance (1999–2004)": behind a person or a work, brackets hold that one's own dates. */
function followsOffice({ span }: TimeWords, { object }: ExtractedTriple, text: string): boolean {
  const gap = text.slice(object.span.end, span.start).trim();
  return (gap === '' || gap === '(') && object.span.end <= span.start && object.type === 'thing';
}

const BEGINS =
  /\b(?:becam?e|becomes|appointed|elected|joined|founded|established|moved|married|named|began|begun|started|took over|inaugurated|crowned|acquired|bought|opened|introduced|launched)\b/u;
const ENDS =
  /\b(?:left|resigned|retired|stepped down|ceased|ended|closed|dissolved|abolished|divorced|sold)\b/u;

/** "Became king in 1999" says when it began, "left in 1999" when it ended, "lived in 1999" neither. */
function validOf({ from, to, kind, span }: TimeWords, { relation }: ExtractedTriple): ValidTime {
  const open = kind === 'within' ? BEGINS.test(relation.name) : false;
  const closed = kind === 'within' ? ENDS.test(relation.name) : false;
  return {
    ...(from !== undefined && !closed && { from }),
    ...(to !== undefined && !open && { to }),
    span,
  };
}

/** Without the subject, which several clauses share. */
function extentOf({ relation, object }: ExtractedTriple): Span {
  return {
    start: Math.min(relation.span.start, object.span.start),
    end: Math.max(relation.span.end, object.span.end),
  };
}

function isInside(inner: Span, outer: Span): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}

function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}
