import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  CreateBucketCommand,
  ListPartsCommand,
  type ListPartsCommandInput,
  paginateListParts,
  type S3Client,
} from '@aws-sdk/client-s3';
import { CHECKSUM_ALGORITHMS, checksumOf } from '../../../../gateway/services/checksums.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { TestUpload } from '../../../support/multipart.ts';
import { elementText, s3Failure } from '../../../support/s3-failure.ts';

const Bucket = 'listed-parts';
/** With gaps, as nobody has to count without. */
const NUMBERS = [1, 2, 3, 10, 9999, 10_000];

let gateway: TestGateway;
let client: S3Client;
let upload: TestUpload;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  upload = await TestUpload.begin(client, { Bucket, Key: 'a & b', ChecksumAlgorithm: 'CRC32C' });
  // Backwards, so that order can only come from the list.
  for (const number of NUMBERS.toReversed()) await upload.send(number, Buffer.from(`part ${number}`));
});
after(() => gateway.stop());

function list(input: Partial<ListPartsCommandInput> = {}) {
  return client.send(new ListPartsCommand({ ...upload.target, ...input }));
}

test('ListParts tells the upload, its parts by number, who began it and who owns it', async () => {
  const root = await gateway.services.accounts.findRoot();
  const { $metadata: _, Parts = [], ...listed } = await list();
  assert.deepEqual(
    Parts.map(({ PartNumber }) => PartNumber),
    NUMBERS,
  );
  const [first] = Parts;
  assert.equal(first?.ETag, `"${hash('md5', 'part 1')}"`);
  assert.equal(first?.Size, 6);
  assert.equal(first?.ChecksumCRC32C, checksumOf('CRC32C', Buffer.from('part 1')).toString('base64'));
  assert.ok(Math.abs((first?.LastModified?.getTime() ?? 0) - Date.now()) < 60_000);
  const account = { ID: root?.canonical_id, DisplayName: root?.display_name };
  assert.deepEqual(listed, {
    Bucket,
    Key: 'a & b',
    UploadId: upload.id,
    PartNumberMarker: '0',
    MaxParts: 1000,
    IsTruncated: false,
    Initiator: account,
    Owner: account,
    StorageClass: 'STANDARD',
    ChecksumAlgorithm: 'CRC32C',
    ChecksumType: 'COMPOSITE',
  });
});

for (const algorithm of CHECKSUM_ALGORITHMS) {
  test(`the ${algorithm} of a part is told`, async () => {
    const summed = await TestUpload.begin(client, { Bucket, Key: 'summed', ChecksumAlgorithm: algorithm });
    const body = Buffer.from('part');
    await summed.send(1, body);
    const { Parts, ChecksumAlgorithm } = await client.send(new ListPartsCommand(summed.target));
    assert.equal(ChecksumAlgorithm, algorithm);
    assert.equal(Parts?.[0]?.[`Checksum${algorithm}`], checksumOf(algorithm, body).toString('base64'));
  });
}

test('the reply has its elements in the order that S3 documents', async () => {
  const response = await gateway.fetchSigned(`/${Bucket}/a%20%26%20b?max-parts=1&uploadId=${upload.id}`);
  const xml = await response.text();
  assert.deepEqual(
    Array.from(xml.matchAll(/<(\w+)>/g), ([, name]) => name),
    'Bucket Key UploadId PartNumberMarker NextPartNumberMarker MaxParts IsTruncated Part ChecksumCRC32C ETag LastModified PartNumber Size Initiator ID DisplayName Owner ID DisplayName StorageClass ChecksumAlgorithm ChecksumType'.split(
      ' ',
    ),
  );
});

test('every page size gives every part once', async () => {
  for (let pageSize = 1; pageSize <= NUMBERS.length + 1; pageSize += 1) {
    const numbers: (number | undefined)[] = [];
    let pages = 0;
    for await (const page of paginateListParts({ client, pageSize }, { ...upload.target })) {
      numbers.push(...(page.Parts ?? []).map(({ PartNumber }) => PartNumber));
      pages += 1;
      assert.ok(pages <= NUMBERS.length, 'the pages do not end');
    }
    assert.deepEqual(numbers, NUMBERS);
    assert.equal(pages, Math.ceil(NUMBERS.length / pageSize));
  }
});

test('a marker may be any number, also one without a part', async () => {
  for (const marker of [0, 1, 5, 9999, 10_000, 20_000]) {
    const { Parts = [], PartNumberMarker, IsTruncated } = await list({ PartNumberMarker: String(marker) });
    assert.deepEqual(
      Parts.map(({ PartNumber }) => PartNumber),
      NUMBERS.filter((number) => number > marker),
    );
    assert.equal(PartNumberMarker, String(marker));
    assert.equal(IsTruncated, false);
  }
});

test('a page that ends with the last part is not truncated', async () => {
  const { IsTruncated, NextPartNumberMarker, Parts } = await list({ MaxParts: 2, PartNumberMarker: '10' });
  assert.equal(Parts?.length, 2);
  assert.equal(IsTruncated, false);
  assert.equal(NextPartNumberMarker, undefined);
});

test('more than 1,000 parts a page count as 1,000, and none are none', async () => {
  assert.equal((await list({ MaxParts: 5000 })).MaxParts, 1000);
  const none = await list({ MaxParts: 0 });
  assert.deepEqual([none.Parts, none.IsTruncated, none.MaxParts], [undefined, false, 0]);
});

test('an upload without parts has an empty list', async () => {
  const empty = await TestUpload.begin(client, { Bucket, Key: 'empty' });
  const { Parts, IsTruncated, ChecksumAlgorithm } = await client.send(new ListPartsCommand(empty.target));
  assert.deepEqual([Parts, IsTruncated, ChecksumAlgorithm], [undefined, false, undefined]);
});

test('the initiator is the account that began the upload', async () => {
  const user = await gateway.addUser('owner');
  await gateway.client(user).send(new CreateBucketCommand({ Bucket: 'users-bucket' }));
  const begun = await TestUpload.begin(client, { Bucket: 'users-bucket', Key: 'by-root' });
  const { Initiator, Owner } = await client.send(new ListPartsCommand(begun.target));
  assert.deepEqual([Initiator?.DisplayName, Owner?.DisplayName], ['root', 'owner']);
});

for (const [parameter, value] of [
  ['max-parts', '-1'],
  ['max-parts', 'many'],
  ['part-number-marker', '-1'],
  ['part-number-marker', 'first'],
] as const) {
  test(`${parameter}=${value} is refused`, async () => {
    const response = await gateway.fetchSigned(`/${Bucket}/a%20%26%20b?${parameter}=${value}&uploadId=${upload.id}`);
    const xml = await response.text();
    assert.equal(response.status, 400);
    assert.equal(elementText(xml, 'Code'), 'InvalidArgument');
    assert.equal(elementText(xml, 'ArgumentName'), parameter);
  });
}

test('an upload that does not exist, or is of another key, has no list', async () => {
  const gone = s3Failure('NoSuchUpload', 404, /upload does not exist/);
  await assert.rejects(list({ UploadId: 'nothing' }), gone);
  await assert.rejects(list({ Key: 'another' }), gone);
});
