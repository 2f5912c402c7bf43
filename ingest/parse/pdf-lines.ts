/** Items of text with positions -> lines. The order of the content stream is kept: it follows columns. */

import { cleanText } from './clean-text.ts';

export interface PdfItem {
  readonly text: string;
  /** PDF points from the left edge. */
  readonly x: number;
  /** PDF points from the bottom edge, baseline. */
  readonly y: number;
  readonly width: number;
  /** Font size in points. */
  readonly size: number;
  readonly endsLine: boolean;
}

export interface PdfLine {
  readonly text: string;
  /** 1-based. */
  readonly page: number;
  readonly x: number;
  readonly right: number;
  readonly y: number;
  /** Font size of most of its characters, points. */
  readonly size: number;
  /** Baseline as a share of the page's height: 0 bottom, 1 top. */
  readonly height: number;
}

export function linesOfPage(
  items: readonly PdfItem[],
  page: number,
  pageHeight: number,
): PdfLine[] {
  const lines: PdfLine[] = [];
  let open: PdfItem[] = [];
  const close = (): void => {
    const line = toLine(open, page, pageHeight);
    if (line !== undefined) lines.push(line);
    open = [];
  };
  for (const item of items) {
    const last = open.findLast((one) => one.text.trim() !== '');
    if (last !== undefined && item.text.trim() !== '' && startsNewLine(last, item)) close();
    open.push(item);
    if (item.endsLine) close();
  }
  close();
  return lines;
}

/** Another baseline (superscripts stay on theirs) or a jump back to the left. */
function startsNewLine(last: PdfItem, item: PdfItem): boolean {
  const size = Math.max(last.size, item.size);
  return Math.abs(last.y - item.y) > size * 0.6 || item.x < last.x - size;
}

function toLine(items: readonly PdfItem[], page: number, pageHeight: number): PdfLine | undefined {
  const filled = items.filter((item) => item.text.trim() !== '');
  const first = filled[0];
  if (first === undefined) return undefined;
  return {
    text: cleanText(joinItems(items)).replace(/\s+/g, ' ').trim(),
    page,
    x: Math.min(...filled.map((item) => item.x)),
    right: Math.max(...filled.map((item) => item.x + item.width)),
    y: first.y,
    size: mainSize(filled),
    height: pageHeight > 0 ? first.y / pageHeight : 0,
  };
}

/** Many programs place words without space characters: a gap of a fifth of the size counts as one. */
function joinItems(items: readonly PdfItem[]): string {
  let text = '';
  let right: number | undefined;
  for (const item of items) {
    const gap = right === undefined ? 0 : item.x - right;
    if (gap > item.size * 0.2 && !/\s$/.test(text) && !/^\s/.test(item.text)) text += ' ';
    text += item.text;
    right = item.x + item.width;
  }
  return text;
}

function mainSize(items: readonly PdfItem[]): number {
  const chars = new Map<number, number>();
  for (const item of items) {
    const size = Math.round(item.size * 2) / 2;
    chars.set(size, (chars.get(size) ?? 0) + item.text.length);
  }
  return [...chars].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}
