import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Metadata, openSqlite } from '../../../metadata/index.ts';
import { openDatabase } from '../../../metadata/sqlite/driver.ts';

/** A database engine, and a way of writing to it, that every suite of the metadata runs against. */
export interface Dialect {
  readonly name: string;
  /** Whether mutations of one process take effect in the order of the calls. */
  readonly keepsOrder: boolean;
  /** An empty database of its own. */
  open(): Promise<TestDatabase>;
}

export interface TestDatabase {
  readonly metadata: Metadata;
  /** A gateway that runs beside, on the same database. */
  openAnother(): Metadata;
  /** Looks at the tables themselves, beside the interface. */
  rows<Row>(sql: string, ...values: (string | number)[]): Promise<Row[]>;
  /** Puts into a table what no mutation would, or nobody has a mutation for yet. */
  write(sql: string, ...values: (string | number)[]): Promise<void>;
  /** Closes what was opened and removes the database. */
  remove(): Promise<void>;
}

/** Every dialect, the real thing each. */
export const dialects: readonly Dialect[] = [sqlite('thread'), sqlite('here')];

function sqlite(writer: 'thread' | 'here'): Dialect {
  return {
    name: `SQLite, written ${writer === 'thread' ? 'by a thread' : 'in place'}`,
    keepsOrder: true,
    async open() {
      const folder = await mkdtemp(join(tmpdir(), 'gatehouse-metadata-'));
      const path = join(folder, 'metadata.db');
      const opened: Metadata[] = [];
      const open = (how: 'thread' | 'here') => {
        const metadata = openSqlite({ path, durability: 'relaxed', writer: how });
        opened.push(metadata);
        return metadata;
      };
      const metadata = open(writer);
      const raw = openDatabase(path, { readonly: true });
      return {
        metadata,
        openAnother: () => open('thread'),
        rows: async <Row>(sql: string, ...values: (string | number)[]) => raw.prepare(sql).all(...values) as Row[],
        async write(sql, ...values) {
          const writable = openDatabase(path);
          writable.prepare(sql).run(...values);
          writable.close();
        },
        async remove() {
          raw.close();
          for (const each of opened) await each.close();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
  };
}
