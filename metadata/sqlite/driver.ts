import BetterSqlite3 from 'better-sqlite3';

/** Never emptied. */
const kept: unknown[] = [];

/**
 * Opens better-sqlite3 with one difference: neither the connection nor its statements ever become garbage. Since Node
 * 24.19 the process aborts when those of better-sqlite3 12 are collected ("Assertion failed: (env) != nullptr"); version
 * 13 is free of it, and needs Node 22. A process opens few connections and prepares each statement once, so that there is
 * little to keep.
 */
export function openDatabase(path: string, options: BetterSqlite3.Options = {}): BetterSqlite3.Database {
  const database = new BetterSqlite3(path, options);
  const prepare = database.prepare.bind(database);
  const prepareKept = (sql: string) => {
    const statement = prepare(sql);
    kept.push(statement);
    return statement;
  };
  kept.push(database);
  database.prepare = prepareKept as typeof database.prepare; // the same function, but for what it remembers
  // The original prepares a statement that nobody could keep.
  database.pragma = (text, { simple = false } = {}) => {
    const statement = prepareKept(`PRAGMA ${text}`);
    if (!statement.reader) return statement.run();
    return simple ? statement.pluck().get() : statement.all();
  };
  return database;
}
