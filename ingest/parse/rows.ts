/** Table rows as lines that can be read, cited and understood without their table. */

import { cleanLine } from './clean-text.ts';

export interface Cell {
  readonly column: string;
  readonly value: string;
}

/** "name: Fram; built by: Colin Archer"; empty cells are left out, an unnamed column gives its bare value. */
export function rowLine(cells: readonly Cell[]): string {
  return cells
    .map((cell) => ({ column: columnName(cell.column), value: cellValue(cell.value) }))
    .filter((cell) => cell.value !== '')
    .map((cell) => (cell.column === '' ? cell.value : `${cell.column}: ${cell.value}`))
    .join('; ');
}

/** "built_by" -> "built by", "yearBuilt" -> "year built". */
export function columnName(name: string): string {
  return cleanLine(name)
    .replace(/_+/g, ' ')
    .replace(/(?<=[a-z])(?=[A-Z][a-z])/g, ' ')
    .replace(/ [A-Z](?=[a-z])/g, (match) => (/^[a-z]/.test(name) ? match.toLowerCase() : match))
    .replace(/[:;]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

// "; " ends a cell, so inside a cell it becomes a comma.
function cellValue(value: string): string {
  return cleanLine(value)
    .replace(/\s*;\s+/g, ', ')
    .replace(/[;\s]+$/, '');
}

/**
 * Rows of a table as lines. With a header row each value gets its column's name; a table of two columns
 * without one is read as "key: value" lines (infobox); any other row is joined as it is.
 */
export function tableLines(
  rows: readonly (readonly string[])[],
  header: readonly string[] | undefined,
): string[] {
  if (header !== undefined) {
    return rows.map((row) =>
      rowLine(row.map((value, index) => ({ column: header[index] ?? '', value }))),
    );
  }
  return rows.map((row) => {
    const filled = row.filter((value) => cleanLine(value) !== '');
    const [key, value] = filled;
    if (filled.length === 2 && key !== undefined && value !== undefined && key.length <= 60)
      return rowLine([{ column: key, value }]);
    return filled.map(cellValue).join('; ');
  });
}
