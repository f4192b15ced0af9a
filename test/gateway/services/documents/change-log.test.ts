import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Accounts } from '../../../../gateway/services/accounts.ts';
import { Databases } from '../../../../gateway/services/documents/databases.ts';
import { DocumentStore } from '../../../../gateway/services/documents/document-store.ts';
import { ChangeLog } from '../../../../gateway/services/documents/watch/change-log.ts';
import { type Metadata, openSqlite } from '../../../../metadata/index.ts';

const ACTOR = { accountId: null, address: null, userAgent: null };

describe('ChangeLog', () => {
  let folder: string;
  let metadata: Metadata;
  let write: (ids: readonly string[], by?: Metadata) => Promise<void>;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-changes-'));
    metadata = open('thread');
    const account = await new Accounts({ metadata }).create({ name: 'ann' });
    const databases = new Databases({ metadata, region: 'us-east-1' });
    const collection = await databases.ensure(await databases.open(account, ACTOR), 'things');
    write = async (ids, by = metadata) => {
      const changes = ids.map((_id) => ({ after: { _id } }));
      await new DocumentStore(by).apply(collection, { changes, accountId: account.id });
    };
  });
  after(async () => {
    await metadata.close();
    await rm(folder, { recursive: true, force: true });
  });
  const open = (writer: 'thread' | 'here') =>
    openSqlite({ path: join(folder, 'metadata.db'), durability: 'full', writer });
  const readAll = async (log: ChangeLog, from: number, count: number) => {
    const keys: string[] = [];
    const { signal } = new AbortController();
    for (let after = from; keys.length < count; ) {
      const page = await log.read(after);
      keys.push(...page.rows.map(({ key }) => key));
      after = page.upTo;
      if (keys.length < count) await log.wait(after, { timeoutMs: 5000, signal });
    }
    return keys;
  };
  const ids = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}${n}`);
  const keysOf = (named: readonly string[]) => named.map((id) => `things/${id}.json`);

  test('tells who keeps up and who is far behind the same', async () => {
    const log = new ChangeLog({ metadata, kept: 10 });
    const { head, stop } = await log.follow();
    const named = ids('a', 2500);
    const followed = readAll(log, head, named.length);
    for (let at = 0; at < named.length; at += 500) await write(named.slice(at, at + 500));
    assert.deepEqual(await followed, keysOf(named));
    assert.deepEqual(await readAll(log, head, named.length), keysOf(named));
    stop();
    log.close();
  });

  test('finds what another process has committed', async () => {
    const log = new ChangeLog({ metadata, pollMs: 50 });
    const { head, stop } = await log.follow();
    const other = open('here');
    await write(['other'], other);
    await other.close();
    assert.deepEqual(await readAll(log, head, 1), ['things/other.json']);
    stop();
    log.close();
  });

  test('lets nobody wait who has gone, or once it is closed', async () => {
    const log = new ChangeLog({ metadata });
    const { head } = await log.follow();
    const gone = new AbortController();
    const waiting = log.wait(head, { timeoutMs: 60_000, signal: gone.signal });
    gone.abort();
    await waiting;
    const another = log.wait(head, { timeoutMs: 60_000, signal: new AbortController().signal });
    log.close();
    await another;
    assert.equal(log.isClosed, true);
  });
});
