import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetObjectAttributesCommand,
  type GetObjectAttributesCommandInput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { CHECKSUM_ALGORITHMS, checksumOf } from '../../../../gateway/services/checksums.ts';
import { newVersionId } from '../../../../metadata/version-id.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { PART_BYTES, partBody, TestUpload } from '../../../support/multipart.ts';
import { elementText, s3Failure } from '../../../support/s3-failure.ts';

const Bucket = 'attributes';
const BODIES = [partBody(), partBody(), partBody(3)];
const ALL = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'] as const;

let gateway: TestGateway;
let client: S3Client;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'plain', Body: 'body', ChecksumAlgorithm: 'SHA256' }));
  for (const input of [{ Key: 'summed', ChecksumAlgorithm: 'CRC32C' }, { Key: 'unsummed' }] as const) {
    await (await (await TestUpload.begin(client, { Bucket, ...input })).sendAll(BODIES)).complete();
  }
});
after(() => gateway.stop());

function attributes(Key: string, input: Partial<GetObjectAttributesCommandInput> = {}) {
  return client.send(new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: [...ALL], ...input }));
}

test('GetObjectAttributes tells what a plain object is, with the ETag unquoted', async () => {
  const { $metadata: _, LastModified, ...found } = await attributes('plain');
  assert.deepEqual(found, {
    ETag: hash('md5', 'body'),
    Checksum: {
      ChecksumSHA256: checksumOf('SHA256', Buffer.from('body')).toString('base64'),
      ChecksumType: 'FULL_OBJECT',
    },
    StorageClass: 'STANDARD',
    ObjectSize: 4,
  });
  assert.ok(Math.abs((LastModified?.getTime() ?? 0) - Date.now()) < 60_000);
});

for (const attribute of ALL.filter((name) => name !== 'ObjectParts')) {
  test(`only ${attribute} is returned when only that is asked for`, async () => {
    const { $metadata: _, LastModified: __, ...found } = await attributes('plain', { ObjectAttributes: [attribute] });
    assert.deepEqual(Object.keys(found), [attribute]);
  });
}

test('the parts of an object with a checksum are told with size and checksum', async () => {
  const { ObjectParts, Checksum, ObjectSize } = await attributes('summed');
  assert.equal(ObjectSize, PART_BYTES * 2 + 3);
  const digests = Buffer.concat(BODIES.map((body) => checksumOf('CRC32C', body)));
  assert.deepEqual(Checksum, {
    // Without the number of parts, which is told below.
    ChecksumCRC32C: checksumOf('CRC32C', digests).toString('base64'),
    ChecksumType: 'COMPOSITE',
  });
  assert.deepEqual(ObjectParts, {
    TotalPartsCount: 3,
    PartNumberMarker: '0',
    MaxParts: 1000,
    IsTruncated: false,
    Parts: BODIES.map((body, index) => ({
      PartNumber: index + 1,
      Size: body.byteLength,
      ChecksumCRC32C: checksumOf('CRC32C', body).toString('base64'),
    })),
  });
});

for (const algorithm of CHECKSUM_ALGORITHMS) {
  test(`the ${algorithm} of an object and those of its parts are told`, async () => {
    const body = partBody(10);
    const upload = await TestUpload.begin(client, { Bucket, Key: 'each', ChecksumAlgorithm: algorithm });
    await (await upload.sendAll([body])).complete();
    const [ofPart, name] = [checksumOf(algorithm, body), `Checksum${algorithm}` as const];
    const { ObjectParts, Checksum } = await attributes('each');
    const isComposite = algorithm !== 'CRC64NVME';
    assert.equal(Checksum?.ChecksumType, isComposite ? 'COMPOSITE' : 'FULL_OBJECT');
    assert.equal(Checksum?.[name], (isComposite ? checksumOf(algorithm, ofPart) : ofPart).toString('base64'));
    assert.deepEqual(ObjectParts?.Parts, [{ PartNumber: 1, Size: 10, [name]: ofPart.toString('base64') }]);
  });
}

test('of the parts of an object without a checksum only the number is told', async () => {
  const { ObjectParts, Checksum } = await attributes('unsummed');
  assert.deepEqual(ObjectParts, { TotalPartsCount: 3 });
  assert.equal(Checksum, undefined);
});

test('a copy with another checksum does not pass the old ones of its parts off as new', async () => {
  const CopySource = `${Bucket}/summed`;
  await client.send(new CopyObjectCommand({ Bucket, Key: 'copied', CopySource, ChecksumAlgorithm: 'SHA256' }));
  const { Checksum, ObjectParts } = await attributes('copied');
  assert.equal(Checksum?.ChecksumSHA256, checksumOf('SHA256', Buffer.concat(BODIES)).toString('base64'));
  assert.deepEqual(ObjectParts, { TotalPartsCount: 3 });
});

test('parts are listed a page at a time', async () => {
  const numbers: (number | undefined)[] = [];
  let marker: string | undefined;
  for (let page = 1; page <= 3; page += 1) {
    const { ObjectParts } = await attributes('summed', { MaxParts: 1, PartNumberMarker: marker });
    numbers.push(...(ObjectParts?.Parts ?? []).map(({ PartNumber }) => PartNumber));
    assert.equal(ObjectParts?.TotalPartsCount, 3);
    assert.equal(ObjectParts?.IsTruncated, page < 3);
    marker = ObjectParts?.NextPartNumberMarker;
  }
  assert.deepEqual(numbers, [1, 2, 3]);
  assert.equal(marker, undefined);
});

test('the reply has its elements in the order that S3 documents', async () => {
  const headers = {
    'x-amz-object-attributes': 'ObjectSize, StorageClass,ObjectParts,Checksum,ETag',
    'x-amz-max-parts': '1',
  };
  const response = await gateway.fetchSigned(`/${Bucket}/summed?attributes`, { headers });
  const xml = await response.text();
  assert.match(xml, /<GetObjectAttributesResponse xmlns="http:\/\/s3.amazonaws.com\/doc\/2006-03-01\/">/);
  assert.deepEqual(
    Array.from(xml.matchAll(/<(\w+)>/g), ([, name]) => name),
    'ETag Checksum ChecksumCRC32C ChecksumType ObjectParts IsTruncated MaxParts NextPartNumberMarker PartNumberMarker Part ChecksumCRC32C PartNumber Size PartsCount StorageClass ObjectSize'.split(
      ' ',
    ),
  );
});

for (const [what, header] of [
  ['none', undefined],
  ['an unknown one', 'Colour'],
  ['an unknown one among others', 'ETag,Colour'],
  ['an empty list', ''],
] as const) {
  test(`asking for ${what} is refused`, async () => {
    const headers: Record<string, string> = header === undefined ? {} : { 'x-amz-object-attributes': header };
    const response = await gateway.fetchSigned(`/${Bucket}/plain?attributes`, { headers });
    const xml = await response.text();
    assert.equal(response.status, 400);
    assert.equal(elementText(xml, 'Code'), 'InvalidArgument');
    assert.equal(elementText(xml, 'Message'), 'Invalid attribute name specified.');
    assert.equal(elementText(xml, 'ArgumentName'), 'x-amz-object-attributes');
  });
}

test('preconditions decide as they do for GetObject', async () => {
  const get = async (headers: Record<string, string>) => {
    const all = { 'x-amz-object-attributes': 'ETag', ...headers };
    return (await gateway.fetchSigned(`/${Bucket}/plain?attributes`, { headers: all })).status;
  };
  const etag = `"${hash('md5', 'body')}"`;
  assert.equal(await get({ 'if-match': etag }), 200);
  assert.equal(await get({ 'if-match': '"another"' }), 412);
  assert.equal(await get({ 'if-none-match': etag }), 304);
});

test('an object that does not exist has no attributes, and neither has another version', async () => {
  await assert.rejects(attributes('missing'), s3Failure('NoSuchKey', 404, /key does not exist/));
  await assert.rejects(
    attributes('plain', { VersionId: newVersionId(1) }),
    s3Failure('NoSuchVersion', 404, /does not exist/),
  );
  await assert.rejects(
    attributes('plain', { VersionId: '3' }),
    s3Failure('InvalidArgument', 400, /Invalid version id/),
  );
  assert.equal((await attributes('plain', { VersionId: 'null' })).ObjectSize, 4);
});
