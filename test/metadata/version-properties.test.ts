import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dialects } from './support/dialects.ts';
import { type Bench, NOON, useBench } from './support/fixture.ts';

const LATER = '2026-03-04T12:00:01.000Z';
const TAGS = '[["a","1"]]';

async function enableVersions({ bucket, accountId, metadata }: Bench): Promise<void> {
  await metadata.mutations.setVersioning({ bucketId: bucket.id, accountId, at: NOON, versioning: 'Enabled' });
}

function find({ bucket, metadata }: Bench, versionId: string) {
  return metadata.queries.findVersion({ bucketId: bucket.id, key: 'k', versionId });
}

for (const dialect of dialects) {
  describe(`what is said of versions in ${dialect.name}`, () => {
    const bench = useBench(dialect);

    test('tags are replaced as a whole, and nothing else of the version changes', async () => {
      const here = await bench();
      await here.put('k', { etag: 'etag' });
      const before = await find(here, 'null');
      const { versionId } = await here.metadata.mutations.setTags({ ...here.target('k'), at: LATER, tags: TAGS });
      assert.equal(versionId, 'null');
      assert.deepEqual(await find(here, 'null'), { ...before, tags: TAGS });
      await here.metadata.mutations.setTags({ ...here.target('k'), at: LATER });
      assert.deepEqual(await find(here, 'null'), before);
    });

    test('every version has tags of its own, wherever it is kept', async () => {
      const here = await bench();
      await enableVersions(here);
      const { versionId: first } = await here.put('k');
      const { versionId: second } = await here.put('k');
      await here.metadata.mutations.setTags({ ...here.target('k'), versionId: first, tags: TAGS });
      assert.deepEqual([(await find(here, first))?.tags, (await find(here, second))?.tags], [TAGS, null]);
      const current = await here.metadata.mutations.setTags({ ...here.target('k'), tags: '[["b",""]]' });
      assert.equal(current.versionId, second);
      assert.deepEqual([(await find(here, first))?.tags, (await find(here, second))?.tags], [TAGS, '[["b",""]]']);
    });

    test('a version keeps what is said of it when another one becomes current, and when it comes back', async () => {
      const here = await bench();
      await enableVersions(here);
      const { versionId: first } = await here.put('k');
      const retention = { mode: 'GOVERNANCE', until: '2026-03-05T12:00:00.000Z' } as const;
      await here.metadata.mutations.setTags({ ...here.target('k'), tags: TAGS });
      await here.metadata.mutations.setRetention({ ...here.target('k'), retention });
      await here.metadata.mutations.setLegalHold({ ...here.target('k'), legalHold: true });
      const before = await find(here, first);
      const { versionId: second } = await here.put('k');
      assert.deepEqual(await find(here, first), before);
      await here.metadata.mutations.deleteVersion({ ...here.target('k'), versionId: second });
      assert.deepEqual(await here.metadata.queries.findObject(here.bucket.id, 'k'), before);
      const { tags, retention_mode, retain_until, legal_hold } = before ?? {};
      assert.deepEqual([tags, retention_mode, retain_until, legal_hold], [TAGS, 'GOVERNANCE', retention.until, 1]);
    });

    test('what is not there, or a delete marker, has nothing said of it', async () => {
      const here = await bench();
      await enableVersions(here);
      const unheard = '0000000000gffffffffffffffffffff';
      await here.put('k');
      const { deleteMarkerId } = await here.remove('k');
      for (const say of [
        (target: object) => here.metadata.mutations.setTags({ ...here.target('k'), ...target, tags: TAGS }),
        (target: object) => here.metadata.mutations.setAcl({ ...here.target('k'), seq: 1, ...target }),
        (target: object) => here.metadata.mutations.setRetention({ ...here.target('k'), ...target }),
        (target: object) => here.metadata.mutations.setLegalHold({ ...here.target('k'), ...target, legalHold: true }),
      ]) {
        await assert.rejects(say({ key: 'nothing' }), { code: 'NoSuchKey' });
        await assert.rejects(say({ versionId: unheard }), { code: 'NoSuchVersion' });
        await assert.rejects(say({ versionId: 'null' }), { code: 'NoSuchVersion' });
        await assert.rejects(say({}), { code: 'NoSuchKey' });
        await assert.rejects(say({ versionId: deleteMarkerId }), { code: 'MethodNotAllowed' });
        await assert.rejects(say({ bucketId: -1 }), { code: 'NoSuchKey' });
      }
    });

    test('each change is a line of the log that names the version', async () => {
      const here = await bench();
      await enableVersions(here);
      const { versionId } = await here.put('k');
      await here.metadata.mutations.setTags({ ...here.target('k'), at: LATER, tags: TAGS });
      await here.metadata.mutations.setLegalHold({ ...here.target('k'), at: LATER, legalHold: true });
      await here.metadata.mutations.setRetention({ ...here.target('k'), at: LATER });
      const events = await here.database.rows<{ type: string; version_id: string }>(
        'SELECT type, version_id FROM events WHERE bucket = ? AND at = ? ORDER BY seq',
        here.bucket.name,
        LATER,
      );
      assert.deepEqual(
        events.map(({ type, version_id }) => [type, version_id]),
        ['object.tagged', 'object.locked', 'object.locked'].map((type) => [type, versionId]),
      );
    });
  });
}
