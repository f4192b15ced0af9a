import type Database from 'better-sqlite3';
import type { Tx, Value } from '../tx.ts';
import { openDatabase } from './driver.ts';

export type Durability = 'full' | 'relaxed';

export interface ConnectionOptions {
  readonly path: string;
  readonly durability: Durability;
  readonly readonly?: boolean;
}

/** 4,000 pages of 4 KiB: large enough to spread the cost of a checkpoint, small enough to keep reads quick. */
const CHECKPOINT_PAGES = 4000;
/** Readers may keep the log from starting over; once it does, what it grew to is given back. */
const MAX_KEPT_LOG_BYTES = 1 << 26;
const BUSY_TIMEOUT_MS = 10_000;
const READ_CACHE_KIB = 65_536;
const MMAP_BYTES = 1 << 30;

/**
 * Opens a connection in WAL mode. With `full` durability a commit returns only when the log is synced;
 * with `relaxed` a power cut may lose the last commits, never the database.
 */
export function openConnection({ path, durability, readonly = false }: ConnectionOptions): Database.Database {
  const connection = openDatabase(path, { readonly, timeout: BUSY_TIMEOUT_MS });
  if (!readonly) connection.pragma('journal_mode = WAL');
  connection.pragma(`synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`);
  connection.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  connection.pragma(`journal_size_limit = ${MAX_KEPT_LOG_BYTES}`);
  connection.pragma(`mmap_size = ${MMAP_BYTES}`);
  connection.pragma(`cache_size = -${READ_CACHE_KIB}`);
  connection.pragma('foreign_keys = ON');
  connection.pragma('temp_store = MEMORY');
  return connection;
}

/** {@link Tx} over better-sqlite3. Statements are prepared once and kept by their text. */
export class SqliteTx implements Tx {
  /** Whether anything was written since it was last set to false. */
  dirty = false;
  readonly #connection: Database.Database;
  readonly #statements = new Map<string, Database.Statement<Value[]>>();
  readonly #rawStatements = new Map<string, Database.Statement<Value[]>>();

  constructor(connection: Database.Database) {
    this.#connection = connection;
  }

  get<Row>(sql: string, ...values: Value[]): Row | undefined {
    const statement = this.#prepare(sql);
    if (!statement.readonly) this.dirty = true;
    return statement.get(...values) as Row | undefined; // the query's author names its columns
  }

  all<Row>(sql: string, ...values: Value[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[]; // as above
  }

  rows<Row extends readonly Value[]>(sql: string, ...values: Value[]): Row[] {
    let statement = this.#rawStatements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare<Value[]>(sql).raw();
      this.#rawStatements.set(sql, statement);
    }
    if (!statement.readonly) this.dirty = true;
    return statement.all(...values) as Row[]; // as above
  }

  run(sql: string, ...values: Value[]): number {
    const { changes } = this.#prepare(sql).run(...values);
    if (changes > 0) this.dirty = true;
    return changes;
  }

  #prepare(sql: string): Database.Statement<Value[]> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare<Value[]>(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
