/**
 * JSON as text: keys of objects become headings, arrays of objects become rows ("key: value; key: value"),
 * what is nested deeper keeps its path ("ship name: Fram"). JSON Lines is read as one array.
 */

import { damaged } from './errors.ts';
import { decodeText } from './decode-text.ts';
import { columnName, rowLine, type Cell } from './rows.ts';
import { extensionOf } from './title.ts';
import type { BlockDraft, Draft, Source } from './types.ts';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const LONG_VALUE_CHARS = 400;
const MAX_DEPTH = 200;
const NAME_KEYS = ['title', 'name', 'label', 'heading', 'id'];

/** @throws ParseError `damaged_document` when it is not valid JSON */
export async function parseJson(source: Source): Promise<Draft> {
  const text = decodeText(source.bytes, source.name).replace(/^\uFEFF/, '');
  const value = parseValue(text, /^(jsonl|ndjson)$/.test(extensionOf(source.name)));
  const title = isObject(value) ? nameOf(value, ['title', 'name']) : undefined;
  const blocks: BlockDraft[] = [];
  writeValue(blocks, value, 1, [], title);
  return { title, blocks };
}

function parseValue(text: string, lines: boolean): Json {
  try {
    return lines ? parseLines(text) : (JSON.parse(text) as Json);
  } catch (error) {
    if (!lines && /^\s*\{.*\}\s*\n\s*\{/.test(text)) return parseLines(text);
    throw damaged('JSON', error);
  }
}

function parseLines(text: string): Json[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line) as Json];
    } catch (error) {
      throw damaged(
        'JSON',
        `line ${index + 1}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  });
}

function writeValue(
  out: BlockDraft[],
  value: Json,
  level: number,
  path: readonly string[],
  skipName?: string,
): void {
  if (path.length > MAX_DEPTH)
    throw damaged('JSON', `it is nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) writeArray(out, value, level, path);
  else if (isObject(value)) writeObject(out, value, level, path, skipName);
  else writeScalar(out, value, path);
}

function writeScalar(
  out: BlockDraft[],
  value: string | number | boolean | null,
  path: readonly string[],
): void {
  if (value === null || value === '') return;
  const text = String(value);
  if (path.length === 0 || text.length > LONG_VALUE_CHARS) out.push(...paragraphs(text));
  else out.push({ kind: 'table_row', text: rowLine([{ column: path.join(' '), value: text }]) });
}

function writeArray(
  out: BlockDraft[],
  items: readonly Json[],
  level: number,
  path: readonly string[],
): void {
  for (const item of items) {
    if (isObject(item) && isFlat(item)) writeRow(out, item, path);
    else if (isObject(item)) writeSection(out, item, level, path);
    else if (Array.isArray(item)) writeValue(out, item, level, [...path, '']);
    else if (item !== null) out.push({ kind: 'list_item', text: String(item) });
  }
}

/** Short values as "key: value" lines; each array of objects and each deep object below a heading of its key. */
function writeObject(
  out: BlockDraft[],
  object: JsonObject,
  level: number,
  path: readonly string[],
  skipName?: string,
): void {
  const later: [string, Json][] = [];
  for (const [key, value] of Object.entries(object)) {
    if (isScalar(value)) {
      if (value === null || (NAME_KEYS.includes(key) && String(value) === skipName)) continue;
      if (String(value).length > LONG_VALUE_CHARS) later.push([key, value]);
      else writeScalar(out, value, [columnName(key)]);
    } else if (
      Array.isArray(value) &&
      value.every(isScalar) &&
      value.length > 0 &&
      joined(value).length <= LONG_VALUE_CHARS
    ) {
      out.push({
        kind: 'table_row',
        text: rowLine([{ column: columnName(key), value: joined(value) }]),
      });
    } else later.push([key, value]);
  }
  for (const [key, value] of later) {
    out.push({ kind: 'heading', level: Math.min(level, 6), text: columnName(key) });
    if (isScalar(value)) out.push(...paragraphs(String(value)));
    else writeValue(out, value, level + 1, [...path, columnName(key)]);
  }
}

/** An object whose values fit on a line, nested ones included; nested arrays of objects get lines of their own. */
function writeRow(out: BlockDraft[], object: JsonObject, path: readonly string[]): void {
  const cells: Cell[] = [];
  const below: BlockDraft[] = [];
  const subject = firstCell(object);
  collectCells(
    object,
    [],
    cells,
    (cellsBelow) => below.push({ kind: 'table_row', text: rowLine([...subject, ...cellsBelow]) }),
    path.length,
  );
  // The first scalar names the row, wherever it stands.
  const rest =
    subject.length === 0 ? cells : cells.filter((cell) => cell.column !== subject[0]?.column);
  out.push({ kind: 'table_row', text: rowLine([...subject, ...rest]) }, ...below);
}

function firstCell(object: JsonObject): Cell[] {
  for (const [key, value] of Object.entries(object)) {
    if (isScalar(value) && value !== null && value !== '')
      return [{ column: columnName(key), value: String(value) }];
  }
  return [];
}

function collectCells(
  value: Json,
  path: readonly string[],
  cells: Cell[],
  below: (cells: Cell[]) => void,
  depth: number,
): void {
  if (depth > MAX_DEPTH) throw damaged('JSON', `it is nested deeper than ${MAX_DEPTH} levels`);
  if (isScalar(value)) {
    if (value !== null && value !== '')
      cells.push({ column: path.join(' '), value: String(value) });
  } else if (!Array.isArray(value)) {
    for (const [key, child] of Object.entries(value))
      collectCells(child, [...path, columnName(key)], cells, below, depth + 1);
  } else if (value.every(isScalar)) {
    if (value.length > 0) cells.push({ column: path.join(' '), value: joined(value) });
  } else {
    for (const item of value) {
      const own: Cell[] = [];
      collectCells(item, path, own, below, depth + 1);
      if (own.length > 0) below(own);
    }
  }
}

/** An object with long texts reads as a section: its name as heading, its texts as paragraphs. */
function writeSection(
  out: BlockDraft[],
  object: JsonObject,
  level: number,
  path: readonly string[],
): void {
  const name = nameOf(object, NAME_KEYS);
  if (name !== undefined) out.push({ kind: 'heading', level: Math.min(level, 6), text: name });
  const long = Object.entries(object).filter(
    ([, value]) => typeof value === 'string' && isLong(value),
  );
  const short = Object.fromEntries(
    Object.entries(object).filter(
      ([key, value]) =>
        !(typeof value === 'string' && isLong(value)) &&
        value !== name &&
        !(key === 'id' && name !== undefined),
    ),
  );
  if (Object.keys(short).length > 0) writeObject(out, short, level + 1, path);
  for (const [, value] of long) if (typeof value === 'string') out.push(...paragraphs(value));
}

function isFlat(object: JsonObject): boolean {
  return Object.values(object).every((value) =>
    typeof value === 'string'
      ? !isLong(value)
      : JSON.stringify(value).length <= 4 * LONG_VALUE_CHARS,
  );
}

function isLong(value: string): boolean {
  return value.length > LONG_VALUE_CHARS || /\n\s*\n/.test(value);
}

function nameOf(object: JsonObject, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = object[key];
    if (typeof value === 'string' && value.trim() !== '' && value.length <= 200) return value;
  }
  return undefined;
}

function paragraphs(text: string): BlockDraft[] {
  return text.split(/\n\s*\n/).map((part) => ({ kind: 'paragraph' as const, text: part }));
}

function joined(values: readonly Json[]): string {
  return values
    .filter((value) => value !== null)
    .map(String)
    .join(', ');
}

function isScalar(value: Json): value is string | number | boolean | null {
  return value === null || typeof value !== 'object';
}

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
