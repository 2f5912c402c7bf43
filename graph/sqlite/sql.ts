import type Database from 'better-sqlite3';
import { setSync } from './database.ts';
import type { SyncMode } from './database.ts';

export type SqlValue = string | number | bigint | Uint8Array | null;
export type SqlParameters = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

/** A connection with cached statements. Values are always bound; `text` never holds data. */
export interface Sql {
  readonly db: Database.Database;
  get<Row>(text: string, parameters?: SqlParameters): Row | undefined;
  all<Row>(text: string, parameters?: SqlParameters): Row[];
  /** First column of every row. */
  column<Value>(text: string, parameters?: SqlParameters): Value[];
  /** Rows as arrays, in the order of the columns: cheaper than objects where there are many. */
  rows<Row extends readonly unknown[]>(text: string, parameters?: SqlParameters): Row[];
  run(text: string, parameters?: SqlParameters): Database.RunResult;
  /** One transaction that takes the write lock at once; inside another it becomes a savepoint. */
  write<T>(work: () => T): T;
  /** The same, synced to disk with all commits before it, even where the connection syncs only when asked. */
  writeSynced<T>(work: () => T): T;
  /** One transaction that sees a single snapshot. */
  read<T>(work: () => T): T;
}

export function connectSql(db: Database.Database, sync: SyncMode = 'every commit'): Sql {
  const prepared = cached((text) => db.prepare(text));
  const preparedColumn = cached((text) => db.prepare(text).pluck());
  const preparedRows = cached((text) => db.prepare(text).raw());
  const transaction = db.transaction((work: () => unknown) => work());
  return {
    db,
    get: <Row>(text: string, parameters: SqlParameters = []) =>
      prepared(text).get(parameters) as Row | undefined,
    all: <Row>(text: string, parameters: SqlParameters = []) =>
      prepared(text).all(parameters) as Row[],
    column: <Value>(text: string, parameters: SqlParameters = []) =>
      preparedColumn(text).all(parameters) as Value[],
    rows: <Row extends readonly unknown[]>(text: string, parameters: SqlParameters = []) =>
      preparedRows(text).all(parameters) as Row[],
    run: (text, parameters = []) => prepared(text).run(parameters),
    write: <T>(work: () => T) => transaction.immediate(work) as T,
    writeSynced: <T>(work: () => T) => {
      if (sync === 'every commit' || db.inTransaction) return transaction.immediate(work) as T;
      setSync(db, 'every commit');
      try {
        return transaction.immediate(work) as T;
      } finally {
        setSync(db, sync);
      }
    },
    read: <T>(work: () => T) => transaction.deferred(work) as T,
  };
}

function cached<Value>(make: (key: string) => Value): (key: string) => Value {
  const made = new Map<string, Value>();
  return (key) => {
    let value = made.get(key);
    if (value === undefined) made.set(key, (value = make(key)));
    return value;
  };
}

/** For `IN (SELECT value FROM json_each(?))`: a list of any length as one bound value. */
export function jsonList(values: Iterable<string | number>): string {
  return JSON.stringify([...values]);
}

export function orNull<T>(value: T | undefined): T | null {
  return value === undefined ? null : value;
}

export function orUndefined<T>(value: T | null): T | undefined {
  return value === null ? undefined : value;
}
