/** A table row or infobox line -> mentions of its cells, and one fact per column. */

import type { ExtractedMention, ExtractedTriple, ParsedDocument, Span } from '../../graph/index.ts';
import type { NameBook, ResolvedName } from './aliases.ts';
import { nameFault } from './contract.ts';
import { isProse, rowCells, type RowCell } from './rows.ts';

const ROW_CONFIDENCE = 0.95;
const INFOBOX_CONFIDENCE = 0.85;

export interface RowFacts {
  readonly mentions: ExtractedMention[];
  readonly triples: ExtractedTriple[];
  /** What the row is about: what "it" means in the sentences of its cells. */
  readonly subject: ResolvedName | undefined;
}

/**
 * A row of several cells speaks of its first; a line of one cell ("Built: 1892") of the document.
 * Cells of prose are read by the grammar and left out here.
 */
export function rowFacts(parsed: ParsedDocument, line: Span, names: NameBook): RowFacts {
  const cells = rowCells(parsed.text, line);
  const [first, ...rest] = cells;
  if (first === undefined) return { mentions: [], triples: [], subject: undefined };
  const isInfobox = rest.length === 0;
  const subject = isInfobox ? titleName(names) : cellName(first.value, names);
  const facts = (isInfobox ? [first] : rest).filter((cell) => !isProse(cell.value));
  return {
    subject,
    mentions: cells
      .filter((cell) => isMention(cell, cell === first, names))
      .map((cell) => mention(cell, names)),
    triples:
      subject === undefined
        ? []
        : facts.map((cell) => ({
            // In an infobox nothing in the line names the subject: its span is the key that speaks of it.
            subject: { ...subject, span: isInfobox ? cell.columnSpan : first.valueSpan },
            relation: { name: cell.column.toLowerCase(), span: cell.columnSpan },
            object: { ...cellName(cell.value, names), span: cell.valueSpan },
            confidence: isInfobox ? INFOBOX_CONFIDENCE : ROW_CONFIDENCE,
            negated: false,
            sentence: line,
          })),
  };
}

/** Plain words are objects of facts, but no entity is mentioned by them; the first cell names the row. */
function isMention(cell: RowCell, isFirst: boolean, names: NameBook): boolean {
  if (isProse(cell.value) || nameFault(cell.value) !== undefined) return false;
  const { type } = cellName(cell.value, names);
  return isFirst || type === 'date' || type === 'quantity' || looksLikeName(cell.value);
}

function mention(cell: RowCell, names: NameBook): ExtractedMention {
  return { surface: cell.value, ...cellName(cell.value, names), span: cell.valueSpan };
}

function titleName(names: NameBook): ResolvedName | undefined {
  return names.title === undefined ? undefined : names.resolve(names.title, 'thing');
}

function cellName(value: string, names: NameBook): ResolvedName {
  const isDate =
    /^(1\d{3}|20\d{2})(\s?[-–]\s?(\d{4}|\d{2}))?$/.test(value) || /^\d{4}-\d{2}-\d{2}$/.test(value);
  if (isDate) return { name: value, type: 'date' };
  if (/^[-+]?[\d.,]+\s*\p{L}{0,3}%?$/u.test(value)) return { name: value, type: 'quantity' };
  return names.resolve(value, 'thing');
}

export function looksLikeName(value: string): boolean {
  return /^\p{Lu}/u.test(value) && value.split(/\s+/).length <= 8 && nameFault(value) === undefined;
}
