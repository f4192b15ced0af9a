import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dialects } from './support/dialects.ts';
import { type Bench, NOON, useBench } from './support/fixture.ts';

const OPEN = '[{"group":"AllUsers","permission":"READ"}]';
const WRITER = 'id-of-writer';

function putOpen(here: Bench, key: string) {
  return here.metadata.mutations.commitObject({
    ...here.target(key),
    payload: { kind: 'empty' },
    sizeBytes: 0,
    etag: 'etag',
    attributes: '{}',
    acl: OPEN,
    ownerId: WRITER,
  });
}

async function ownedAcl({ bucket, metadata }: Bench, key: string, versionId?: string) {
  const row =
    versionId === undefined
      ? await metadata.queries.findObject(bucket.id, key)
      : await metadata.queries.findVersion({ bucketId: bucket.id, key, versionId });
  return [row?.account_id, row?.acl];
}

for (const dialect of dialects) {
  describe(`ACLs in ${dialect.name}`, () => {
    const bench = useBench(dialect);

    test('a version is its owner’s, and has its ACL wherever it is kept', async () => {
      const here = await bench();
      const { bucket, accountId, metadata } = here;
      await metadata.mutations.setVersioning({ bucketId: bucket.id, accountId, at: NOON, versioning: 'Enabled' });
      const { versionId: first } = await putOpen(here, 'k');
      const { versionId: second } = await here.put('k');
      assert.deepEqual(await ownedAcl(here, 'k', first), [WRITER, OPEN]);
      assert.deepEqual(await ownedAcl(here, 'k'), [accountId, null]);
      await metadata.mutations.deleteVersion({ ...here.target('k'), versionId: second });
      assert.deepEqual(await ownedAcl(here, 'k'), [WRITER, OPEN]);
    });

    test('an ACL is replaced, and nothing else of the version changes', async () => {
      const here = await bench();
      const { seq } = await here.put('k');
      const before = await here.metadata.queries.findObject(here.bucket.id, 'k');
      await here.metadata.mutations.setAcl({ ...here.target('k'), seq, acl: OPEN });
      assert.deepEqual(await here.metadata.queries.findObject(here.bucket.id, 'k'), { ...before, acl: OPEN });
      await here.metadata.mutations.setAcl({ ...here.target('k'), seq });
      assert.deepEqual(await here.metadata.queries.findObject(here.bucket.id, 'k'), before);
    });

    test('an ACL is not put on what has overwritten the version that was looked at', async () => {
      const here = await bench();
      const { seq } = await here.put('k');
      await here.put('k');
      const put = { ...here.target('k'), versionId: 'null', seq, acl: OPEN };
      await assert.rejects(here.metadata.mutations.setAcl(put), { code: 'ConditionalRequestConflict' });
      assert.deepEqual(await ownedAcl(here, 'k'), [here.accountId, null]);
    });

    test('a copy has an owner and an ACL of its own, and so has what overwrites', async () => {
      const here = await bench();
      const { seq } = await putOpen(here, 'k');
      const source = { bucketId: here.bucket.id, key: 'k', seq };
      await here.metadata.mutations.copyObject({ ...here.target('copy'), source, newPartSet: 'unused' });
      assert.deepEqual(await ownedAcl(here, 'copy'), [here.accountId, null]);
      await here.put('k');
      assert.deepEqual(await ownedAcl(here, 'k'), [here.accountId, null]);
    });

    test('an object of parts is whose its upload is, and has the ACL that was given with it', async () => {
      const here = await bench();
      const { metadata } = here;
      const uploadId = `upload-${here.bucket.name}`;
      await metadata.mutations.createUpload({
        ...here.target('k'),
        uploadId,
        attributes: '{}',
        acl: OPEN,
        ownerId: WRITER,
      });
      const part = { uploadId, partNumber: 1, at: NOON, payload: { kind: 'empty' } as const, sizeBytes: 0, etag: 'e' };
      await metadata.mutations.commitPart(part);
      const parts = [{ partNumber: 1, etag: 'e' }];
      await metadata.mutations.completeUpload({ ...here.target('k'), uploadId, parts, sizeBytes: 0, etag: 'e-1' });
      assert.deepEqual(await ownedAcl(here, 'k'), [WRITER, OPEN]);
    });
  });
}
