/** Counts what is asked of SQLite in this process; call it before any store is opened. */
import Database from 'better-sqlite3';

export interface StatementCounts {
  readonly statements: number;
  readonly rows: number;
}

type Prepare = (this: Database.Database, source: string) => Database.Statement;

export function countStatements(): { counted(): StatementCounts } {
  let statements = 0;
  let rows = 0;
  const prepare = Reflect.get(Database.prototype, 'prepare') as Prepare;
  const counting: Prepare = function (source) {
    const statement = prepare.call(this, source);
    const get = statement.get.bind(statement);
    const all = statement.all.bind(statement);
    const run = statement.run.bind(statement);
    statement.get = (...parameters: unknown[]) => {
      statements++;
      rows++;
      return get(...parameters);
    };
    statement.all = (...parameters: unknown[]) => {
      const found = all(...parameters);
      statements++;
      rows += found.length;
      return found;
    };
    statement.run = (...parameters: unknown[]) => {
      statements++;
      return run(...parameters);
    };
    return statement;
  };
  Reflect.set(Database.prototype, 'prepare', counting);
  return { counted: () => ({ statements, rows }) };
}
