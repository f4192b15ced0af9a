import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Metadata } from '../metadata.ts';
import { mutations } from '../mutations/index.ts';
import { queries } from '../queries/index.ts';
import { type Durability, openConnection, SqliteTx } from './connection.ts';
import { GroupRunner, type MutationCall, unwrapOutcome } from './group.ts';
import { migrate } from './migrate.ts';
import { GroupWriter } from './writer.ts';

export interface SqliteOptions {
  readonly path: string;
  readonly durability: Durability;
  /** A server commits in groups on a thread of its own; a command writes where it is. */
  readonly writer: 'thread' | 'here';
}

/** Opens (and creates or migrates) a SQLite database. Throws when the schema is newer than this binary. */
export function openSqlite({ path, durability, writer }: SqliteOptions): Metadata {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const connection = openConnection({ path, durability });
  migrate(connection);
  const submitter = writer === 'thread' ? new GroupWriter({ path, durability }) : new LocalWriter(connection);
  const tx = new SqliteTx(connection);
  return {
    queries: bind(
      queries,
      (query) =>
        (...input) =>
          query(tx, ...input),
    ) as Metadata['queries'], // binds the first argument
    mutations: bind(
      mutations,
      (_, name) => (input) => submitter.submit({ name: name as MutationCall['name'], input }),
    ) as Metadata['mutations'], // names and inputs come from the same table
    async close() {
      await submitter.close();
      connection.close();
    },
  };
}

type AnyFunction = (...input: never[]) => unknown;

function bind<Table extends Record<string, AnyFunction>>(
  table: Table,
  wrap: (call: (...input: unknown[]) => unknown, name: string) => (...input: unknown[]) => unknown,
): Record<string, (...input: unknown[]) => unknown> {
  const entries = Object.entries(table).map(([name, call]) => [
    name,
    wrap(call as unknown as (...input: unknown[]) => unknown, name), // callers are typed by Metadata
  ]);
  return Object.fromEntries(entries);
}

/** Commits every mutation by itself. */
class LocalWriter {
  readonly #runner: GroupRunner;
  #last: Promise<unknown> = Promise.resolve();

  constructor(connection: ReturnType<typeof openConnection>) {
    this.#runner = new GroupRunner(connection);
  }

  submit(call: MutationCall): Promise<unknown> {
    const outcome = this.#last.then(async () => {
      const [only] = await this.#runner.run([call]);
      return unwrapOutcome(only as NonNullable<typeof only>); // one outcome a call
    });
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }

  async close(): Promise<void> {
    await this.#last;
  }
}
