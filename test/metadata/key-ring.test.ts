import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { failure, NOON } from './support/fixture.ts';

const LATER = '2026-03-04T13:00:00.000Z';

for (const dialect of dialects) {
  describe(`the key ring in ${dialect.name}`, () => {
    let database: TestDatabase;
    before(async () => {
      database = await dialect.open();
    });
    after(() => database.remove());

    async function create(name: string): Promise<string> {
      const id = randomUUID();
      await database.metadata.mutations.createKmsKey({ id, name, sealedMaterial: `${name} 1`, at: NOON });
      return id;
    }

    test('a key is found by id and by name, enabled and in its first version', async () => {
      const { queries } = database.metadata;
      const id = await create('photos');
      const row = {
        id,
        name: 'photos',
        status: 'enabled',
        current_version: 1,
        created_at: NOON,
        version: 1,
        sealed_material: 'photos 1',
      };
      assert.deepEqual(await queries.findKmsKeyById(id), row);
      assert.deepEqual(await queries.findKmsKeyByName('photos'), row);
      assert.deepEqual(await queries.findKmsKeyVersion({ id, version: 1 }), row);
      assert.equal(await queries.findKmsKeyById('photos'), undefined);
      assert.equal(await queries.findKmsKeyByName(id), undefined);
      assert.equal(await queries.findKmsKeyVersion({ id, version: 2 }), undefined);
    });

    test('a name belongs to one key', async () => {
      await create('twice');
      await assert.rejects(create('twice'), failure('KmsKeyExists'));
    });

    test('a rotated key has its new version, and the old one still', async () => {
      const { queries, mutations } = database.metadata;
      const id = await create('turning');
      await mutations.rotateKmsKey({ id, version: 2, sealedMaterial: 'turning 2', at: LATER });
      const row = await queries.findKmsKeyById(id);
      assert.deepEqual([row?.current_version, row?.version, row?.sealed_material], [2, 2, 'turning 2']);
      assert.equal(row?.created_at, NOON);
      const old = await queries.findKmsKeyVersion({ id, version: 1 });
      assert.deepEqual([old?.current_version, old?.version, old?.sealed_material], [2, 1, 'turning 1']);
    });

    test('of two rotations at the same moment one wins, and the other changes nothing', async () => {
      const { queries, mutations } = database.metadata;
      const id = await create('contested');
      const rotate = (sealedMaterial: string) => mutations.rotateKmsKey({ id, version: 2, sealedMaterial, at: LATER });
      const outcomes = await Promise.allSettled([rotate('one'), rotate('two')]);
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['fulfilled', 'rejected'],
      );
      await assert.rejects(rotate('three'), failure('ConditionalRequestConflict'));
      assert.equal((await queries.findKmsKeyById(id))?.sealed_material, 'one');
    });

    test('a status is seen with every version at once', async () => {
      const { queries, mutations } = database.metadata;
      const id = await create('toggled');
      for (const status of ['disabled', 'enabled'] as const) {
        await mutations.setKmsKeyStatus({ id, status });
        assert.equal((await queries.findKmsKeyByName('toggled'))?.status, status);
        assert.equal((await queries.findKmsKeyVersion({ id, version: 1 }))?.status, status);
      }
    });

    test('a key that many need at the same moment is made once', async () => {
      const { queries, mutations } = database.metadata;
      const ids: string[] = Array.from({ length: 5 }, () => randomUUID());
      await Promise.all(
        ids.map((id) => mutations.ensureKmsKey({ id, name: 'aws/s3', sealedMaterial: `of ${id}`, at: NOON })),
      );
      const row = await queries.findKmsKeyByName('aws/s3');
      assert.ok(row !== undefined && ids.includes(row.id));
      assert.equal(row.sealed_material, `of ${row.id}`);
      assert.equal((await database.rows('SELECT * FROM kms_keys WHERE name = ?', 'aws/s3')).length, 1);
      assert.equal((await database.rows('SELECT * FROM kms_key_versions WHERE key_id = ?', row.id)).length, 1);
    });

    test('keys are listed by name, without their material', async () => {
      const { queries } = database.metadata;
      const id = await create('a-first');
      const rows = await queries.listKmsKeys();
      assert.deepEqual(rows[0], { id, name: 'a-first', status: 'enabled', current_version: 1, created_at: NOON });
      const names = rows.map(({ name }) => name);
      assert.deepEqual(names, names.toSorted());
    });
  });
}
