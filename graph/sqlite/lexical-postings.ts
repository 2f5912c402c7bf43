/**
 * Postings of words, read from FTS5 once and then kept in memory: in which rows a word stands, and how often.
 * A word that many chunks hold costs FTS5 a walk over all of them in every question; here it costs that once.
 */
import { lexicalTable } from './lexical-table.ts';
import type { LexicalRows } from './lexical-rows.ts';
import type { Sql } from './sql.ts';

/** Places are those of `LexicalRows`, ascending. */
export interface Postings {
  readonly places: Int32Array;
  /** Occurrences, each weighed by its column. */
  readonly frequencies: Float32Array;
  readonly count: number;
  /** Rows that hold the word and are there. */
  readonly live: number;
}

interface Kept {
  places: Int32Array;
  frequencies: Float32Array;
  count: number;
  live: number;
  /** `LexicalRows.removals` when `live` was counted. */
  countedAt: number;
  /** Places before this one were looked at. */
  upTo: number;
}

export interface ColumnWeights {
  readonly title: number;
  readonly headings: number;
  readonly text: number;
}

/** Kept postings of all workspaces; the least recently used go first. */
export interface PostingsCache {
  /** Level with the snapshot that `rows` was brought level with. */
  get(workspaceNumber: number, rows: LexicalRows, word: string): Postings;
  /** Rows that hold the word; cheaper than its postings where these are not kept. */
  count(workspaceNumber: number, rows: LexicalRows, word: string): number;
  /** Lets go of a workspace. */
  forget(workspaceNumber: number): void;
  readonly bytes: number;
}

const COUNTS_KEPT = 50_000;

export function postingsCache(
  sql: Sql,
  weights: ColumnWeights,
  budgetBytes: number,
): PostingsCache {
  const kept = new Map<string, Kept>();
  const reader = postingsReader(sql, weights);
  /** By word: how many rows hold it, and the state of the rows that this is true of. */
  const counts = new Map<string, { readonly state: string; readonly rows: number }>();
  let bytes = 0;

  function keep(key: string, entry: Kept): void {
    drop(key);
    kept.set(key, entry);
    bytes += bytesOf(entry);
    for (const oldest of kept.keys()) {
      if (bytes <= budgetBytes || oldest === key) break;
      drop(oldest);
    }
  }

  function get(workspaceNumber: number, rows: LexicalRows, word: string): Postings {
    const key = `${workspaceNumber} ${word}`;
    let entry = kept.get(key);
    if (!entry) entry = reader.all(workspaceNumber, rows, word);
    else if (entry.upTo < rows.size) entry = reader.withNewer(entry, workspaceNumber, rows, word);
    if (entry.countedAt !== rows.removals) recount(entry, rows);
    keep(key, entry);
    return entry;
  }

  function drop(key: string): void {
    const entry = kept.get(key);
    if (!entry) return;
    bytes -= bytesOf(entry);
    kept.delete(key);
  }

  return {
    get bytes() {
      return bytes;
    },
    get,
    count: (workspaceNumber, rows, word) => {
      const key = `${workspaceNumber} ${word}`;
      if (kept.has(key)) return get(workspaceNumber, rows, word).live;
      const state = `${rows.size} ${rows.removals}`;
      let counted = counts.get(key);
      if (counted?.state !== state) {
        if (counts.size >= COUNTS_KEPT) counts.clear();
        counted = { state, rows: countRows(sql, workspaceNumber, word) };
        counts.set(key, counted);
      }
      return counted.rows;
    },
    forget: (workspaceNumber) => {
      for (const key of kept.keys()) if (key.startsWith(`${workspaceNumber} `)) drop(key);
      counts.clear();
    },
  };
}

function bytesOf({ places }: Kept): number {
  return 8 * places.length + 200;
}

function recount(entry: Kept, rows: LexicalRows): void {
  let live = 0;
  for (let i = 0; i < entry.count; i++) if (rows.length(entry.places[i]!) > 0) live++;
  entry.live = live;
  entry.countedAt = rows.removals;
}

function postingsReader(sql: Sql, weights: ColumnWeights) {
  const tables = new Set<number>();
  const weightOfLength: number[] = [];
  for (const [column, weight] of Object.entries(weights)) {
    weightOfLength[column.length] = weight as number;
  }

  /** The words of the full-text table as rows; temporary, so each connection makes its own. */
  function instances(workspaceNumber: number): string {
    const name = `temp.chunk_words_${Math.trunc(workspaceNumber)}`;
    if (!tables.has(workspaceNumber)) {
      sql.db.exec(
        `CREATE VIRTUAL TABLE IF NOT EXISTS ${name} USING fts5vocab(main, ${lexicalTable(workspaceNumber)}, 'instance')`,
      );
      tables.add(workspaceNumber);
    }
    return name;
  }

  return {
    all(workspaceNumber: number, rows: LexicalRows, word: string): Kept {
      // One text for all rows, each a number and the length of its column's name: a fraction of the time that
      // rows as objects take.
      const found = sql.get<{ count: number; text: string | null }>(
        `SELECT count(*) AS count, group_concat(doc || ' ' || length(col), ',') AS text
         FROM ${instances(workspaceNumber)} WHERE term = ?`,
        [word],
      )!;
      const entry = emptyEntry(found.count, rows);
      eachPair(found.text ?? '', (n, length) => push(entry, rows, n, weightOfLength[length]!));
      return entry;
    },

    withNewer(old: Kept, workspaceNumber: number, rows: LexicalRows, word: string): Kept {
      const newer = countsAfter(sql, workspaceNumber, rows.number(old.upTo) - 1, word);
      const entry = newer.length === 0 ? old : withRoom(old, newer.length);
      for (const row of newer) {
        const { title, headings, text } = row;
        push(
          entry,
          rows,
          row.n,
          title * weights.title + headings * weights.headings + text * weights.text,
        );
      }
      entry.upTo = rows.size;
      return entry;
    },
  };
}

/** Reads `a b,a b,...`. */
function eachPair(text: string, visit: (a: number, b: number) => void): void {
  let first = 0;
  let number = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48) number = number * 10 + code - 48;
    else if (code === 32) {
      first = number;
      number = 0;
    } else {
      visit(first, number);
      number = 0;
    }
  }
  if (text !== '') visit(first, number);
}

function emptyEntry(capacity: number, rows: LexicalRows): Kept {
  return {
    places: new Int32Array(capacity),
    frequencies: new Float32Array(capacity),
    count: 0,
    live: 0,
    countedAt: rows.removals,
    upTo: rows.size,
  };
}

function withRoom(old: Kept, more: number): Kept {
  const needed = old.count + more;
  if (needed <= old.places.length) return old;
  const entry = {
    ...old,
    places: new Int32Array(needed + more),
    frequencies: new Float32Array(needed + more),
  };
  entry.places.set(old.places.subarray(0, old.count));
  entry.frequencies.set(old.frequencies.subarray(0, old.count));
  return entry;
}

/** Occurrences come in the order of rows, so those of one row follow each other. */
function push(entry: Kept, rows: LexicalRows, n: number, weight: number): void {
  const last = entry.count - 1;
  const place = rows.placeOf(n, last < 0 ? 0 : entry.places[last]!);
  if (last >= 0 && entry.places[last] === place) {
    entry.frequencies[last]! += weight;
    return;
  }
  entry.places[entry.count] = place;
  entry.frequencies[entry.count] = weight;
  entry.count++;
  if (rows.length(place) > 0) entry.live++;
}

interface Counts {
  readonly n: number;
  readonly title: number;
  readonly headings: number;
  readonly text: number;
}

/** Occurrences in rows after number `n`: FTS5 itself marks them, so its tokenizer is the only one. */
function countsAfter(sql: Sql, workspaceNumber: number, n: number, word: string): Counts[] {
  const table = lexicalTable(workspaceNumber);
  const marks = (column: number): string => `highlight(${table}, ${column}, char(1), '')`;
  const rows = sql.all<{ n: number; title: string; headings: string; text: string }>(
    `SELECT rowid AS n, ${marks(0)} AS title, ${marks(1)} AS headings, ${marks(2)} AS text
     FROM ${table} WHERE ${table} MATCH ? AND rowid > ? ORDER BY rowid`,
    [`"${word}"`, n],
  );
  return rows.map((row) => ({
    n: row.n,
    title: marksIn(row.title),
    headings: marksIn(row.headings),
    text: marksIn(row.text),
  }));
}

function countRows(sql: Sql, workspaceNumber: number, word: string): number {
  const table = lexicalTable(workspaceNumber);
  return sql.column<number>(`SELECT count(*) FROM ${table} WHERE ${table} MATCH ?`, [
    `"${word}"`,
  ])[0]!;
}

function marksIn(text: string): number {
  return text.split('\u0001').length - 1;
}
