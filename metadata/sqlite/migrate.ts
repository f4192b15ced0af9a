import { readdirSync, readFileSync } from 'node:fs';
import type Database from 'better-sqlite3';

const MIGRATIONS = new URL('../migrations/sqlite/', import.meta.url);

/**
 * Brings the schema up to this binary's version, under SQLite's write lock, so that of several processes starting at
 * once one migrates and the others wait. Returns whether the database was empty. Throws when it was written by a newer
 * binary.
 */
export function migrate(connection: Database.Database): boolean {
  // A table that is made anew is dropped for a moment, and others refer to it ("Making Other Kinds Of Table Schema
  // Changes", sqlite.org/lang_altertable.html): references are checked at the end, all of them.
  connection.pragma('foreign_keys = OFF');
  try {
    return connection.transaction(() => applyMigrations(connection)).immediate();
  } finally {
    connection.pragma('foreign_keys = ON');
  }
}

function applyMigrations(connection: Database.Database): boolean {
  const migrations = readdirSync(MIGRATIONS)
    .filter((name) => /^\d{4}-.+\.sql$/.test(name))
    .sort();
  const version = Number(connection.pragma('user_version', { simple: true }));
  if (version > migrations.length) {
    throw new Error(
      `The metadata has schema version ${version} and this binary knows ${migrations.length}: start a newer Gatehouse.`,
    );
  }
  const pending = migrations.slice(version);
  for (const name of pending) connection.exec(readFileSync(new URL(name, MIGRATIONS), 'utf8'));
  if (pending.length > 0) requireIntactReferences(connection);
  connection.pragma(`user_version = ${migrations.length}`);
  return version === 0;
}

function requireIntactReferences(connection: Database.Database): void {
  const broken = connection.pragma('foreign_key_check') as readonly { readonly table: string }[];
  const [first] = broken;
  if (first !== undefined) throw new Error(`A row of ${first.table} refers to nothing: the database is damaged.`);
}
