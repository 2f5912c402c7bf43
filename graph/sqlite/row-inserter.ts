import type { Sql, SqlValue } from './sql.ts';

/** Rows of one statement: a call costs about as much as three rows of it. */
const ROWS = 32;

export interface RowStatements {
  readonly one: string;
  readonly many: string;
  readonly width: number;
}

/** `table` and `columns` become part of the statements: they are names of the schema, never data. */
export function insertInto(table: string, columns: readonly string[]): RowStatements {
  const row = `(${columns.map(() => '?').join(', ')})`;
  const start = `INSERT INTO ${table} (${columns.join(', ')}) VALUES `;
  const many = start + Array.from({ length: ROWS }, () => row).join(', ');
  return { one: start + row, many, width: columns.length };
}

/** Gathers rows of one table and inserts many with one statement. Call `flush` before anyone reads them. */
export class RowInserter {
  readonly #sql: Sql;
  readonly #statements: RowStatements;
  #values: SqlValue[] = [];

  constructor(sql: Sql, statements: RowStatements) {
    this.#sql = sql;
    this.#statements = statements;
  }

  /** As many values as there are columns. */
  add(...values: SqlValue[]): void {
    for (const value of values) this.#values.push(value);
    if (this.#values.length < ROWS * this.#statements.width) return;
    this.#sql.run(this.#statements.many, this.#values);
    this.#values = [];
  }

  flush(): void {
    const { one, width } = this.#statements;
    for (let i = 0; i < this.#values.length; i += width) {
      this.#sql.run(one, this.#values.slice(i, i + width));
    }
    this.#values = [];
  }
}
