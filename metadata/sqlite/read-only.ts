import type { Metadata } from '../metadata.ts';
import { queries } from '../queries/index.ts';
import { openConnection, SqliteTx } from './connection.ts';

/** What a thread of its own may ask of a database that another one has opened. */
export interface ReadOnlyMetadata {
  readonly queries: Metadata['queries'];
  /** Runs reads that all see the database as it is at their beginning. */
  snapshot<Result>(read: () => Promise<Result>): Promise<Result>;
  close(): void;
}

/** Opens a database that is there, for reading alone. */
export function openReadOnly(path: string): ReadOnlyMetadata {
  const connection = openConnection({ path, durability: 'full', readonly: true });
  const tx = new SqliteTx(connection);
  const bound = Object.entries(queries).map(([name, query]) => [
    name,
    (...input: unknown[]) => (query as (...input: unknown[]) => unknown)(tx, ...input), // callers are typed by Metadata
  ]);
  return {
    queries: Object.fromEntries(bound) as Metadata['queries'], // binds the first argument
    async snapshot(read) {
      connection.exec('BEGIN');
      try {
        return await read();
      } finally {
        connection.exec('COMMIT');
      }
    },
    close: () => connection.close(),
  };
}
