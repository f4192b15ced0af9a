import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Backend, MemoryBackend } from '../../../gateway/backends/index.ts';
import { sweep } from '../../../gateway/jobs/sweeper.ts';
import { StorageClasses } from '../../../gateway/services/storage-classes.ts';
import type { Metadata } from '../../../metadata/index.ts';
import { dialects, type TestDatabase } from '../../metadata/support/dialects.ts';
import { addAccount, addBucket } from '../../metadata/support/fixture.ts';
import { listAll, pieces } from '../backends/suite.ts';

const HOUR_MS = 3_600_000;

for (const dialect of dialects) {
  describe(`the sweeper over ${dialect.name}`, () => {
    let database: TestDatabase;
    let metadata: Metadata;
    let bucketId: number;
    let backend: Backend;
    before(async () => {
      database = await dialect.open();
      metadata = database.metadata;
      bucketId = (await addBucket(metadata, 'bucket', await addAccount(metadata, 'owner'))).id;
    });
    after(() => database.remove());
    beforeEach(() => {
      backend = new MemoryBackend();
    });

    function sweepNow(graceMs: number, eventRetentionMs = HOUR_MS) {
      return sweep({ metadata, stores: new StorageClasses(backend), graceMs, eventRetentionMs });
    }

    function target(key: string) {
      return { bucketId, key, accountId: 'id-of-owner', at: new Date().toISOString() };
    }

    async function put(key: string): Promise<string> {
      const { location, sizeBytes, settle } = await backend.stage(pieces(Buffer.from('bytes')));
      const payload = { kind: 'staged', location, sizeBytes } as const;
      await metadata.mutations.commitObject({ ...target(key), payload, sizeBytes, etag: 'e', attributes: '{}' });
      settle();
      return location;
    }

    async function kept(): Promise<string[]> {
      return (await listAll(backend)).map(({ location }) => location).sort();
    }

    test('what is referred to stays, what was released goes after its grace', async () => {
      const held = await put('held');
      const released = await put('released');
      await metadata.mutations.deleteObject(target('released'));
      await sleep(3);
      assert.deepEqual((await sweepNow(HOUR_MS)).releasedBlobs, 0);
      assert.deepEqual(await kept(), [held, released].sort());
      assert.equal((await sweepNow(0)).releasedBlobs, 1);
      assert.deepEqual(await kept(), [held]);
      assert.equal(await metadata.queries.isBlobKnown(released), false);
    });

    test('what a crash left goes after its grace', async () => {
      const { settle } = await backend.stage(pieces(Buffer.from('orphan')));
      settle();
      await sleep(3);
      assert.equal((await sweepNow(HOUR_MS)).orphanedBlobs, 0);
      assert.equal((await sweepNow(0)).orphanedBlobs, 1);
      assert.deepEqual(await kept(), []);
    });

    test('what is being staged or committed stays, however short the grace', async () => {
      const staging = backend.stage(
        (async function* () {
          yield Buffer.from('half');
          await sweepNow(0);
          yield Buffer.from('half');
        })(),
      );
      const { location, settle } = await staging;
      await sleep(3);
      assert.equal((await sweepNow(0)).orphanedBlobs, 0);
      const payload = { kind: 'staged', location, sizeBytes: 8 } as const;
      await metadata.mutations.commitObject({ ...target('k'), payload, sizeBytes: 8, etag: 'e', attributes: '{}' });
      settle();
      assert.equal((await sweepNow(0)).orphanedBlobs, 0);
      assert.deepEqual(await kept(), [location]);
    });

    test('bytes that cannot be removed are found again', async () => {
      const released = await put('stuck');
      await metadata.mutations.deleteObject(target('stuck'));
      await sleep(3);
      const { discard } = backend;
      backend.discard = () => Promise.reject(new Error('busy'));
      await assert.rejects(sweepNow(0), ({ errors }: AggregateError) => /busy/.test(String(errors[0])));
      backend.discard = discard;
      assert.deepEqual(await kept(), [released]);
      assert.equal((await sweepNow(0)).releasedBlobs, 1);
      assert.deepEqual(await kept(), []);
    });

    test('what a pass could not judge is where the next one begins', async () => {
      const staged = await backend.stage(pieces(Buffer.from('in flight')));
      await sleep(3);
      const later = await put('later');
      await sleep(3);
      assert.equal((await sweepNow(0)).orphanedBlobs, 0);
      staged.settle();
      assert.equal((await sweepNow(0)).orphanedBlobs, 1);
      assert.deepEqual(await kept(), [later]);
    });

    test('a pass that is told to stop leaves the rest to the next one', async () => {
      for (let index = 0; index < 4; index += 1) {
        const { settle } = await backend.stage(pieces(Buffer.from('orphan')));
        settle();
      }
      await sleep(3);
      const stopping = new AbortController();
      const { discard } = backend;
      backend.discard = async (location) => {
        await discard.call(backend, location);
        stopping.abort();
      };
      const options = { metadata, stores: new StorageClasses(backend), graceMs: 0, eventRetentionMs: HOUR_MS };
      assert.equal((await sweep({ ...options, signal: stopping.signal })).orphanedBlobs, 1);
      assert.equal((await sweepNow(0)).orphanedBlobs, 3);
      assert.deepEqual(await kept(), []);
    });

    test('a blob is looked at once', async () => {
      await put('old');
      await sleep(3);
      await sweepNow(0);
      const seen: string[] = [];
      const { list } = backend;
      backend.list = async function* (range) {
        for await (const batch of list.call(backend, range)) {
          seen.push(...batch.map(({ location }) => location));
          yield batch;
        }
      };
      const fresh = await put('new');
      await sleep(3);
      await sweepNow(0);
      assert.deepEqual(seen, [fresh]);
    });

    test('more than a batch goes in one sweep', async () => {
      const keys = Array.from({ length: 1100 }, (_, index) => `many/${index}`);
      await Promise.all(keys.map(put));
      await Promise.all(keys.map((key) => metadata.mutations.deleteObject(target(key))));
      await sleep(3);
      assert.equal((await sweepNow(0)).releasedBlobs, 1100);
      assert.deepEqual(await kept(), []);
    });

    test('events go after their retention, but the newest, which says how far the log goes', async () => {
      await put('event');
      assert.equal((await sweepNow(HOUR_MS)).trimmedEvents, 0);
      await sleep(5);
      const { trimmedEvents } = await sweepNow(HOUR_MS, 1);
      assert.ok(trimmedEvents > 1000);
      const [{ n } = { n: -1 }] = await database.rows<{ n: number }>('SELECT count(*) AS n FROM events');
      assert.equal(n, 1);
    });

    test('client tokens go after a day, however many they are', async () => {
      const day = 24 * HOUR_MS;
      const rename = (ageMs: number, token: string) =>
        metadata.mutations.renameObject({
          ...target('renamed'),
          at: new Date(Date.now() - ageMs).toISOString(),
          sourceKeys: ['original'],
          newPartSet: 'unused',
          clientToken: { token, parameters: '' },
        });
      for (let index = 0; index < 600; index += 1) {
        await put('original');
        await rename(index === 0 ? day - HOUR_MS : day + HOUR_MS, `token-${index}`);
      }
      assert.equal((await sweepNow(HOUR_MS)).forgottenTokens, 599);
      const tokens = await database.rows<{ token: string }>('SELECT token FROM client_tokens');
      assert.deepEqual(
        tokens.map(({ token }) => token),
        ['token-0'],
      );
    });
  });
}
