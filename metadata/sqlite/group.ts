import type Database from 'better-sqlite3';
import { Failure, type FailureCode } from '../failure.ts';
import { type Mutations, mutations } from '../mutations/index.ts';
import { SqliteTx } from './connection.ts';

/** A mutation to run: its name in the table, and its input. */
export interface MutationCall {
  readonly name: keyof Mutations;
  readonly input: unknown;
}

/** What became of a call, in a form that crosses threads. */
export type MutationOutcome =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly code: FailureCode;
      readonly message: string;
      readonly detail: Record<string, string>;
    }
  | { readonly ok: false; readonly code: undefined; readonly message: string };

/**
 * Runs mutations in groups: one transaction and one sync for all calls of a group. A call that a rule refuses before it
 * wrote anything fails alone. Where one fails otherwise, or the commit itself does, the group is rolled back and its
 * calls run again one by one, so that each gets its own verdict.
 */
export class GroupRunner {
  readonly #connection: Database.Database;
  readonly #tx: SqliteTx;
  readonly #begin: Database.Statement;
  readonly #commit: Database.Statement;
  readonly #rollback: Database.Statement;

  constructor(connection: Database.Database) {
    this.#connection = connection;
    this.#tx = new SqliteTx(connection);
    this.#begin = connection.prepare('BEGIN IMMEDIATE');
    this.#commit = connection.prepare('COMMIT');
    this.#rollback = connection.prepare('ROLLBACK');
  }

  /** Resolves, when everything that succeeded is durable, to the outcomes in the order of the calls. Never rejects. */
  async run(calls: readonly MutationCall[]): Promise<MutationOutcome[]> {
    const busy = this.#tryBegin();
    if (busy !== undefined) return calls.map(() => busy);
    const together = await this.#attempt(calls);
    if (together !== undefined) return together;
    const outcomes: MutationOutcome[] = [];
    for (const call of calls) outcomes.push(await this.#runAlone(call));
    return outcomes;
  }

  /** Where another process keeps the database for too long, none of a group can do what the first could not. */
  #tryBegin(): MutationOutcome | undefined {
    try {
      this.#begin.run();
      return undefined;
    } catch (error) {
      return toOutcome(error);
    }
  }

  /** In the transaction that has begun. Undefined when it was rolled back. */
  async #attempt(calls: readonly MutationCall[]): Promise<MutationOutcome[] | undefined> {
    try {
      const outcomes: MutationOutcome[] = [];
      for (const call of calls) {
        this.#tx.dirty = false;
        try {
          outcomes.push({ ok: true, value: await execute(this.#tx, call) });
        } catch (error) {
          // What is not a rule's refusal may have ended the transaction: nothing may go on in it.
          if (this.#tx.dirty || !(error instanceof Failure)) throw error;
          outcomes.push(toOutcome(error));
        }
      }
      this.#commit.run();
      return outcomes;
    } catch {
      this.#undo();
      return undefined;
    }
  }

  async #runAlone(call: MutationCall): Promise<MutationOutcome> {
    try {
      this.#begin.run();
      const value = await execute(this.#tx, call);
      this.#commit.run();
      return { ok: true, value };
    } catch (error) {
      this.#undo();
      return toOutcome(error);
    }
  }

  /** SQLite ends the transaction itself on some errors (a full disk): then there is nothing to roll back. */
  #undo(): void {
    if (this.#connection.inTransaction) this.#rollback.run();
  }
}

function execute(tx: SqliteTx, call: MutationCall): Promise<unknown> {
  const mutation = mutations[call.name] as (tx: SqliteTx, input: unknown) => Promise<unknown>; // the facade pairs them
  return mutation(tx, call.input);
}

function toOutcome(error: unknown): MutationOutcome {
  if (error instanceof Failure) {
    return { ok: false, code: error.code, message: error.message, detail: { ...error.detail } };
  }
  if (isBusy(error)) return { ok: false, code: 'SlowDown', message: 'SlowDown', detail: {} };
  if (isDiskFull(error)) return { ok: false, code: 'InsufficientStorage', message: String(error), detail: {} };
  return {
    ok: false,
    code: undefined,
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

/** Another process has kept the database for longer than anybody should wait. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY';
}

/**
 * No room in the database or its log: then nothing was committed. No room for the index of the log is another matter:
 * there the log has the commit already, and a restart may find it.
 */
function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_FULL';
}

/** The other end of {@link toOutcome}: the value, or the error thrown again. */
export function unwrapOutcome(outcome: MutationOutcome): unknown {
  if (outcome.ok) return outcome.value;
  if (outcome.code !== undefined) throw new Failure(outcome.code, outcome.message, outcome.detail);
  throw new Error(outcome.message);
}
