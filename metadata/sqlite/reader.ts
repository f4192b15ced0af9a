import type Database from 'better-sqlite3';
import type { Tx, Value } from '../tx.ts';
import { SqliteTx } from './connection.ts';

/** Answers kept; more than a busy gateway has accounts and buckets in use at a time. */
const MAX_REMEMBERED = 10_000;

/**
 * Reads in a transaction that lasts for one turn of the event loop: taking and leaving SQLite's locks costs as much as a
 * small query, and all requests of a turn can share them. {@link refresh} ends it early, so that whoever was told of a
 * commit sees it.
 */
export class SnapshotReader implements Tx {
  readonly #tx: SqliteTx;
  readonly #begin: Database.Statement;
  readonly #end: Database.Statement;
  readonly #version: Database.Statement<[], { data_version: number }>;
  readonly #remembered = new Map<string, unknown>();
  #isOpen = false;
  #lastVersion = -1;

  constructor(connection: Database.Database) {
    this.#tx = new SqliteTx(connection);
    this.#begin = connection.prepare('BEGIN');
    this.#end = connection.prepare('COMMIT');
    this.#version = connection.prepare('PRAGMA data_version');
  }

  get<Row>(sql: string, ...values: Value[]): Row | undefined {
    this.#open();
    return this.#tx.get<Row>(sql, ...values);
  }

  all<Row>(sql: string, ...values: Value[]): Row[] {
    this.#open();
    return this.#tx.all<Row>(sql, ...values);
  }

  rows<Row extends readonly Value[]>(sql: string, ...values: Value[]): Row[] {
    this.#open();
    return this.#tx.rows<Row>(sql, ...values);
  }

  run(): number {
    throw new Error('A query does not write.');
  }

  /**
   * The answer to a question that is asked with every request, from memory while nothing in the database has changed.
   * The question must name all that the answer depends on. That there is none is not remembered: strangers may ask for
   * anything.
   */
  remember<Answer>(question: string, ask: () => Answer): Answer {
    this.#open();
    if (this.#remembered.has(question)) return this.#remembered.get(question) as Answer; // asked the same way
    const answer = ask();
    if (answer === undefined) return answer;
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(question, answer);
    return answer;
  }

  /** Lets the next read see everything that is committed by now. */
  refresh(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#end.run();
  }

  #open(): void {
    if (this.#isOpen) return;
    this.#begin.run();
    this.#isOpen = true;
    setImmediate(() => this.refresh());
    // Changes with every commit of another connection, and this one never writes.
    const version = this.#version.get()?.data_version ?? -1;
    if (version === this.#lastVersion) return;
    this.#lastVersion = version;
    this.#remembered.clear();
  }
}
