/** Running headers, footers and page numbers: repeated on page after page they would drown the search. */

import type { PdfLine } from './pdf-lines.ts';

/** Only lines in the top and bottom tenth of a page are ever dropped. */
const MARGIN = 0.1;
const MIN_REPEATS = 3;
const PAGE_NUMBER =
  /^\W*(?:page|p\.|seite)?\s*(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:\/|of|von|-)\s*\d{1,4})?\W*$/i;

export function dropPageFurniture(pages: readonly (readonly PdfLine[])[]): PdfLine[][] {
  const pagesWith = countRepeats(pages);
  const needed = Math.max(MIN_REPEATS, Math.ceil(pages.length * 0.3));
  const isFurniture = (line: PdfLine): boolean => {
    if (!inMargin(line)) return false;
    return PAGE_NUMBER.test(line.text) || (pagesWith.get(pattern(line))?.size ?? 0) >= needed;
  };
  return pages.map((lines) =>
    lines.length > 1 || pages.length > 1 ? lines.filter((line) => !isFurniture(line)) : [...lines],
  );
}

function countRepeats(pages: readonly (readonly PdfLine[])[]): Map<string, Set<number>> {
  const pagesWith = new Map<string, Set<number>>();
  for (const line of pages.flat()) {
    if (!inMargin(line)) continue;
    const key = pattern(line);
    const set = pagesWith.get(key) ?? new Set<number>();
    pagesWith.set(key, set.add(line.page));
  }
  return pagesWith;
}

function inMargin(line: PdfLine): boolean {
  return line.height > 1 - MARGIN || line.height < MARGIN;
}

/** Digits count as one, so that "Chapter 3 | 17" repeats; left and right pages alternate, so x is left out. */
function pattern(line: PdfLine): string {
  return `${line.height > 0.5 ? 'top' : 'bottom'} ${line.text.toLowerCase().replace(/\d+/g, '#')}`;
}
