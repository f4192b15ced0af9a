import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { askApi } from '../../support/api.ts';
import { assertDocumentRows } from '../../support/document-rows.ts';
import { addDocumentUser, addIndex, type DocumentUser } from '../../support/documents.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const NAMES = ['a', 'b', 'c', 'd'] as const;
const VALUES = [1, 2, 3] as const;
const INDEXES = [
  { name: 'x_1', fields: [{ path: 'x', isDescending: false }], isUnique: false, isSparse: false },
  {
    name: 'x_-1_y_1',
    fields: [
      { path: 'x', isDescending: true },
      { path: 'y', isDescending: false },
    ],
    isUnique: false,
    isSparse: false,
  },
  { name: 'u_1', fields: [{ path: 'u', isDescending: false }], isUnique: true, isSparse: true },
];

const name = fc.constantFrom(...NAMES);
const value = fc.constantFrom(...VALUES);
const field = fc.oneof(value, fc.array(value, { maxLength: 3 }), fc.constant('text'), fc.constant(null));
const body = fc.record({ x: field, y: value, u: value }, { requiredKeys: [] });
const operation = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), name, body }),
  fc.record({ kind: fc.constant('delete' as const), name }),
  fc.record({ kind: fc.constant('copy' as const), name, to: name }),
  fc.record({ kind: fc.constant('rename' as const), name, to: name }),
  fc.record({ kind: fc.constant('deleteVersion' as const), at: fc.nat(5) }),
  fc.record({ kind: fc.constant('insert' as const), name, body }),
  fc.record({ kind: fc.constant('replace' as const), name, body }),
  fc.record({ kind: fc.constant('push' as const), value, pushed: value }),
  fc.record({ kind: fc.constant('set' as const), name, body }),
  fc.record({ kind: fc.constant('deleteMany' as const), value }),
);
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

/** Whatever mix of S3 and API writes: every index has the entries of the documents that are there, and is read so. */
describe('documents written by S3 and by the API at once', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway();
  });
  after(() => gateway.stop());

  let count = 0;
  const openUser = async (isVersioned: boolean): Promise<DocumentUser> => {
    count += 1;
    const user = await addDocumentUser(gateway, `user${count}`);
    for (const index of INDEXES) await addIndex(gateway, { bucket: user.bucket, collection: 'things', ...index });
    if (isVersioned) {
      const VersioningConfiguration = { Status: 'Enabled' as const };
      await user.s3.send(new PutBucketVersioningCommand({ Bucket: user.bucket, VersioningConfiguration }));
    }
    return user;
  };

  for (const isVersioned of [false, true]) {
    test(`indexes are right ${isVersioned ? 'where versions are kept' : 'where none are'}`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(operation, { minLength: 1, maxLength: 4 }), { maxLength: 12 }),
          async (rounds) => {
            const user = await openUser(isVersioned);
            for (const round of rounds) await Promise.all(round.map((each) => run(gateway, user, each)));
            assertDocumentRows(gateway.dataFolder);
            await assertReads(gateway, user);
          },
        ),
        { numRuns: 15 },
      );
    });
  }
});

async function run(gateway: TestGateway, user: DocumentUser, operation: Operation): Promise<void> {
  try {
    await perform(gateway, user, operation);
  } catch (error) {
    // A rule may refuse it; nothing may fail.
    assert.ok(error instanceof S3ServiceException && (error.$metadata.httpStatusCode ?? 500) < 500, String(error));
  }
}

async function perform(
  gateway: TestGateway,
  { s3, bucket: Bucket, token, credentials }: DocumentUser,
  operation: Operation,
) {
  const keyOf = (id: string) => `things/${id}.json`;
  const call = async (path: string, sent: object) => {
    const reply = await askApi(gateway, `/collections/things/${path}`, { method: 'POST', token, body: sent });
    assert.ok(reply.status < 500, reply.text);
  };
  switch (operation.kind) {
    case 'put':
      return s3.send(
        new PutObjectCommand({ Bucket, Key: keyOf(operation.name), Body: JSON.stringify(operation.body) }),
      );
    case 'delete':
      return s3.send(new DeleteObjectCommand({ Bucket, Key: keyOf(operation.name) }));
    case 'copy': {
      const CopySource = `${Bucket}/${keyOf(operation.name)}`;
      const Metadata = { copied: 'yes' };
      return s3.send(
        new CopyObjectCommand({ Bucket, Key: keyOf(operation.to), CopySource, Metadata, MetadataDirective: 'REPLACE' }),
      );
    }
    case 'rename': {
      const reply = await gateway.fetchSigned(`/${Bucket}/${keyOf(operation.to)}?renameObject`, {
        method: 'PUT',
        headers: { 'x-amz-rename-source': keyOf(operation.name) },
        credentials,
      });
      return assert.ok(reply.status < 500, await reply.text());
    }
    case 'deleteVersion': {
      const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
      const { Key, VersionId } = [...Versions, ...DeleteMarkers][operation.at] ?? {};
      return Key === undefined ? undefined : s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    }
    case 'insert':
      return call('insertOne', { document: { _id: operation.name, ...operation.body } });
    case 'replace':
      return call('replaceOne', { filter: { _id: operation.name }, replacement: operation.body, upsert: true });
    case 'push':
      return call('updateMany', { filter: { y: operation.value }, update: { $addToSet: { x: operation.pushed } } });
    case 'set':
      return call('updateOne', { filter: { _id: operation.name }, update: { $set: { z: 1, ...operation.body } } });
    case 'deleteMany':
      return call('deleteMany', { filter: { x: operation.value } });
  }
}

async function assertReads(gateway: TestGateway, { token }: DocumentUser): Promise<void> {
  const find = async (asked: object): Promise<{ _id: unknown; x?: unknown }[]> => {
    const reply = await askApi(gateway, '/collections/things/find', { method: 'POST', token, body: asked });
    assert.equal(reply.status, 200, reply.text);
    return reply.body.documents;
  };
  const all = await find({ filter: {} });
  const ids = (found: readonly { _id: unknown }[]) => found.map(({ _id }) => String(_id)).sort();
  for (const wanted of VALUES) {
    const expected = ids(all.filter(({ x }) => x === wanted || (Array.isArray(x) && x.includes(wanted))));
    for (const hint of ['x_1', 'x_-1_y_1'])
      assert.deepEqual(ids(await find({ filter: { x: wanted }, hint })), expected);
  }
}
