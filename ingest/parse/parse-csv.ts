/** CSV and TSV: one line per row, each value behind its column's name. */

import { damaged, ParseError } from './errors.ts';
import { decodeText } from './decode-text.ts';
import { rowLine } from './rows.ts';
import type { BlockDraft, Draft, Source } from './types.ts';

/** @throws ParseError `damaged_document` when quotes do not close, `no_text` without a row */
export async function parseCsv(source: Source): Promise<Draft> {
  const { default: papa } = await import('papaparse');
  const text = decodeText(source.bytes, source.name).replace(/^\uFEFF/, '');
  const result = papa.parse<string[]>(text, {
    skipEmptyLines: 'greedy',
    delimitersToGuess: [',', ';', '\t', '|'],
  });
  const quotes = result.errors.find((error) => error.type === 'Quotes');
  if (quotes !== undefined)
    throw damaged('CSV table', `row ${(quotes.row ?? 0) + 1}: ${quotes.message}`);
  return { blocks: tableBlocks(result.data) };
}

function tableBlocks(rows: readonly string[][]): BlockDraft[] {
  const [first, ...rest] = rows;
  if (first === undefined) throw emptyTable();
  const lines = hasHeader(first)
    ? headedLines(first, rest)
    : rows.map((row) => rowLine(row.map((value) => ({ column: '', value }))));
  return lines.filter((line) => line !== '').map((text) => ({ kind: 'table_row' as const, text }));
}

/** A table of column names only still says something: its names. */
function headedLines(header: readonly string[], rows: readonly string[][]): string[] {
  if (rows.length === 0) return [header.join('; ')];
  return rows.map((row) =>
    rowLine(row.map((value, index) => ({ column: header[index] ?? '', value }))),
  );
}

/** Column names are short, distinct and not numbers. */
function hasHeader(row: readonly string[]): boolean {
  const names = row.map((cell) => cell.trim());
  const filled = names.filter((name) => name !== '');
  if (filled.length === 0 || new Set(filled).size !== filled.length) return false;
  return filled.every((name) => name.length <= 80 && !/^[-+]?[\d.,%\s]+$/.test(name));
}

function emptyTable(): ParseError {
  return new ParseError('The table has no rows', {
    code: 'no_text',
    fix: 'Export the table again with its rows.',
  });
}
