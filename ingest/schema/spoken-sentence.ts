/**
 * A sentence as it is typed: pronouns and other stand-ins that the rules resolved are written out, so that it
 * can be understood alone ("It was directed by X" -> "Rain Man was directed by X"). Places lead back to the
 * text.
 */

import type { ChunkExtraction, ExtractedTriple, Span } from '../../graph/index.ts';
import type { KnownMention } from './typing/candidates.ts';

export interface SpokenSentence {
  readonly text: string;
  /** Spans into `text`. */
  readonly mentions: readonly KnownMention[];
  /** Names that the rules gave the words at a place, by `start:end` in `text`. */
  readonly names: ReadonlyMap<string, string>;
  /** Rule triples of the sentence, spans into the document. */
  readonly triples: readonly ExtractedTriple[];
  /** Span in `text` -> span in the document. */
  readonly origin: (span: Span) => Span;
}

interface Insert extends Span {
  readonly name: string;
  readonly type: KnownMention['type'];
}

export function spokenSentence(
  document: string,
  sentence: Span,
  extraction: ChunkExtraction,
): SpokenSentence {
  const within = (span: Span): boolean => span.start >= sentence.start && span.end <= sentence.end;
  const triples = extraction.triples.filter(
    (one) => within(one.subject.span) && within(one.object.span),
  );
  const inserts = standIns(document, triples);
  const places = pieces(document, sentence, inserts);
  const text = places.map((one) => one.text).join('');
  const mentions: KnownMention[] = [];
  const names = new Map<string, string>();
  const add = (span: Span, name: string, type: KnownMention['type']): void => {
    mentions.push({ ...span, type });
    names.set(`${span.start}:${span.end}`, name);
  };
  for (const { span, name, type } of extraction.mentions) {
    if (!within(span)) continue;
    const moved = moveIn(places, span);
    if (moved !== undefined) add(moved, name, type);
  }
  for (const one of places)
    if (one.insert !== undefined)
      add({ start: one.at, end: one.at + one.text.length }, one.insert.name, one.insert.type);
  return { text, mentions, names, triples, origin: (span) => origin(places, span) };
}

/** Ends of triples whose words are not the name they stand for, and no name themselves. */
function standIns(document: string, triples: readonly ExtractedTriple[]): Insert[] {
  const inserts: Insert[] = [];
  for (const { subject, object } of triples)
    for (const end of [subject, object]) {
      const words = document.slice(end.span.start, end.span.end);
      const isStandIn = !/\p{Lu}|\p{N}/u.test(words.slice(1)) && words.split(/\s+/).length <= 3;
      if (!isStandIn || words === end.name || !/\p{Lu}/u.test(end.name)) continue;
      if (inserts.some((one) => one.start < end.span.end && end.span.start < one.end)) continue;
      inserts.push({ ...end.span, name: end.name, type: end.type });
    }
  return inserts.sort((a, b) => a.start - b.start);
}

interface Piece {
  /** Where it begins in the spoken text. */
  readonly at: number;
  readonly text: string;
  readonly from: Span;
  readonly insert: Insert | undefined;
}

function pieces(document: string, sentence: Span, inserts: readonly Insert[]): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  const push = (text: string, from: Span, insert?: Insert): void => {
    if (text === '') return;
    found.push({ at, text, from, insert });
    at += text.length;
  };
  let start = sentence.start;
  for (const insert of inserts) {
    push(document.slice(start, insert.start), { start, end: insert.start });
    push(insert.name, { start: insert.start, end: insert.end }, insert);
    start = insert.end;
  }
  push(document.slice(start, sentence.end), { start, end: sentence.end });
  return found;
}

function moveIn(places: readonly Piece[], span: Span): Span | undefined {
  const piece = places.find(
    (one) => one.insert === undefined && one.from.start <= span.start && span.end <= one.from.end,
  );
  if (piece === undefined) return undefined;
  const shift = piece.at - piece.from.start;
  return { start: span.start + shift, end: span.end + shift };
}

function origin(places: readonly Piece[], span: Span): Span {
  const touched = places.filter(
    (one) => one.at < span.end && span.start < one.at + one.text.length,
  );
  const first = touched[0];
  const last = touched.at(-1);
  if (first === undefined || last === undefined) return { start: 0, end: 0 };
  const back = (piece: Piece, offset: number): number => piece.from.start + offset - piece.at;
  return {
    start: first.insert === undefined ? back(first, span.start) : first.from.start,
    end: last.insert === undefined ? back(last, span.end) : last.from.end,
  };
}
