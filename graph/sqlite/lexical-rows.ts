/**
 * The rows of one full-text table in memory: chunk, document and length of each, in the order of row numbers.
 * About 80 bytes a row. It follows the table: new rows have larger numbers, removed ones are in a log.
 */
import { startSlices } from '../vectors/slices.ts';
import { lexicalTable, newestRemoval, removalsSince } from './lexical-table.ts';
import type { Sql } from './sql.ts';

export interface LexicalRows {
  /** Rows by place, removed ones included. */
  readonly size: number;
  /** Rows that are there. */
  readonly live: number;
  /** Words of all rows that are there. */
  readonly words: number;
  /** Grows whenever rows are removed. */
  readonly removals: number;
  /** `chunks.n` at a place. */
  number(place: number): number;
  /** Id of the chunk at a place. */
  chunkId(place: number): string;
  /** `documents.n` at a place. */
  document(place: number): number;
  /** Words of the row at a place; 0 for a removed one. */
  length(place: number): number;
  /** Place of the first row whose number is `n` or more; `from` is where to start looking. */
  placeOf(n: number, from?: number): number;
  /** Reads what is new, in slices; call it before `follow`, which then has little to do. */
  load(): Promise<void>;
  /** Brings the rows level with the snapshot of the present transaction; false: start over with new ones. */
  follow(): boolean;
}

const ROWS_PER_READ = 2_000;

export function lexicalRows(sql: Sql, workspaceNumber: number): LexicalRows {
  let numbers = new Int32Array(1_024);
  let documents = new Int32Array(1_024);
  let lengths = new Int32Array(1_024);
  const chunkIds: string[] = [];
  let size = 0;
  let live = 0;
  let words = 0;
  let removals = 0;
  let seq = newestRemoval(sql); // before the rows: what is removed later is in the log

  function push({ number, chunkId, document, length }: Row): void {
    if (size === numbers.length) {
      numbers = enlarged(numbers, 2 * size);
      documents = enlarged(documents, 2 * size);
      lengths = enlarged(lengths, 2 * size);
    }
    numbers[size] = number;
    documents[size] = document;
    lengths[size] = length;
    chunkIds.push(chunkId);
    size++;
    live++;
    words += length;
  }

  function remove(n: number): void {
    const place = placeOf(n, 0);
    if (place === size || numbers[place] !== n || lengths[place] === 0) return;
    words -= lengths[place]!;
    lengths[place] = 0;
    live--;
    removals++;
  }

  function readSome(): number {
    const page = readRows(sql, workspaceNumber, size === 0 ? 0 : numbers[size - 1]!);
    for (const row of page) push(row);
    return page.length;
  }

  /** Whether more than so many rows may be new. */
  function isBehind(rows: number): boolean {
    const newest = newestRow(sql, workspaceNumber);
    return newest > (size === 0 ? 0 : numbers[size - 1]!) + rows;
  }

  function placeOf(n: number, from: number): number {
    let low = from;
    let step = 1;
    // Callers go in order, so the place is near.
    while (low + step < size && numbers[low + step]! < n) {
      low += step;
      step *= 2;
    }
    let high = Math.min(size, low + step);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (numbers[middle]! < n) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    get size() {
      return size;
    },
    get live() {
      return live;
    },
    get words() {
      return words;
    },
    get removals() {
      return removals;
    },
    number: (place) => numbers[place]!,
    chunkId: (place) => chunkIds[place]!,
    document: (place) => documents[place]!,
    length: (place) => lengths[place]!,
    placeOf: (n, from = 0) => placeOf(n, from),
    load: async () => {
      const pause = startSlices();
      while (isBehind(ROWS_PER_READ) && readSome() > 0) await pause();
    },
    follow: () => {
      const removed = removalsSince(sql, workspaceNumber, seq);
      // A number that is used again was replaced in place: what words it has is not known any more.
      if (!removed) return false;
      if (isAnyThere(sql, workspaceNumber, removed)) return false;
      while (isBehind(0) && readSome() === ROWS_PER_READ);
      for (const n of removed) remove(n);
      seq = newestRemoval(sql);
      return true;
    },
  };
}

function enlarged(from: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(length);
  to.set(from);
  return to;
}

interface Row {
  readonly number: number;
  readonly chunkId: string;
  readonly document: number;
  readonly length: number;
}

/** FTS5 keeps the number of words of each column in its table `docsize`, as varints. */
function readRows(sql: Sql, workspaceNumber: number, after: number): Row[] {
  // One text for many rows: a third of the time that rows as objects take.
  const text = sql.column<string | null>(
    `SELECT group_concat(n || ' ' || document || ' ' || size || ' ' || chunk) FROM (
       SELECT s.id AS n, d.n AS document, hex(s.sz) AS size, c.id AS chunk
       FROM ${lexicalTable(workspaceNumber)}_docsize s
       CROSS JOIN chunks c ON c.n = s.id CROSS JOIN documents d ON d.id = c.document_id
       WHERE s.id > ? ORDER BY s.id LIMIT ?)`,
    [after, ROWS_PER_READ],
  )[0];
  if (!text) return [];
  return text.split(',').map((row) => {
    const [number, document, size, chunkId] = row.split(' ') as [string, string, string, string];
    return {
      number: Number(number),
      document: Number(document),
      length: sumOfVarints(size),
      chunkId,
    };
  });
}

function newestRow(sql: Sql, workspaceNumber: number): number {
  return sql.column<number>(
    `SELECT coalesce(max(id), 0) FROM ${lexicalTable(workspaceNumber)}_docsize`,
  )[0]!;
}

/** Sum of big-endian base-128 numbers given in hexadecimal. */
function sumOfVarints(hex: string): number {
  let sum = 0;
  let value = 0;
  for (let i = 0; i < hex.length; i += 2) {
    const byte = Number.parseInt(hex.slice(i, i + 2), 16);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      sum += value;
      value = 0;
    }
  }
  return sum;
}

function isAnyThere(sql: Sql, workspaceNumber: number, rows: readonly number[]): boolean {
  if (rows.length === 0) return false;
  const found = sql.column<number>(
    `SELECT id FROM ${lexicalTable(workspaceNumber)}_docsize
     WHERE id IN (SELECT value FROM json_each(?)) LIMIT 1`,
    [JSON.stringify(rows)],
  );
  return found.length > 0;
}
