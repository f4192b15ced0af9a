/** What a statement takes and a row holds. Sizes and counts stay below 2^53, so plain numbers carry them. */
export type Value = string | number | Uint8Array | null;

/** SQLite answers at once, PostgreSQL later: callers `await` both alike. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * The few verbs in which every query and mutation is written, in portable SQL with `?` placeholders.
 * A dialect supplies the connection. Within a mutation all calls belong to one transaction.
 */
export interface Tx {
  /** The first row as an object named by its columns, or undefined. */
  get<Row>(sql: string, ...values: readonly Value[]): MaybePromise<Row | undefined>;
  /** All rows as objects. */
  all<Row>(sql: string, ...values: readonly Value[]): MaybePromise<Row[]>;
  /** All rows as arrays in column order: cheaper than objects where there are many. */
  rows<Row extends readonly Value[]>(sql: string, ...values: readonly Value[]): MaybePromise<Row[]>;
  /** Executes; resolves to the number of rows changed. */
  run(sql: string, ...values: readonly Value[]): MaybePromise<number>;
}
