import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { TestUpload } from '../../../support/multipart.ts';
import { elementText, s3Failure } from '../../../support/s3-failure.ts';

const Bucket = 'listed-uploads';
/** In byte order; the last two are the other way round in UTF-16. Some have several uploads. */
const KEYS = ['a', 'a', 'a', 'b', 'dir/1', 'dir/2', 'dir/2', 'dir/sub/3', 'dir2/x', 'z', 'é', '\uff5e', '\u{1f600}'];

let gateway: TestGateway;
let client: S3Client;
/** Every upload as `key id`, in the order in which they are to be listed. */
const expected: string[] = [];

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  await client.send(new CreateBucketCommand({ Bucket }));
  const begun: string[] = [];
  for (const Key of KEYS.toReversed()) {
    const { id } = await TestUpload.begin(client, { Bucket, Key });
    begun.push(`${Key} ${id}`);
  }
  // Uploads of one key are listed by their ids, which order by the time at which they were begun.
  expected.push(...begun.sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))));
});
after(() => gateway.stop());

function list(input: Partial<ListMultipartUploadsCommandInput> = {}) {
  return client.send(new ListMultipartUploadsCommand({ Bucket, ...input }));
}

function namesOf({ Uploads = [] }: ListMultipartUploadsCommandOutput): string[] {
  return Uploads.map(({ Key, UploadId }) => `${Key} ${UploadId}`);
}

function prefixesOf({ CommonPrefixes = [] }: ListMultipartUploadsCommandOutput): (string | undefined)[] {
  return CommonPrefixes.map(({ Prefix }) => Prefix);
}

/** Follows the markers to the end; rows and common prefixes in the order given. */
async function listAll(input: Partial<ListMultipartUploadsCommandInput>): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = [];
  let markers: Partial<ListMultipartUploadsCommandInput> = {};
  for (let pages = 0; pages <= KEYS.length; pages += 1) {
    const page = await list({ ...input, ...markers });
    const items = [...namesOf(page), ...prefixesOf(page)];
    assert.ok(items.length <= (input.MaxUploads ?? 1000));
    found.push(...items);
    if (page.IsTruncated !== true) return found;
    assert.ok(items.length > 0, 'a truncated page is empty');
    markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
  throw new Error('The pages do not end.');
}

test('ListMultipartUploads lists uploads by key in byte order, and those of a key by time', async () => {
  const root = await gateway.services.accounts.findRoot();
  const account = { ID: root?.canonical_id, DisplayName: root?.display_name };
  const listed = await list();
  assert.deepEqual(namesOf(listed), expected);
  assert.equal(listed.IsTruncated, false);
  assert.deepEqual([listed.NextKeyMarker, listed.NextUploadIdMarker], [undefined, undefined]);
  const [first] = listed.Uploads ?? [];
  assert.deepEqual([first?.Initiator, first?.Owner, first?.StorageClass], [account, account, 'STANDARD']);
  assert.ok(Math.abs((first?.Initiated?.getTime() ?? 0) - Date.now()) < 60_000);
});

test('uploads of one key are listed in the order in which they were begun', async () => {
  const ids: string[] = [];
  for (let count = 0; count < 3; count += 1) {
    ids.push((await TestUpload.begin(client, { Bucket: await otherBucket('ordered'), Key: 'k' })).id);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  const { Uploads = [] } = await list({ Bucket: 'ordered' });
  assert.deepEqual(
    Uploads.map(({ UploadId }) => UploadId),
    ids,
  );
});

test('an upload tells its checksum algorithm and type', async () => {
  const bucket = await otherBucket('summed');
  await TestUpload.begin(client, { Bucket: bucket, Key: 'k', ChecksumAlgorithm: 'CRC64NVME' });
  const { Uploads = [] } = await list({ Bucket: bucket });
  assert.deepEqual([Uploads[0]?.ChecksumAlgorithm, Uploads[0]?.ChecksumType], ['CRC64NVME', 'FULL_OBJECT']);
});

for (const input of [{}, { Prefix: 'dir' }, { Prefix: 'a' }, { Delimiter: '/' }, { Prefix: 'dir/', Delimiter: '/' }]) {
  test(`every page size gives every upload once, with ${JSON.stringify(input)}`, async () => {
    const whole = await list(input);
    const all = [...namesOf(whole), ...prefixesOf(whole)].sort();
    for (let MaxUploads = 1; MaxUploads <= all.length + 1; MaxUploads += 1) {
      assert.deepEqual((await listAll({ ...input, MaxUploads })).sort(), all, `pages of ${MaxUploads}`);
    }
  });
}

test('a prefix selects the keys that begin with it', async () => {
  const listed = await list({ Prefix: 'dir/' });
  assert.deepEqual(
    namesOf(listed),
    expected.filter((name) => name.startsWith('dir/')),
  );
  assert.equal(listed.Prefix, 'dir/');
  assert.deepEqual(namesOf(await list({ Prefix: 'nothing' })), []);
});

test('a delimiter rolls keys up, below the prefix', async () => {
  const top = await list({ Delimiter: '/' });
  assert.deepEqual(prefixesOf(top), ['dir/', 'dir2/']);
  assert.deepEqual(
    namesOf(top),
    expected.filter((name) => !name.includes('/')),
  );
  const below = await list({ Delimiter: '/', Prefix: 'dir/' });
  assert.deepEqual(prefixesOf(below), ['dir/sub/']);
  assert.equal(below.Delimiter, '/');
});

test('a key marker without an upload id goes past every upload of that key', async () => {
  const listed = await list({ KeyMarker: 'a' });
  assert.deepEqual(
    namesOf(listed),
    expected.filter((name) => !name.startsWith('a ')),
  );
  assert.deepEqual([listed.KeyMarker, listed.UploadIdMarker], ['a', '']);
});

test('a key marker with an upload id goes past that upload', async () => {
  for (const [index, name] of expected.entries()) {
    const [KeyMarker, UploadIdMarker] = name.split(' ');
    assert.deepEqual(namesOf(await list({ KeyMarker, UploadIdMarker })), expected.slice(index + 1));
  }
});

test('an upload id without a key marker is ignored', async () => {
  const UploadIdMarker = expected.at(-1)?.split(' ')[1];
  assert.deepEqual(namesOf(await list({ UploadIdMarker })), expected);
});

test('a marker need not be a key', async () => {
  assert.deepEqual(
    namesOf(await list({ KeyMarker: 'c' })),
    expected.filter((name) => Buffer.compare(Buffer.from(name), Buffer.from('c')) > 0),
  );
});

test('a marker within a common prefix goes past all of it', async () => {
  const { CommonPrefixes: all = [] } = await list({ Delimiter: '/' });
  const { CommonPrefixes: rest = [] } = await list({ Delimiter: '/', KeyMarker: `${all[0]?.Prefix}a` });
  assert.deepEqual(rest, all.slice(1));
});

test('a marker before the prefix begins at the prefix', async () => {
  assert.deepEqual(
    namesOf(await list({ Prefix: 'dir/', KeyMarker: 'a', UploadIdMarker: '~' })),
    expected.filter((name) => name.startsWith('dir/')),
  );
});

test('with encoding-type url names are escaped', async () => {
  const bucket = await otherBucket('escaped');
  await TestUpload.begin(client, { Bucket: bucket, Key: 'a b+c/ü' });
  const response = await gateway.fetchSigned(`/${bucket}?encoding-type=url&prefix=a%20b&uploads`);
  const xml = await response.text();
  assert.equal(elementText(xml, 'Key'), 'a%20b%2Bc/%C3%BC');
  assert.equal(elementText(xml, 'Prefix'), 'a%20b');
  assert.equal(elementText(xml, 'EncodingType'), 'url');
});

test('the reply has its elements in the order that S3 documents', async () => {
  const response = await gateway.fetchSigned(`/${Bucket}?delimiter=%2F&max-uploads=5&uploads`);
  const xml = await response.text();
  assert.match(xml, /<ListMultipartUploadsResult xmlns="http:\/\/s3.amazonaws.com\/doc\/2006-03-01\/">/);
  const names = Array.from(xml.matchAll(/<(\w+)>/g), ([, name]) => name);
  const account = ['ID', 'DisplayName'];
  const upload = [
    'Upload',
    'Initiated',
    'Initiator',
    ...account,
    'Key',
    'Owner',
    ...account,
    'StorageClass',
    'UploadId',
  ];
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) === index),
    [
      ...['Bucket', 'KeyMarker', 'UploadIdMarker', 'NextKeyMarker', 'Prefix', 'Delimiter', 'MaxUploads', 'IsTruncated'],
      ...upload.filter((name, index) => upload.indexOf(name) === index),
      'CommonPrefixes',
    ],
  );
});

test('more than 1,000 uploads a page count as 1,000, and none are none', async () => {
  assert.equal((await list({ MaxUploads: 5000 })).MaxUploads, 1000);
  const none = await list({ MaxUploads: 0 });
  assert.deepEqual([none.Uploads, none.IsTruncated], [undefined, false]);
});

test('bad parameters are refused', async () => {
  for (const query of ['max-uploads=-1', 'max-uploads=many', 'encoding-type=html']) {
    const response = await gateway.fetchSigned(`/${Bucket}?${query}&uploads`);
    assert.equal(response.status, 400);
    assert.equal(elementText(await response.text(), 'Code'), 'InvalidArgument');
  }
});

test('a bucket that does not exist has no uploads to list, and a stranger sees none', async () => {
  await assert.rejects(list({ Bucket: 'nowhere' }), s3Failure('NoSuchBucket', 404, /does not exist/));
  const stranger = gateway.client(await gateway.addUser('stranger'));
  await assert.rejects(
    stranger.send(new ListMultipartUploadsCommand({ Bucket })),
    s3Failure('AccessDenied', 403, /Access Denied/),
  );
});

const made = new Set<string>();

async function otherBucket(name: string): Promise<string> {
  if (!made.has(name)) await client.send(new CreateBucketCommand({ Bucket: name }));
  made.add(name);
  return name;
}
