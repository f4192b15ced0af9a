import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Failure } from '../../metadata/index.ts';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT, addAccount, addBucket, failure, NOON, staged } from './support/fixture.ts';

for (const dialect of dialects) {
  describe(`buckets in ${dialect.name}`, () => {
    let database: TestDatabase;
    let ann: string;
    let bob: string;
    before(async () => {
      database = await dialect.open();
      ann = await addAccount(database.metadata, 'ann');
      bob = await addAccount(database.metadata, 'bob');
    });
    after(() => database.remove());

    function create(name: string, accountId: string): Promise<void> {
      const bucket = { name, accountId, region: 'eu-central-1', at: NOON, ignoreClaims: false };
      return database.metadata.mutations.createBucket(bucket);
    }

    test('a bucket is found with its owner and region, and its making is logged', async () => {
      await create('photos', ann);
      const bucket = await database.metadata.queries.findBucket('photos');
      assert.equal(bucket?.account_id, ann);
      assert.equal(bucket?.region, 'eu-central-1');
      assert.equal(bucket?.created_at, NOON);
      const events = await database.rows<{ type: string; account_id: string }>(
        'SELECT type, account_id FROM events WHERE bucket = ?',
        'photos',
      );
      assert.deepEqual(events, [{ type: 'bucket.created', account_id: ann }]);
      assert.equal(await database.metadata.queries.findBucket('nowhere'), undefined);
    });

    test('a taken name is refused to its owner and to others in different words', async () => {
      await create('taken', ann);
      await assert.rejects(create('taken', ann), failure('BucketAlreadyOwnedByYou'));
      await assert.rejects(create('taken', bob), failure('BucketAlreadyExists'));
    });

    test('of many who race for a name one gets it', async () => {
      const results = await Promise.allSettled(Array.from({ length: 20 }, () => create('contested', bob)));
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    });

    test('a claimed prefix is for its accounts alone, and every claimed prefix of a name counts', async () => {
      const { mutations } = database.metadata;
      await mutations.addClaim({ prefix: 'acme-', accountId: ann, at: NOON, audit: AUDIT });
      await mutations.addClaim({ prefix: 'acme-lab-', accountId: bob, at: NOON, audit: AUDIT });
      await create('acme-one', ann);
      await assert.rejects(create('acme-two', bob), (error) => {
        assert.ok(failure('PrefixClaimed')(error));
        assert.equal((error as Failure).detail.Prefix, 'acme-');
        return true;
      });
      // Bob holds the longer prefix and Ann the shorter: neither holds both.
      await assert.rejects(create('acme-lab-1', bob), failure('PrefixClaimed'));
      await assert.rejects(create('acme-lab-1', ann), failure('PrefixClaimed'));
      await mutations.addClaim({ prefix: 'acme-', accountId: bob, at: NOON, audit: AUDIT });
      await create('acme-lab-1', bob);
      await create('acme', bob); // only begins like the prefix
    });

    test('root is above claims', async () => {
      const { mutations, queries } = database.metadata;
      await mutations.addClaim({ prefix: 'vault-', accountId: ann, at: NOON, audit: AUDIT });
      const bucket = { name: 'vault-1', accountId: bob, region: 'us-east-1', at: NOON, ignoreClaims: true };
      await mutations.createBucket(bucket);
      assert.equal((await queries.findBucket('vault-1'))?.account_id, bob);
    });

    test('an account lists its own buckets by name, by prefix and from a name on', async () => {
      const cid = await addAccount(database.metadata, 'cid');
      for (const name of ['log-b', 'log-a', 'img', 'log', 'loga']) await create(name, cid);
      const list = async (input: { prefix?: string; after?: string; limit?: number }) =>
        (
          await database.metadata.queries.listBuckets({
            accountId: cid,
            prefix: '',
            after: '',
            limit: 100,
            ...input,
          })
        ).map(({ name }) => name);
      assert.deepEqual(await list({}), ['img', 'log', 'log-a', 'log-b', 'loga']);
      assert.deepEqual(await list({ prefix: 'log-' }), ['log-a', 'log-b']);
      assert.deepEqual(await list({ prefix: 'log', after: 'log-a' }), ['log-b', 'loga']);
      assert.deepEqual(await list({ after: 'img', limit: 2 }), ['log', 'log-a']);
      assert.deepEqual(await list({ prefix: 'x' }), []);
      assert.deepEqual(await list({ prefix: '\u{1f600}' }), []);
    });

    test('an empty bucket is deleted with the uploads begun in it, and their parts are released', async () => {
      const { mutations, queries } = database.metadata;
      const { id } = await addBucket(database.metadata, 'leaving', ann);
      await mutations.createUpload({
        uploadId: 'u-leaving',
        bucketId: id,
        key: 'k',
        accountId: ann,
        at: NOON,
        attributes: '{}',
      });
      const payload = staged(10);
      const part = { uploadId: 'u-leaving', partNumber: 1, at: NOON, payload, sizeBytes: 10, etag: 'e' };
      await mutations.commitPart(part);
      await mutations.deleteBucket({ bucketId: id, accountId: ann, at: NOON });
      assert.equal(await queries.findBucket('leaving'), undefined);
      assert.equal(await queries.findUpload('u-leaving'), undefined);
      assert.deepEqual(await queries.listPartBlobs('u-leaving'), []);
      const [blob] = await database.rows<{ refs: number; released_at: number }>(
        'SELECT refs, released_at FROM blobs WHERE location = ?',
        payload.location,
      );
      assert.deepEqual(blob, { refs: 0, released_at: Date.parse(NOON) });
      await assert.rejects(mutations.deleteBucket({ bucketId: id, accountId: ann, at: NOON }), failure('NoSuchBucket'));
    });

    test('a bucket with an object stays', async () => {
      const { mutations, queries } = database.metadata;
      const { id } = await addBucket(database.metadata, 'full', ann);
      await mutations.commitObject({
        bucketId: id,
        key: 'k',
        accountId: ann,
        at: NOON,
        payload: { kind: 'empty' },
        sizeBytes: 0,
        etag: 'e',
        attributes: '{}',
      });
      const gone = mutations.deleteBucket({ bucketId: id, accountId: ann, at: NOON });
      await assert.rejects(gone, failure('BucketNotEmpty'));
      assert.equal((await queries.findBucket('full'))?.id, id);
    });

    test('a bucket that takes a deleted one’s name is another bucket', async () => {
      const { mutations, queries } = database.metadata;
      const { id } = await addBucket(database.metadata, 'phoenix', ann);
      await mutations.deleteBucket({ bucketId: id, accountId: ann, at: NOON });
      const reborn = await addBucket(database.metadata, 'phoenix', bob);
      assert.notEqual(reborn.id, id);
      assert.equal((await queries.findBucket('phoenix'))?.account_id, bob);
      const late = mutations.commitObject({
        bucketId: id,
        key: 'k',
        accountId: ann,
        at: NOON,
        payload: { kind: 'empty' },
        sizeBytes: 0,
        etag: 'e',
        attributes: '{}',
      });
      await assert.rejects(late, failure('NoSuchBucket'));
    });
  });
}
