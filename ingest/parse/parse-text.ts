/** Plain text: paragraphs between empty lines; lists, "key: value" lines and headings where they are plain to see. */

import { cleanText } from './clean-text.ts';
import { decodeText } from './decode-text.ts';
import { joinLines } from './hyphens.ts';
import type { BlockDraft, Draft, Source } from './types.ts';

const BULLET = /^\s*(?:[-*•‣–]|\(?\d{1,3}[.)])\s+/;
const KEY_VALUE = /^([^\s:;][^:;]{0,38}):\s+(\S.*)$/;
const MAX_HEADING_CHARS = 80;

export async function parseText(source: Source): Promise<Draft> {
  const text = cleanText(decodeText(source.bytes, source.name));
  const groups = text
    .split(/\n[ \t]*\n+/)
    .map((group) => group.split('\n').filter((line) => line.trim() !== ''));
  const filled = groups.filter((lines) => lines.length > 0);
  const blocks = filled.flatMap((lines, index) => groupBlocks(lines, index, filled));
  return { blocks };
}

function groupBlocks(
  lines: readonly string[],
  index: number,
  groups: readonly (readonly string[])[],
): BlockDraft[] {
  const heading = headingOf(lines, index, groups);
  if (heading !== undefined)
    return [heading, ...(lines.length > 2 ? groupBlocks(lines.slice(2), -1, groups) : [])];
  if (lines.length > 1 && lines.every((line) => KEY_VALUE.test(line))) {
    return lines.map((line) => ({ kind: 'table_row', text: line.trim() }));
  }
  if (lines.some((line) => BULLET.test(line)) && BULLET.test(lines[0] ?? ''))
    return listBlocks(lines);
  return [{ kind: 'paragraph', text: joinLines(lines) }];
}

/** A bullet starts an item, the lines behind it without one belong to it. */
function listBlocks(lines: readonly string[]): BlockDraft[] {
  const items: string[][] = [];
  for (const line of lines) {
    if (BULLET.test(line)) items.push([line.replace(BULLET, '')]);
    else items.at(-1)?.push(line);
  }
  return items.map((item) => ({ kind: 'list_item', text: joinLines(item) }));
}

function headingOf(
  lines: readonly string[],
  index: number,
  groups: readonly (readonly string[])[],
): BlockDraft | undefined {
  const first = (lines[0] ?? '').trim();
  const underline = (lines[1] ?? '').trim();
  if (/^={3,}$/.test(underline)) return { kind: 'heading', level: 1, text: first };
  if (/^-{3,}$/.test(underline)) return { kind: 'heading', level: 2, text: first };
  if (lines.length !== 1 || index < 0 || !looksLikeHeading(first)) return undefined;
  const next = groups[index + 1];
  if (next === undefined) return undefined;
  if (index === 0) return { kind: 'heading', level: 1, text: first };
  const nextIsProse = next.length > 1 || (next[0] ?? '').length > MAX_HEADING_CHARS;
  const obvious =
    isAllCaps(first) ||
    /^(chapter|part|section|appendix)\s+[\divxlc]+/i.test(first) ||
    /^\d+(\.\d+)*\.?\s+\p{Lu}/u.test(first);
  return obvious || nextIsProse ? { kind: 'heading', level: 2, text: first } : undefined;
}

function looksLikeHeading(line: string): boolean {
  if (
    line.length > MAX_HEADING_CHARS ||
    /[.,;:!?…"”]$/.test(line) ||
    (BULLET.test(line) && !/^\d+(\.\d+)*\.?\s+\p{Lu}/u.test(line))
  )
    return false;
  return /^[\p{Lu}\p{Lo}\d"“]/u.test(line) && line.split(/\s+/).length <= 12 && /\p{L}/u.test(line);
}

function isAllCaps(line: string): boolean {
  return /\p{Lu}{2}/u.test(line) && !/\p{Ll}/u.test(line);
}
