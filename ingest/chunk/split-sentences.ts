/** Sentences of a block with exact places. `sbd` decides the borders; it changes white space, so they are mapped back. */

import { createRequire } from 'node:module';
import type { Span } from '../../graph/index.ts';

// CommonJS without types.
const require = createRequire(import.meta.url);
const sbd = require('sbd') as {
  sentences(text: string, options: { readonly abbreviations: readonly string[] }): string[];
};

/** A word of this length is data, not language; sbd's patterns would take quadratic time on it. */
const MONSTROUS_WORD = /\S{200}/;

/** Abbreviations that stand before a name or number and so do not end a sentence. */
const ABBREVIATIONS = [
  'Mr',
  'Mrs',
  'Ms',
  'Messrs',
  'Mme',
  'Mlle',
  'Dr',
  'Prof',
  'Rev',
  'Hon',
  'Fr',
  'Sr',
  'Jr',
  'St',
  'Ste',
  'Mt',
  'Ft',
  'Capt',
  'Cmdr',
  'Col',
  'Gen',
  'Lt',
  'Maj',
  'Sgt',
  'Adm',
  'Gov',
  'Sen',
  'Rep',
  'Pres',
  'Supt',
  'Msgr',
  'Bros',
  'Ave',
  'Blvd',
  'Rd',
  'Dept',
  'Univ',
  'Assn',
  'Fig',
  'Figs',
  'fig',
  'figs',
  'Eq',
  'Eqs',
  'eq',
  'Ref',
  'Refs',
  'Sec',
  'sec',
  'Ch',
  'ch',
  'Vol',
  'vol',
  'No',
  'Nos',
  'nos',
  'pp',
  'vs',
  'v',
  'ca',
  'cf',
  'eg',
  'ie',
  'viz',
  'al',
  'approx',
  'b',
  'd',
  'fl',
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Sept',
  'Oct',
  'Nov',
  'Dec',
  'repr',
  'trans',
  'ed',
  'eds',
];

/** Spans relative to the text, without the white space between them; together they hold every other character. */
export function splitSentences(text: string): Span[] {
  const found = alignedSentences(text);
  const spans = found.flatMap(({ start, end }) => splitFullWidth(text, start, end));
  const rest = skipSpace(text, found.at(-1)?.end ?? 0);
  if (rest < text.length) spans.push(...splitFullWidth(text, rest, trimEnd(text, text.length)));
  return spans.filter((span) => span.end > span.start);
}

/**
 * sbd's sentences where they stand in the text. Where it parts a word at a stop without a space ("ended.Then",
 * "options.size") it drops the stop: that belongs to what is before it, and before a small letter or a
 * number there is no border at all.
 */
function alignedSentences(text: string): Span[] {
  const spans: { start: number; end: number }[] = [];
  let at = 0;
  for (const sentence of sbdSentences(text)) {
    const ink = sentence.replace(/\s+/g, '');
    let start = skipSpace(text, at);
    const previous = spans.at(-1);
    const gap = previous ? droppedMarks(text, start, ink) : 0;
    start += gap;
    at = matchInk(text, start, ink);
    if (previous && gap > 0 && !isSpace(text, start) && !/^\p{Lu}/u.test(text.slice(start))) {
      previous.end = at;
      continue;
    }
    if (previous) previous.end += gap;
    spans.push({ start: skipSpace(text, start), end: at });
  }
  return spans;
}

/** Number of sentence marks in front of `from` that the sentence does not begin with. */
function droppedMarks(text: string, from: number, ink: string): number {
  let count = 0;
  while (/[.!?]/.test(text.charAt(from + count)) && text.charAt(from + count) !== ink.charAt(0)) {
    count += 1;
  }
  return count;
}

/** The index behind the sentence's characters, white space between them passed over. */
function matchInk(text: string, from: number, ink: string): number {
  let at = from;
  for (const character of ink.split('')) {
    at = skipSpace(text, at);
    // A stop that sbd dropped inside the sentence.
    if (text.charAt(at) !== character && text.charAt(at + 1) === character) at += 1;
    at += 1;
  }
  return Math.min(at, text.length);
}

function sbdSentences(text: string): string[] {
  if (MONSTROUS_WORD.test(text)) return longWordSentences(text);
  return sbd.sentences(text, { abbreviations: ABBREVIATIONS });
}

/** Around a monstrous word the text is cut at plain sentence ends; rare, and never language. */
function longWordSentences(text: string): string[] {
  return text.split(/(?<=[.!?])\s+/);
}

/** Scripts that end sentences without a space behind the mark. */
function splitFullWidth(text: string, start: number, end: number): Span[] {
  const spans: Span[] = [];
  let from = start;
  const marks = /[。！？｡।॥؟۔]+[”’」』）"')\]]*/g;
  marks.lastIndex = start;
  for (
    let match = marks.exec(text);
    match !== null && match.index < end;
    match = marks.exec(text)
  ) {
    const to = Math.min(end, marks.lastIndex);
    spans.push({ start: from, end: to });
    from = skipSpace(text, to);
  }
  if (from < end) spans.push({ start: from, end });
  return spans;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text, at)) at += 1;
  return at;
}

function trimEnd(text: string, end: number): number {
  let at = end;
  while (at > 0 && isSpace(text, at - 1)) at -= 1;
  return at;
}

function isSpace(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  if (code > 32 && code < 160) return false;
  return /\s/.test(text.charAt(index));
}
