/** Lines of all pages -> paragraphs, headings and list items. */

import { hyphenatedWords, joinLines } from './hyphens.ts';
import type { PdfLine } from './pdf-lines.ts';
import type { BlockDraft } from './types.ts';

const BULLET = /^(?:[•‣◦▪●*–]|\(?\d{1,2}[.)])\s+/;
const MAX_HEADING_CHARS = 200;
const MAX_HEADING_LEVELS = 4;

interface Layout {
  /** Font size of most of the text. */
  readonly bodySize: number;
  /** Usual distance of two baselines in units of the font size. */
  readonly leading: number;
  /** Right edge that full lines reach. */
  readonly right: number;
  /** Larger sizes, largest first: the index gives the heading's level. */
  readonly headingSizes: readonly number[];
}

export function blocksOfPages(pages: readonly (readonly PdfLine[])[]): BlockDraft[] {
  const lines = pages.flat();
  const layout = measure(lines);
  const known = hyphenatedWords(lines.map((line) => line.text));
  return groupLines(lines, layout).map((group) => toBlock(group, layout, known));
}

function measure(lines: readonly PdfLine[]): Layout {
  const bodySize = weightedMode(lines.map((line) => [line.size, line.text.length]));
  const body = lines.filter((line) => line.size === bodySize);
  const gaps: [number, number][] = [];
  for (let index = 1; index < body.length; index += 1) {
    const gap = (body[index - 1]?.y ?? 0) - (body[index]?.y ?? 0);
    if (gap > 0 && gap < bodySize * 3) gaps.push([Math.round((gap / bodySize) * 10) / 10, 1]);
  }
  const rights = body.map((line) => line.right).sort((a, b) => a - b);
  const sizes = [
    ...new Set(lines.filter((line) => line.size > bodySize * 1.12).map((line) => line.size)),
  ];
  return {
    bodySize,
    leading: gaps.length === 0 ? 1.2 : weightedMode(gaps),
    right: rights[Math.floor(rights.length * 0.9)] ?? 0,
    headingSizes: sizes.sort((a, b) => b - a).slice(0, MAX_HEADING_LEVELS),
  };
}

function groupLines(lines: readonly PdfLine[], layout: Layout): PdfLine[][] {
  const groups: PdfLine[][] = [];
  for (const line of lines) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (group === undefined || last === undefined || startsBlock(last, line, layout))
      groups.push([line]);
    else group.push(line);
  }
  return groups;
}

function startsBlock(last: PdfLine, line: PdfLine, layout: Layout): boolean {
  if (
    Math.abs(last.size - line.size) > 0.6 &&
    isHeadingSize(last, layout) !== isHeadingSize(line, layout)
  )
    return true;
  if (isHeadingSize(line, layout))
    return last.size !== line.size || last.page !== line.page || last.y - line.y > line.size * 1.8;
  if (BULLET.test(line.text)) return true;
  if (continues(last, line)) return false;
  const gap = last.y - line.y;
  const turned = last.page !== line.page || gap < 0;
  if (turned) return /[.!?:"”)]$/.test(last.text);
  if (gap > line.size * layout.leading * 1.35) return true;
  const indented = line.x > last.x + line.size * 0.8;
  const shortLast = last.right < layout.right - line.size * 4;
  return /[.!?:"”)]$/.test(last.text) && (indented || shortLast);
}

/** A sentence that runs on over a page or column: no full stop before, a small letter behind. */
function continues(last: PdfLine, line: PdfLine): boolean {
  return (
    /[\p{L},-]$/u.test(last.text) &&
    /^\p{Ll}/u.test(line.text) &&
    (last.page !== line.page || last.y < line.y)
  );
}

function toBlock(
  lines: readonly PdfLine[],
  layout: Layout,
  known: ReturnType<typeof hyphenatedWords>,
): BlockDraft {
  const first = lines[0] as PdfLine;
  const text = joinLines(
    lines.map((line) => line.text),
    known,
  );
  const page = first.page;
  if (isHeadingSize(first, layout) && text.length <= MAX_HEADING_CHARS && /\p{L}/u.test(text)) {
    return { kind: 'heading', level: layout.headingSizes.indexOf(first.size) + 1, page, text };
  }
  if (BULLET.test(text)) return { kind: 'list_item', page, text: text.replace(BULLET, '') };
  return { kind: 'paragraph', page, text };
}

function isHeadingSize(line: PdfLine, layout: Layout): boolean {
  return layout.headingSizes.includes(line.size);
}

/** The value with the greatest weight; the smaller one on a tie. */
function weightedMode(values: readonly (readonly [number, number])[]): number {
  const weights = new Map<number, number>();
  for (const [value, weight] of values) weights.set(value, (weights.get(value) ?? 0) + weight);
  let best = 0;
  let bestWeight = -1;
  for (const [value, weight] of [...weights].sort((a, b) => a[0] - b[0])) {
    if (weight > bestWeight) [best, bestWeight] = [value, weight];
  }
  return best;
}
