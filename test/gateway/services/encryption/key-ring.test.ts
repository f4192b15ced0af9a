import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Encryption, type KeyRing, type StoredEncryption } from '../../../../gateway/services/encryption/index.ts';
import { Failure, type FailureCode } from '../../../../metadata/index.ts';
import { dialects, type TestDatabase } from '../../../metadata/support/dialects.ts';

const REGION = 'eu-west-1';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NOBODY = '1234abcd-12ab-34cd-56ef-1234567890ab';

const failure = (code: FailureCode, message: string | RegExp) => (error: unknown) => {
  assert.ok(error instanceof Failure, String(error));
  assert.equal(error.code, code);
  if (typeof message === 'string') assert.equal(error.message, message);
  else assert.match(error.message, message);
  return true;
};

for (const dialect of dialects) {
  describe(`the key ring over ${dialect.name}`, () => {
    let database: TestDatabase;
    let encryption: Encryption;
    let ring: KeyRing;
    const masterKey = randomBytes(32);
    before(async () => {
      database = await dialect.open();
      encryption = new Encryption({ metadata: database.metadata, masterKey, region: REGION });
      ring = encryption.keyRing;
    });
    after(() => database.remove());

    async function sealed(keyId?: string) {
      const { stored, dataKey } = await encryption.seal({ mode: 'SSE-KMS', ...(keyId !== undefined && { keyId }) });
      return { stored: stored as StoredEncryption & { mode: 'SSE-KMS' }, dataKey };
    }

    test('a new key is enabled, in its first version, and has a UUID', async () => {
      const row = await ring.create('new');
      const { id, name, status, current_version } = row;
      assert.match(id, UUID);
      assert.deepEqual([name, status, current_version], ['new', 'enabled', 1]);
      assert.ok((await ring.list()).some((listed) => listed.id === id && listed.created_at === row.created_at));
      assert.equal(ring.arn(id), `arn:aws:kms:eu-west-1:000000000000:key/${id}`);
    });

    test('a key goes by its id, its alias and the ARN of either', async () => {
      const { id } = await ring.create('team/photos_1');
      const names = [
        id,
        'alias/team/photos_1',
        `arn:aws:kms:eu-west-1:000000000000:key/${id}`,
        `arn:aws:kms:eu-west-1:111122223333:key/${id}`,
        'arn:aws:kms:eu-west-1:000000000000:alias/team/photos_1',
        `arn:aws-cn:kms:eu-west-1:000000000000:key/${id}`,
      ];
      for (const name of names) assert.equal((await sealed(name)).stored.keyId, id, name);
    });

    test('a name that no key has is not found, in the words of S3', async () => {
      const arn = 'arn:aws:kms:eu-west-1:000000000000';
      for (const [name, message] of [
        ['fake-key-id', "Invalid keyId 'fake-key-id'"],
        ['', "Invalid keyId ''"],
        ['aws/s3', "Invalid keyId 'aws/s3'"],
        ['alias/', "Invalid keyId 'alias/'"],
        ['alias/with space', "Invalid keyId 'alias/with space'"],
        [NOBODY, `Key '${arn}:key/${NOBODY}' does not exist`],
        [`${arn}:key/${NOBODY}`, `Key '${arn}:key/${NOBODY}' does not exist`],
        ['alias/nobody', `Alias ${arn}:alias/nobody is not found.`],
        [`${arn}:alias/nobody`, `Alias ${arn}:alias/nobody is not found.`],
        [`arn:aws:kms:us-west-2:000000000000:key/${NOBODY}`, 'Invalid arn us-west-2'],
        ['arn:aws:kms:us-west-2:000000000000:alias/aws/s3', 'Invalid arn us-west-2'],
        ['arn:aws:s3:::bucket', 'Invalid arn'],
        [`${arn}:key/not-a-uuid`, `Invalid keyId '${arn}:key/not-a-uuid'`],
      ] as const) {
        await assert.rejects(sealed(name), failure('KMS.NotFoundException', message), name);
      }
    });

    test('without a name the key aws/s3 is used, which is made once', async () => {
      const first = await Promise.all(Array.from({ length: 5 }, () => sealed()));
      const { id } = await ring.get('aws/s3');
      for (const { stored } of first) assert.equal(stored.keyId, id);
      assert.equal((await sealed('alias/aws/s3')).stored.keyId, id);
      assert.equal((await ring.list()).filter(({ name }) => name === 'aws/s3').length, 1);
    });

    test('after a rotation new data keys have the new version, and old ones open', async () => {
      const { id } = await ring.create('rotated');
      const old = await sealed(id);
      assert.equal((await ring.rotate('rotated')).current_version, 2);
      const young = await sealed(id);
      assert.deepEqual([old.stored.keyVersion, young.stored.keyVersion], [1, 2]);
      for (const { stored, dataKey } of [old, young]) assert.deepEqual(await encryption.open(stored), dataKey);
    });

    test('a disabled key neither seals nor opens from that moment on, until it is enabled', async () => {
      const { id } = await ring.create('disabled');
      const { stored, dataKey } = await sealed(id);
      assert.deepEqual(await encryption.open(stored), dataKey);
      assert.equal((await ring.disable('disabled')).status, 'disabled');
      const isDisabled = failure('KMS.DisabledException', `${ring.arn(id)} is disabled.`);
      await assert.rejects(sealed(id), isDisabled);
      await assert.rejects(sealed('alias/disabled'), isDisabled);
      await assert.rejects(encryption.open(stored), isDisabled);
      await assert.rejects(encryption.rewrap({ stored, request: { mode: 'SSE-S3' } }), isDisabled);
      assert.equal((await ring.enable('disabled')).status, 'enabled');
      assert.deepEqual(await encryption.open(stored), dataKey);
    });

    test('what another process changes counts at once', async () => {
      const beside = new Encryption({ metadata: database.openAnother(), masterKey, region: REGION });
      const { id } = await beside.keyRing.create('beside');
      const { stored, dataKey } = await sealed(id);
      assert.deepEqual(await encryption.open(stored), dataKey);
      await beside.keyRing.rotate(id);
      assert.equal((await sealed(id)).stored.keyVersion, 2);
      await beside.keyRing.disable(id);
      await assert.rejects(encryption.open(stored), failure('KMS.DisabledException', /is disabled/));
    });

    test('a version that is not there opens nothing', async () => {
      const { stored } = await sealed();
      const { keyId } = stored;
      const message = `Key '${ring.arn(keyId)}' does not exist`;
      const open = encryption.open({ ...stored, keyVersion: 99 });
      await assert.rejects(open, failure('KMS.NotFoundException', message));
    });

    test('keys are managed by name or id, and what is not there is not passed over', async () => {
      const { id } = await ring.create('managed');
      for (const name of ['managed', 'alias/managed', id]) assert.equal((await ring.get(name)).id, id);
      const isUnknown = failure('KMS.NotFoundException', "There is no key named 'nobody'.");
      for (const act of [ring.get, ring.rotate, ring.disable, ring.enable]) {
        await assert.rejects(act.call(ring, 'nobody'), isUnknown);
      }
    });

    test('a name is taken once, and has the characters of an alias', async () => {
      await ring.create('taken');
      await assert.rejects(ring.create('taken'), failure('KmsKeyExists', "A key named 'taken' exists."));
      for (const name of ['', 'with space', 'ü', 'a:b', 'x'.repeat(251), 'alias/x']) {
        await assert.rejects(ring.create(name), failure('InvalidArgument', /^A key name has 1 to 250 letters/));
      }
      for (const name of ['aws/s3', 'aws/other']) {
        await assert.rejects(ring.create(name), failure('InvalidArgument', /^Key names that begin with aws\/ are/));
      }
    });

    test('the database has no material in the clear', async () => {
      await ring.create('clear');
      const { material } = await ring.sealingKey('alias/clear');
      const rows = await database.rows<{ sealed_material: string }>('SELECT sealed_material FROM kms_key_versions');
      for (const { sealed_material } of rows) {
        assert.match(sealed_material, /^v1\.[\w-]+$/);
        assert.ok(!Buffer.from(sealed_material.slice(3), 'base64url').includes(material));
      }
    });
  });
}
