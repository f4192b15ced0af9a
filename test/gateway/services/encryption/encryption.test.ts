import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  type CustomerKey,
  decodeEncryption,
  Encryption,
  type EncryptionRequest,
  encodeEncryption,
  requireCustomerKey,
  type StoredEncryption,
} from '../../../../gateway/services/encryption/index.ts';
import { SealError } from '../../../../gateway/services/encryption/sealed-key.ts';
import { Failure, type FailureCode } from '../../../../metadata/index.ts';
import { dialects, type TestDatabase } from '../../../metadata/support/dialects.ts';

const REGION = 'eu-west-1';
const MASTER_KEY = randomBytes(32);
const MISSING_KEY =
  'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.';
const NOT_APPLICABLE = 'The encryption parameters are not applicable to this object.';
const WRONG_KEY =
  'Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.';

function customerKey(): CustomerKey {
  const key = randomBytes(32);
  return { key, keyMd5: createHash('md5').update(key).digest('base64') };
}

/** For `assert.rejects` and `assert.throws`. */
const failure = (code: FailureCode, message: string) => (error: unknown) => {
  assert.ok(error instanceof Failure, String(error));
  assert.deepEqual([error.code, error.message], [code, message]);
  return true;
};

for (const dialect of dialects) {
  describe(`data keys over ${dialect.name}`, () => {
    let database: TestDatabase;
    let encryption: Encryption;
    before(async () => {
      database = await dialect.open();
      encryption = new Encryption({ metadata: database.metadata, masterKey: MASTER_KEY, region: REGION });
    });
    after(() => database.remove());

    const another = (options: { masterKey?: Buffer; region?: string } = {}) =>
      new Encryption({ metadata: database.metadata, masterKey: MASTER_KEY, region: REGION, ...options });

    const mine = customerKey();
    const modes: readonly { readonly request: EncryptionRequest; readonly key?: CustomerKey }[] = [
      { request: { mode: 'SSE-C', ...mine }, key: mine },
      { request: { mode: 'SSE-S3' } },
      { request: { mode: 'SSE-KMS' } },
      { request: { mode: 'SSE-KMS', context: { project: 'x', team: 'ü' }, bucketKey: true } },
    ];

    test('a data key opens as it was sealed in each mode, also by a process that starts later', async () => {
      for (const { request, key } of modes) {
        const { stored, dataKey } = await encryption.seal(request);
        assert.equal(dataKey.byteLength, 32);
        const kept = decodeEncryption(encodeEncryption(stored));
        assert.deepEqual(kept, stored);
        assert.deepEqual(await encryption.open(stored, key), dataKey);
        assert.deepEqual(await another().open(stored, key), dataKey);
      }
    });

    test('each object has a data key of its own', async () => {
      for (const { request } of modes) {
        const [one, two] = [await encryption.seal(request), await encryption.seal(request)];
        assert.notDeepEqual(one.dataKey, two.dataKey);
        assert.notEqual(one.stored.wrapped, two.stored.wrapped);
      }
    });

    test('neither a key nor the data key is in what is stored', async () => {
      for (const { request } of modes) {
        const { stored, dataKey } = await encryption.seal(request);
        for (const secret of [dataKey, mine.key, MASTER_KEY]) {
          for (const form of ['base64', 'base64url', 'hex'] as const) {
            assert.ok(!encodeEncryption(stored).includes(secret.toString(form)));
          }
        }
      }
    });

    test('the row tells what replies tell', async () => {
      const [ofCustomer, ofMaster, ofRing, ofRingInContext] = await Promise.all(
        modes.map(async ({ request }) => (await encryption.seal(request)).stored),
      );
      const { id } = await encryption.keyRing.get('aws/s3');
      const wrapped = 'any';
      assert.deepEqual({ ...ofCustomer, wrapped }, { mode: 'SSE-C', keyMd5: mine.keyMd5, wrapped });
      assert.deepEqual({ ...ofMaster, wrapped }, { mode: 'SSE-S3', wrapped });
      assert.deepEqual({ ...ofRing, wrapped }, { mode: 'SSE-KMS', keyId: id, keyVersion: 1, wrapped });
      assert.deepEqual(
        { ...ofRingInContext, wrapped },
        {
          mode: 'SSE-KMS',
          keyId: id,
          keyVersion: 1,
          wrapped,
          context: { project: 'x', team: 'ü' },
          bucketKey: true,
        },
      );
    });

    test('what is not encrypted has no data key', async () => {
      assert.equal(await encryption.open(undefined), undefined);
      assert.equal(decodeEncryption(null), undefined);
    });

    test("an object of SSE-C needs its customer's key", async () => {
      const { stored } = await encryption.seal({ mode: 'SSE-C', ...mine });
      await assert.rejects(encryption.open(stored), failure('InvalidRequest', MISSING_KEY));
      await assert.rejects(encryption.open(stored, customerKey()), failure('AccessDenied', WRONG_KEY));
      // The right digest with another key: as if MD5 were broken further.
      const forged = { key: randomBytes(32), keyMd5: mine.keyMd5 };
      await assert.rejects(encryption.open(stored, forged), failure('AccessDenied', WRONG_KEY));
    });

    test("a customer's key is refused where it is not needed", async () => {
      for (const { request, key } of modes) {
        if (key !== undefined) continue;
        const { stored } = await encryption.seal(request);
        await assert.rejects(encryption.open(stored, mine), failure('InvalidRequest', NOT_APPLICABLE));
      }
      await assert.rejects(encryption.open(undefined, mine), failure('InvalidRequest', NOT_APPLICABLE));
    });

    test('what tells of an object without its bytes needs the same key, and no key of the ring', async () => {
      const { stored } = await encryption.seal({ mode: 'SSE-C', ...mine });
      requireCustomerKey(stored, mine);
      assert.throws(() => requireCustomerKey(stored, undefined), failure('InvalidRequest', MISSING_KEY));
      assert.throws(() => requireCustomerKey(stored, customerKey()), failure('AccessDenied', WRONG_KEY));
      assert.throws(() => requireCustomerKey(undefined, mine), failure('InvalidRequest', NOT_APPLICABLE));
      requireCustomerKey(undefined, undefined);
      const { keyRing } = encryption;
      await keyRing.create('head-only');
      const ofRing = await encryption.seal({ mode: 'SSE-KMS', keyId: 'alias/head-only' });
      await keyRing.disable('head-only');
      requireCustomerKey(ofRing.stored, undefined);
    });

    test('a part comes with the key of its upload', async () => {
      const message =
        'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.';
      const { stored, dataKey } = await encryption.seal({ mode: 'SSE-C', ...mine });
      assert.deepEqual(await encryption.openForPart(stored, mine), dataKey);
      await assert.rejects(encryption.openForPart(stored), failure('InvalidRequest', message));
      await assert.rejects(
        encryption.openForPart(stored, customerKey()),
        failure('InvalidRequest', 'The provided encryption parameters did not match the ones used originally.'),
      );
      const ofMaster = await encryption.seal({ mode: 'SSE-S3' });
      assert.deepEqual(await encryption.openForPart(ofMaster.stored), ofMaster.dataKey);
      await assert.rejects(encryption.openForPart(ofMaster.stored, mine), failure('InvalidRequest', message));
      await assert.rejects(encryption.openForPart(undefined, mine), failure('InvalidRequest', message));
      assert.equal(await encryption.openForPart(undefined), undefined);
    });

    test('a data key is sealed anew from any mode to any, and stays the same', async () => {
      const other = customerKey();
      const targets = [...modes, { request: { mode: 'SSE-C', ...other } as const, key: other }];
      for (const from of modes) {
        for (const to of targets) {
          const { stored, dataKey } = await encryption.seal(from.request);
          const rewrapped = await encryption.rewrap({ stored, customerKey: from.key, request: to.request });
          assert.equal(rewrapped.mode, to.request.mode);
          assert.notEqual(rewrapped.wrapped, stored.wrapped);
          assert.deepEqual(await encryption.open(rewrapped, to.key), dataKey);
        }
      }
    });

    test('sealing anew needs what reading needs', async () => {
      const { stored } = await encryption.seal({ mode: 'SSE-C', ...mine });
      const rewrap = (key?: CustomerKey) =>
        encryption.rewrap({ stored, customerKey: key, request: { mode: 'SSE-S3' } });
      await assert.rejects(rewrap(), failure('InvalidRequest', MISSING_KEY));
      await assert.rejects(rewrap(customerKey()), failure('AccessDenied', WRONG_KEY));
    });

    test('a row that was tampered with opens nothing', async () => {
      const ring = encryption.keyRing;
      const [one, two] = [await ring.create('tampered-1'), await ring.create('tampered-2')];
      await ring.rotate('tampered-1');
      const { stored } = await encryption.seal({ mode: 'SSE-KMS', keyId: one.id, context: { a: '1', b: '2' } });
      const changes: readonly Partial<StoredEncryption & { mode: 'SSE-KMS' }>[] = [
        { keyId: two.id, keyVersion: 1 },
        { keyVersion: 1 },
        { context: { a: '1' } },
        { context: { a: '2', b: '1' } },
        { context: {} },
      ];
      for (const change of changes) {
        await assert.rejects(encryption.open({ ...stored, ...change } as StoredEncryption), SealError);
      }
      const ofMaster = await encryption.seal({ mode: 'SSE-S3' });
      await assert.rejects(encryption.open({ ...stored, wrapped: ofMaster.stored.wrapped }), SealError);
      await assert.rejects(encryption.open({ mode: 'SSE-S3', wrapped: stored.wrapped }), SealError);
    });

    test('a context is the same in whatever order its pairs are', async () => {
      const { stored, dataKey } = await encryption.seal({ mode: 'SSE-KMS', context: { a: '1', b: '2' } });
      const turned = { ...stored, context: { b: '2', a: '1' } } as StoredEncryption;
      assert.deepEqual(await encryption.open(turned), dataKey);
    });

    test('another master key opens nothing', async () => {
      const stranger = another({ masterKey: randomBytes(32) });
      for (const request of [{ mode: 'SSE-S3' }, { mode: 'SSE-KMS' }] as const) {
        const { stored } = await encryption.seal(request);
        await assert.rejects(stranger.open(stored), SealError);
      }
    });
  });
}
