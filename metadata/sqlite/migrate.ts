import { readdirSync, readFileSync } from 'node:fs';
import type Database from 'better-sqlite3';

const MIGRATIONS = new URL('../migrations/sqlite/', import.meta.url);

/**
 * Brings the schema up to this binary's version, under SQLite's write lock, so that of several processes starting at
 * once one migrates and the others wait. Returns whether the database was empty. Throws when it was written by a newer
 * binary.
 */
export function migrate(connection: Database.Database): boolean {
  const migrations = readdirSync(MIGRATIONS)
    .filter((name) => /^\d{4}-.+\.sql$/.test(name))
    .sort();
  return connection
    .transaction(() => {
      const version = Number(connection.pragma('user_version', { simple: true }));
      if (version > migrations.length) {
        throw new Error(
          `The metadata has schema version ${version} and this binary knows ${migrations.length}: start a newer Gatehouse.`,
        );
      }
      for (const name of migrations.slice(version)) connection.exec(readFileSync(new URL(name, MIGRATIONS), 'utf8'));
      connection.pragma(`user_version = ${migrations.length}`);
      return version === 0;
    })
    .immediate();
}
