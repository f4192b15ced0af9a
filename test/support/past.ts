import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prefixEnd } from '../../metadata/index.ts';
import { openDatabase } from '../../metadata/sqlite/driver.ts';

/** Which versions, markers and uploads: those of a bucket, or of the keys below a prefix. */
export interface Older {
  readonly bucket: string;
  readonly prefix?: string;
  readonly days: number;
}

const MADE_AT = { objects: 'last_modified', versions: 'last_modified', uploads: 'initiated_at' };
const DAY_MS = 86_400_000;
const MARGIN_MS = 60_000;

/** Lets days pass for what is in a data folder, be it in use: all was made, and will be free, so much earlier. */
export function makeOlder(dataFolder: string, { bucket, prefix = '', days }: Older): void {
  const database = openDatabase(join(dataFolder, 'metadata.db'));
  const earlier = (column: string) => `${column} = strftime('%Y-%m-%dT%H:%M:%fZ', ${column}, '-${days} days')`;
  for (const [table, madeAt] of Object.entries(MADE_AT)) {
    database
      .prepare(
        `UPDATE ${table} SET ${earlier(madeAt)}, ${earlier('retain_until')}
         WHERE bucket_id = (SELECT id FROM buckets WHERE name = ?) AND key >= ? AND key < ?`,
      )
      .run(bucket, prefix, prefixEnd(prefix) ?? '\u{10ffff}');
  }
  database.close();
}

/** Resolves at once, unless the day ends so soon that it may in the middle of a test. */
export async function awayFromMidnight(): Promise<void> {
  const restMs = DAY_MS - (Date.now() % DAY_MS);
  if (restMs < MARGIN_MS) await sleep(restMs + 1);
}
