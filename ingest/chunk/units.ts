/** The pieces that chunks are packed from: sentences, list items, table rows, lines of code. */

import type { Block, Span } from '../../graph/index.ts';
import { splitSentences } from './split-sentences.ts';

export interface Unit extends Span {
  readonly tokens: number;
  /** Starts a block; a better place for a border than the middle of a paragraph. */
  readonly opensBlock: boolean;
}

export type CountTokens = (text: string) => number;

/** Units of a block, none longer than `maxTokens`. */
export function unitsOf(block: Block, text: string, maxTokens: number, count: CountTokens): Unit[] {
  const units: Unit[] = [];
  for (const span of spansOf(block, text)) {
    for (const piece of fit(span, text, maxTokens, count)) {
      units.push({ ...piece, opensBlock: units.length === 0 });
    }
  }
  return units;
}

function spansOf(block: Block, text: string): Span[] {
  const content = text.slice(block.start, block.end);
  const relative =
    block.kind === 'code'
      ? lineSpans(content)
      : block.kind === 'table_row'
        ? [{ start: 0, end: content.length }]
        : splitSentences(content);
  return relative.map((span) => ({ start: block.start + span.start, end: block.start + span.end }));
}

function lineSpans(content: string): Span[] {
  return [...content.matchAll(/[^\n]*\S[^\n]*/g)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
}

function fit(
  span: Span,
  text: string,
  maxTokens: number,
  count: CountTokens,
): (Span & { tokens: number })[] {
  const tokens = count(text.slice(span.start, span.end));
  if (tokens <= maxTokens || span.end - span.start < 2) return [{ ...span, tokens }];
  const pieces = Math.ceil(tokens / maxTokens);
  const cuts = cutEvenly(span, text, pieces);
  // No progress (one grapheme can be many tokens): let it stand, longer than asked for.
  if (cuts.length === 1) return [{ ...span, tokens }];
  return cuts.flatMap((piece) => fit(piece, text, maxTokens, count));
}

/** Cuts into about `pieces` parts of like length, each at the best border near its place. */
function cutEvenly(span: Span, text: string, pieces: number): Span[] {
  const size = (span.end - span.start) / pieces;
  const parts: Span[] = [];
  let start = span.start;
  for (let piece = 1; piece < pieces; piece += 1) {
    const wish = Math.round(span.start + size * piece);
    const cut = borderNear(
      text,
      Math.max(start + 1, Math.floor(wish - size * 0.4)),
      Math.min(wish, span.end - 1),
      span.end,
    );
    if (cut === undefined || cut <= start) continue;
    pushTrimmed(parts, text, start, cut);
    start = cut;
  }
  pushTrimmed(parts, text, start, span.end);
  return parts;
}

/** The last clause border in [low, high], else the last space, else a place that splits no character. */
function borderNear(text: string, low: number, high: number, end: number): number | undefined {
  const window = text.slice(low, high + 1);
  const clause = lastMatch(window, /[;:,—–)]\s/g);
  if (clause !== undefined) return low + clause + 1;
  const space = lastMatch(window, /\s/g);
  if (space !== undefined) return low + space;
  for (let at = high; at < Math.min(end, high + 40); at += 1) {
    if (!splitsCharacter(text, at)) return at;
  }
  return undefined;
}

/** Surrogate pairs, combining marks, variation selectors and joined emoji stay together. */
function splitsCharacter(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at);
  const isJoined = before === 0x200d || after === 0x200d || (after >= 0xfe00 && after <= 0xfe0f);
  return isJoined || (after >= 0xdc00 && after <= 0xdfff) || /^\p{M}/u.test(text.slice(at, at + 2));
}

function lastMatch(text: string, pattern: RegExp): number | undefined {
  let last: number | undefined;
  for (const match of text.matchAll(pattern)) last = match.index;
  return last;
}

function pushTrimmed(parts: Span[], text: string, start: number, end: number): void {
  let from = start;
  let to = end;
  while (from < to && /\s/.test(text.charAt(from))) from += 1;
  while (to > from && /\s/.test(text.charAt(to - 1))) to -= 1;
  if (to > from) parts.push({ start: from, end: to });
}
