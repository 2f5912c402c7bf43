/** Table rows ("name: Fram; built by: Colin Archer") and "key: value" lines as facts. */

import type { Span } from '../../graph/index.ts';

export interface RowCell {
  readonly column: string;
  readonly columnSpan: Span;
  readonly value: string;
  readonly valueSpan: Span;
}

/** Cells of a row as the parser writes it; empty when the line has another form. */
export function rowCells(text: string, line: Span): RowCell[] {
  const cells: RowCell[] = [];
  const content = text.slice(line.start, line.end);
  let at = 0;
  for (const part of splitCells(content)) {
    const start = line.start + content.indexOf(part, at);
    at = start - line.start + part.length;
    const match = /^([^:;]{1,80}?):\s+(\S[\s\S]*)$/.exec(part);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const valueStart = start + part.length - match[2].length;
    cells.push({
      column: match[1].trim(),
      columnSpan: { start, end: start + match[1].length },
      value: match[2],
      valueSpan: { start: valueStart, end: start + part.length },
    });
  }
  return cells;
}

/** "; " ends a cell where another "column: " follows. */
function splitCells(content: string): string[] {
  return content.split(/; (?=[^:;]{1,80}: )/);
}

/** A value that is a sentence of its own is read by the grammar, not taken as an object. */
export function isProse(value: string): boolean {
  return value.split(/\s+/).length > 12 || (/[.!?]$/.test(value) && value.split(/\s+/).length > 4);
}
