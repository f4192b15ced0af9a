import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Metadata } from '../metadata.ts';
import { mutations } from '../mutations/index.ts';
import { queries } from '../queries/index.ts';
import { type ConnectionOptions, type Durability, openConnection, SqliteTx } from './connection.ts';
import { GroupRunner, type MutationCall, unwrapOutcome } from './group.ts';
import { migrate } from './migrate.ts';
import { SnapshotReader } from './reader.ts';
import { syncFolders } from './sync-folders.ts';
import { GroupWriter } from './writer.ts';

export interface SqliteOptions {
  readonly path: string;
  readonly durability: Durability;
  /** A server commits in groups on a thread of its own; a command writes where it is. */
  readonly writer: 'thread' | 'here';
}

/** Asked with every request, changed rarely. Each takes one string, or nothing. */
const REMEMBERED: ReadonlySet<string> = new Set([
  'findBucket',
  'findCredential',
  'findGrantsVersion',
  'findIamVersion',
]);

/** Opens (and creates or migrates) a SQLite database. Throws when the schema is newer than this binary. */
export function openSqlite({ path, durability, writer }: SqliteOptions): Metadata {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const connection = openMigrated({ path, durability });
  return writer === 'thread' ? openThreaded(connection, { path, durability }) : openLocal(connection);
}

function openMigrated(options: ConnectionOptions): Connection {
  let connection: Connection | undefined;
  try {
    connection = openConnection(options);
    const isNew = migrate(connection);
    if (isNew && options.durability === 'full') syncFolders(dirname(resolve(options.path)));
    return connection;
  } catch (error) {
    connection?.close();
    throw findsNoRoom(error) ? new Error(`The disk of ${options.path} is full.`, { cause: error }) : error;
  }
}

/** The database, its log or the index of its log, which SQLite makes when it opens. */
function findsNoRoom(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE';
}

/** Reads here, writes on a thread: the way of a server. */
function openThreaded(connection: Connection, options: ConnectionOptions): Metadata {
  const reader = new SnapshotReader(connection);
  const listeners = new Set<() => void>();
  const groups = new GroupWriter(options, () => {
    reader.refresh();
    for (const tell of listeners) tell();
  });
  return {
    onCommit: (listener) => subscribe(listeners, listener),
    queries: bind(queries, (query, name) =>
      REMEMBERED.has(name)
        ? (input) => reader.remember(`${name} ${String(input)}`, () => query(reader, input))
        : (...input) => query(reader, ...input),
    ) as Metadata['queries'], // binds the first argument
    mutations: bindMutations((call) => groups.submit(call)),
    async close() {
      await groups.close();
      reader.refresh();
      connection.close();
    },
  };
}

/** Reads and writes here, one mutation after the other: the way of a command. */
function openLocal(connection: Connection): Metadata {
  const tx = new SqliteTx(connection);
  const runner = new GroupRunner(connection);
  const listeners = new Set<() => void>();
  let last: Promise<unknown> = Promise.resolve();
  const submit = (call: MutationCall) => {
    const outcome = last.then(async () => {
      const [only] = await runner.run([call]);
      for (const tell of listeners) tell();
      return unwrapOutcome(only as NonNullable<typeof only>); // one outcome a call
    });
    last = outcome.catch(() => undefined);
    return outcome;
  };
  return {
    onCommit: (listener) => subscribe(listeners, listener),
    queries: bind(
      queries,
      (query) =>
        (...input) =>
          query(tx, ...input),
    ) as Metadata['queries'], // binds the first argument
    mutations: bindMutations(submit),
    async close() {
      await last;
      connection.close();
    },
  };
}

function subscribe(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

type Connection = ReturnType<typeof openConnection>;
type AnyFunction = (...input: never[]) => unknown;

function bindMutations(submit: (call: MutationCall) => Promise<unknown>): Metadata['mutations'] {
  const bound = bind(mutations, (_, name) => (input) => submit({ name: name as MutationCall['name'], input }));
  return bound as Metadata['mutations']; // names and inputs come from the same table
}

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
