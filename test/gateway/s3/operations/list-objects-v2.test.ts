import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { listAll, listPage } from '../../../support/listing.ts';
import { textOf } from '../../../support/strict-xml.ts';

const V2 = { 'list-type': '2' };
const KEYS = ['bar', 'baz', 'foo', 'quxx'];
const MANY = 2500;

let gateway: TestGateway;
let client: Conversation;

before(async () => {
  gateway = await startGateway({ GATEHOUSE_DURABILITY: 'relaxed' });
  client = new Conversation(gateway);
  for (const bucket of ['few', 'many']) await client.createBucket(bucket);
  for (const key of KEYS) await client.put('few', key);
});
after(() => gateway.stop());

test('KeyCount counts keys and common prefixes', async () => {
  const page = await listPage(client, 'few', { ...V2, delimiter: 'a' });
  assert.deepEqual([page.keys, page.prefixes, page.text('KeyCount')], [['foo', 'quxx'], ['ba'], '3']);
  const one = await listPage(client, 'few', { ...V2, delimiter: 'a', 'max-keys': '1' });
  assert.equal(one.text('KeyCount'), '1');
});

test('a continuation token goes on where the page ended, and comes back in the reply', async () => {
  const first = await listPage(client, 'few', { ...V2, 'max-keys': '1' });
  const token = first.text('NextContinuationToken');
  assert.ok(token);
  const second = await listPage(client, 'few', { ...V2, 'continuation-token': token });
  assert.deepEqual([second.keys, second.isTruncated], [['baz', 'foo', 'quxx'], false]);
  assert.equal(second.text('ContinuationToken'), token);
  assert.equal(second.text('NextContinuationToken'), undefined);
});

test('a continuation token counts more than start-after, and both come back', async () => {
  const first = await listPage(client, 'few', { ...V2, 'start-after': 'bar', 'max-keys': '1' });
  assert.deepEqual(first.keys, ['baz']);
  const token = first.text('NextContinuationToken') ?? '';
  const second = await listPage(client, 'few', { ...V2, 'start-after': 'bar', 'continuation-token': token });
  assert.deepEqual([second.keys, second.isTruncated], [['foo', 'quxx'], false]);
  assert.deepEqual([second.text('ContinuationToken'), second.text('StartAfter')], [token, 'bar']);
});

test('an empty continuation token is none, and is repeated in the reply', async () => {
  const page = await listPage(client, 'few', { ...V2, 'continuation-token': '' });
  assert.deepEqual(page.keys, ['bar', 'baz', 'foo', 'quxx']);
  assert.deepEqual([page.isTruncated, page.text('ContinuationToken')], [false, '']);
});

test('a continuation token of any other origin is InvalidArgument', async () => {
  for (const token of ['bar', 'AAAA', '%0A', '%20', '%F0%9F%98%80', 'a3N0cmFuZ2U%3D%3D%3D']) {
    const error = await client.fail({ target: `/few?continuation-token=${token}&list-type=2` }, 400, 'InvalidArgument');
    assert.equal(textOf(error, 'ArgumentName'), 'continuation-token');
  }
});

test('a token goes on although its key has been deleted meanwhile', async () => {
  await client.createBucket('moving');
  for (const key of ['a', 'b', 'c']) await client.put('moving', key);
  const first = await listPage(client, 'moving', { ...V2, 'max-keys': '2' });
  for (const key of ['a', 'b']) await client.succeed({ method: 'DELETE', target: `/moving/${key}` });
  const token = first.text('NextContinuationToken') ?? '';
  assert.deepEqual((await listPage(client, 'moving', { ...V2, 'continuation-token': token })).keys, ['c']);
});

test('start-after is a key: below a common prefix it leaves the rest of that in the list', async () => {
  await client.createBucket('folders');
  for (const key of ['a/1', 'a/2', 'b/1', 'c']) await client.put('folders', key);
  const prefixesAfter = async (key: string) =>
    (await listPage(client, 'folders', { ...V2, delimiter: '/', 'start-after': key })).prefixes;
  assert.deepEqual(await prefixesAfter('a/'), ['a/', 'b/']);
  assert.deepEqual(await prefixesAfter('a/1'), ['a/', 'b/']);
  assert.deepEqual(await prefixesAfter('a/2'), ['b/']);
});

test('the owner is told when it is asked for', async () => {
  const ownerOf = async (parameters: Record<string, string>) => {
    const { xml } = await listPage(client, 'few', { ...V2, ...parameters });
    const contents = xml.elements.find(({ name }) => name === 'Contents');
    return contents?.elements.find(({ name }) => name === 'Owner');
  };
  const owner = await ownerOf({ 'fetch-owner': 'true' });
  assert.ok(owner);
  assert.equal(textOf(owner, 'ID'), (await gateway.services.accounts.get('root')).canonical_id);
  assert.equal(await ownerOf({}), undefined);
  assert.equal(await ownerOf({ 'fetch-owner': 'false' }), undefined);
});

test('the checksum that an object was stored with is named', async () => {
  await client.createBucket('checksums');
  const crc32 = { 'x-amz-checksum-crc32': 'AAAAAA==' };
  await client.put('checksums', 'empty', { headers: crc32 });
  const { xml } = await listPage(client, 'checksums', V2);
  const empty = xml.elements.find((element) => textOf(element, 'Key') === 'empty');
  assert.ok(empty);
  assert.deepEqual([textOf(empty, 'ChecksumAlgorithm'), textOf(empty, 'ChecksumType')], ['CRC32', 'FULL_OBJECT']);
});

test('a list-type that S3 has not is 501 and no other listing', async () => {
  for (const type of ['', '1', '3', 'two'])
    await client.fail({ target: `/few?list-type=${type}` }, 501, 'NotImplemented');
});

test('2,500 keys come whole and in order in pages of every size', async () => {
  const keys = Array.from({ length: MANY }, (_, index) => `${index % 50}/${String(index).padStart(5, '0')}`);
  const sdk = gateway.client();
  for (let from = 0; from < MANY; from += 50) {
    const some = keys.slice(from, from + 50);
    await Promise.all(some.map((Key) => sdk.send(new PutObjectCommand({ Bucket: 'many', Key, Body: '' }))));
  }
  keys.sort();
  const prefixes = [...new Set(keys.map((key) => key.slice(0, key.indexOf('/') + 1)))];
  for (const [version, size] of [
    [V2, 1000],
    [V2, 999],
    [V2, 333],
    [V2, 97],
    [V2, 2500],
    [{}, 1000],
    [{}, 101],
  ] as const) {
    const pages = await listAll(client, 'many', { ...version, 'max-keys': String(size) });
    assert.deepEqual(
      pages.flatMap((page) => page.keys),
      keys,
    );
    const most = Math.min(size, 1000);
    assert.deepEqual(
      pages.map((page) => page.keys.length),
      Array.from({ length: Math.ceil(MANY / most) }, (_, index) => Math.min(most, MANY - index * most)),
    );
  }
  for (const version of [V2, {}]) {
    for (const size of [1, 2, 7, 49, 50, 51]) {
      const pages = await listAll(client, 'many', { ...version, delimiter: '/', 'max-keys': String(size) });
      assert.deepEqual(
        pages.flatMap((page) => page.prefixes),
        prefixes,
      );
      assert.equal(pages.length, Math.ceil(prefixes.length / size));
    }
  }
});
