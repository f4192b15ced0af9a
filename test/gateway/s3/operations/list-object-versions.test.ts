import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { newVersionId } from '../../../../metadata/version-id.ts';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { s3Failure } from '../../../support/s3-failure.ts';
import { textOf, textsOf } from '../../../support/strict-xml.ts';
import { entriesOf, type ListedEntry, VersionedBucket } from '../../../support/versioned-bucket.ts';

let gateway: TestGateway;
let client: S3Client;
let wire: Conversation;
let count = 0;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  wire = new Conversation(gateway);
});
after(() => gateway.stop());

function newBucket(status?: 'Enabled' | 'Suspended'): Promise<VersionedBucket> {
  count += 1;
  return VersionedBucket.create(wire, `lists-${count}`, status);
}

/** A bucket with versions, where every key has as many as it is named. */
async function bucketOf(...keys: readonly string[]): Promise<VersionedBucket> {
  const bucket = await newBucket('Enabled');
  for (const key of keys) await bucket.put(key, 'x');
  return bucket;
}

function short({ kind, key, versionId, isLatest }: ListedEntry): string {
  return `${kind} ${key} ${versionId}${isLatest ? ' latest' : ''}`;
}

/** Follows the markers of the replies to the end, as a client does that asks for encoded keys. */
async function walk(bucket: VersionedBucket, parameters: Readonly<Record<string, string>>) {
  const entries: ListedEntry[] = [];
  const prefixes: string[] = [];
  let markers: Record<string, string> = {};
  for (;;) {
    const page = await bucket.page({ 'encoding-type': 'url', ...parameters, ...markers });
    const here = entriesOf(page).map((entry) => ({ ...entry, key: decodeURIComponent(entry.key) }));
    entries.push(...here);
    const common = page.elements.filter(({ name }) => name === 'CommonPrefixes');
    prefixes.push(...common.map((element) => decodeURIComponent(textOf(element, 'Prefix') ?? '')));
    if (textOf(page, 'IsTruncated') !== 'true') return { entries, prefixes };
    const versionId = textOf(page, 'NextVersionIdMarker');
    markers = {
      'key-marker': decodeURIComponent(textOf(page, 'NextKeyMarker') ?? ''),
      ...(versionId === undefined ? {} : { 'version-id-marker': versionId }),
    };
  }
}

describe('the list of versions', () => {
  test('of an empty bucket says what was asked for and nothing else', async () => {
    const bucket = await newBucket();
    const page = await bucket.page();
    assert.equal(page.name, 'ListVersionsResult');
    assert.deepEqual(
      page.elements.map(({ name, text }) => [name, text]),
      [
        ['Name', bucket.name],
        ['Prefix', ''],
        ['KeyMarker', ''],
        ['VersionIdMarker', ''],
        ['MaxKeys', '1000'],
        ['IsTruncated', 'false'],
      ],
    );
  });

  test('tells everything of a version, and of a delete marker what that has', async () => {
    const bucket = await newBucket('Enabled');
    const stored = await client.send(
      new PutObjectCommand({ Bucket: bucket.name, Key: 'k', Body: 'twelve bytes', ChecksumAlgorithm: 'SHA1' }),
    );
    const { versionId } = await bucket.delete('k');
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket.name }),
    );
    const root = await gateway.services.accounts.get('root');
    const Owner = { ID: root.canonical_id, DisplayName: root.display_name };
    const [version, marker] = [Versions[0], DeleteMarkers[0]];
    assert.deepEqual(
      { ...version, LastModified: undefined },
      {
        ETag: `"${hash('md5', 'twelve bytes')}"`,
        ChecksumAlgorithm: ['SHA1'],
        ChecksumType: 'FULL_OBJECT',
        Size: 12,
        StorageClass: 'STANDARD',
        Key: 'k',
        VersionId: stored.VersionId,
        IsLatest: false,
        LastModified: undefined,
        Owner,
      },
    );
    assert.deepEqual(
      { ...marker, LastModified: undefined },
      { Key: 'k', VersionId: versionId, IsLatest: true, LastModified: undefined, Owner },
    );
    assert.ok(version?.LastModified !== undefined && marker?.LastModified !== undefined);
    assert.ok(version.LastModified <= marker.LastModified);
  });

  test('is by key, and within a key by age, whatever kind an entry is', async () => {
    const bucket = await newBucket();
    await bucket.put('b', 'null');
    await bucket.setStatus('Enabled');
    const b2 = await bucket.putVersion('b', '2');
    const { versionId: b3 } = await bucket.delete('b');
    const a1 = await bucket.putVersion('a', '1');
    const { versionId: a2 } = await bucket.delete('a');
    const b4 = await bucket.putVersion('b', '4');
    assert.deepEqual((await bucket.list()).map(short), [
      `DeleteMarker a ${a2} latest`,
      `Version a ${a1}`,
      `Version b ${b4} latest`,
      `DeleteMarker b ${b3}`,
      `Version b ${b2}`,
      'Version b null',
    ]);
  });

  test('of a bucket that keeps no versions has the null version of every key', async () => {
    const bucket = await newBucket();
    for (const key of ['c', 'a', 'b', 'a']) await bucket.put(key, 'x');
    assert.deepEqual((await bucket.list()).map(short), [
      'Version a null latest',
      'Version b null latest',
      'Version c null latest',
    ]);
  });

  test('does not change what the lists of objects tell: what is current and alive', async () => {
    const bucket = await bucketOf('a', 'a', 'b', 'c');
    await bucket.delete('b');
    for (const parameters of [{}, { 'list-type': '2' }]) {
      const page = await wire.get(`/${bucket.name}`, parameters);
      const contents = page.elements.filter(({ name }) => name === 'Contents');
      assert.deepEqual(
        contents.flatMap((element) => textsOf(element, 'Key')),
        ['a', 'c'],
      );
    }
  });

  test('is for the owner', async () => {
    const bucket = await newBucket('Enabled');
    const stranger = gateway.client(await gateway.addUser('versions-stranger'));
    const sending = stranger.send(new ListObjectVersionsCommand({ Bucket: bucket.name }));
    await assert.rejects(sending, s3Failure('AccessDenied', 403, /Access Denied/));
    await wire.fail({ target: '/nobody-has-this?versions=' }, 404, 'NoSuchBucket');
  });
});

describe('pages', () => {
  test('of any size follow each other within a key and from key to key', async () => {
    const bucket = await newBucket();
    await bucket.put('b', 'null');
    await bucket.setStatus('Enabled');
    for (const key of ['a', 'b', 'b', 'c', 'b', 'a']) await bucket.put(key, 'x');
    for (const key of ['b', 'd']) await bucket.delete(key);
    const whole = await bucket.list();
    assert.equal(whole.length, 9);
    for (const size of ['1', '2', '3', '8', '9', '10']) {
      assert.deepEqual((await walk(bucket, { 'max-keys': size })).entries, whole, `pages of ${size}`);
    }
  });

  test('that are cut short tell both markers, and repeat those that were sent', async () => {
    const bucket = await bucketOf('a', 'a', 'b');
    const [newest, older] = await bucket.list();
    const first = await bucket.page({ 'max-keys': '1' });
    const markers = (page: typeof first) =>
      ['KeyMarker', 'VersionIdMarker', 'NextKeyMarker', 'NextVersionIdMarker', 'MaxKeys', 'IsTruncated'].map((name) =>
        textOf(page, name),
      );
    assert.deepEqual(markers(first), ['', '', 'a', newest?.versionId, '1', 'true']);
    const second = await bucket.page({
      'max-keys': '1',
      'key-marker': 'a',
      'version-id-marker': newest?.versionId ?? '',
    });
    assert.deepEqual(markers(second), ['a', newest?.versionId, 'a', older?.versionId, '1', 'true']);
    const last = await bucket.page({ 'key-marker': 'a', 'version-id-marker': older?.versionId ?? '' });
    assert.deepEqual(markers(last), ['a', older?.versionId, undefined, undefined, '1000', 'false']);
    assert.deepEqual(
      entriesOf(last).map(({ key }) => key),
      ['b'],
    );
  });

  test('after a key alone leave all its versions out', async () => {
    const bucket = await bucketOf('a', 'b', 'b', 'c');
    const keys = async (parameters: Record<string, string>) => (await bucket.list(parameters)).map(({ key }) => key);
    assert.deepEqual(await keys({ 'key-marker': 'b' }), ['c']);
    assert.deepEqual(await keys({ 'key-marker': 'aa' }), ['b', 'b', 'c']);
    assert.deepEqual(await keys({ 'key-marker': 'c' }), []);
    assert.deepEqual(await keys({ 'key-marker': '' }), ['a', 'b', 'b', 'c']);
  });

  test('go on behind a version that was deleted meanwhile', async () => {
    const bucket = await bucketOf('a', 'a', 'a', 'b');
    const [newest, middle, oldest] = await bucket.list();
    await bucket.delete('a', middle?.versionId);
    const rest = await bucket.list({ 'key-marker': 'a', 'version-id-marker': middle?.versionId ?? '' });
    assert.deepEqual(
      rest.map(({ key, versionId }) => [key, versionId === oldest?.versionId]),
      [
        ['a', true],
        ['b', false],
      ],
    );
    const all = await bucket.list({ 'key-marker': 'a', 'version-id-marker': newest?.versionId ?? '' });
    assert.equal(all.length, 2);
  });

  test('go on with the key from its beginning behind a null version that is gone', async () => {
    const bucket = await newBucket();
    await bucket.put('a', 'null');
    await bucket.setStatus('Enabled');
    const versionId = await bucket.putVersion('a', 'newer');
    const rest = () => bucket.list({ 'key-marker': 'a', 'version-id-marker': 'null' });
    assert.deepEqual(await rest(), []);
    await bucket.delete('a', 'null');
    assert.deepEqual((await rest()).map(short), [`Version a ${versionId} latest`]);
  });

  test('of no entries are not cut short', async () => {
    const page = await (await bucketOf('a')).page({ 'max-keys': '0' });
    assert.deepEqual([entriesOf(page), textOf(page, 'IsTruncated')], [[], 'false']);
  });
});

describe('prefix and delimiter', () => {
  test('roll the versions of many keys into one common prefix', async () => {
    const bucket = await bucketOf('photos/a', 'photos/a', 'photos/b', 'top', 'top', 'zoo/z');
    await bucket.delete('photos/c');
    const { entries, prefixes } = await walk(bucket, { delimiter: '/' });
    assert.deepEqual(
      [entries.map(({ key }) => key), prefixes],
      [
        ['top', 'top'],
        ['photos/', 'zoo/'],
      ],
    );
    for (const size of ['1', '2', '3']) {
      const paged = await walk(bucket, { delimiter: '/', 'max-keys': size });
      assert.deepEqual(paged, { entries, prefixes }, `pages of ${size}`);
    }
    const below = await walk(bucket, { prefix: 'photos/', delimiter: '/' });
    assert.deepEqual(
      below.entries.map(({ kind, key }) => `${kind} ${key}`),
      ['Version photos/a', 'Version photos/a', 'Version photos/b', 'DeleteMarker photos/c'],
    );
    assert.deepEqual((await walk(bucket, { prefix: 'photos/a' })).entries.length, 2);
  });

  test('a page that ends in a common prefix has no version to go on behind', async () => {
    const first = await (await bucketOf('a/1', 'b')).page({ delimiter: '/', 'max-keys': '1' });
    assert.deepEqual(
      [textOf(first, 'NextKeyMarker'), textOf(first, 'NextVersionIdMarker'), textOf(first, 'Delimiter')],
      ['a/', undefined, '/'],
    );
  });

  test('a marker within a common prefix goes past all of it', async () => {
    const bucket = await bucketOf('folder/sub/1', 'folder/sub/2', 'folder/y', 'folder/z');
    for (const marker of ['folder/sub/', 'folder/sub/1', 'folder/sub/zzz']) {
      const page = await bucket.page({ prefix: 'folder/', delimiter: '/', 'key-marker': marker, 'max-keys': '1' });
      assert.deepEqual(
        entriesOf(page).map(({ key }) => key),
        ['folder/y'],
        marker,
      );
      assert.equal(page.elements.filter(({ name }) => name === 'CommonPrefixes').length, 0, marker);
    }
  });
});

describe('encoding-type=url', () => {
  const ODD = ['a b', 'a+b', 'ü/é', '50%', 'bell\u0007', '\u{1f600}', '\uffff', 'a&b<c>'];

  test('encodes keys, prefixes and markers, and takes the markers back decoded', async () => {
    const bucket = await bucketOf(...ODD, ...ODD);
    const { entries } = await walk(bucket, { 'max-keys': '3' });
    const bytes = (key: string) => Buffer.from(key);
    const expected = ODD.toSorted((a, b) => Buffer.compare(bytes(a), bytes(b))).flatMap((key) => [key, key]);
    assert.deepEqual(
      entries.map(({ key }) => key),
      expected,
    );
    const page = await bucket.page({
      'encoding-type': 'url',
      prefix: 'a b',
      delimiter: '+ ',
      'key-marker': 'a <',
      'max-keys': '1',
    });
    assert.deepEqual(
      ['Prefix', 'Delimiter', 'KeyMarker', 'NextKeyMarker', 'EncodingType'].map((name) => textOf(page, name)),
      ['a%20b', '%2B%20', 'a%20%3C', 'a%20b', 'url'],
    );
  });

  test('is what an SDK decodes', async () => {
    const bucket = await bucketOf('a b/ü', 'plus+');
    const { Versions, CommonPrefixes } = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket.name, Delimiter: '/', EncodingType: 'url' }),
    );
    assert.deepEqual([Versions?.[0]?.Key, CommonPrefixes?.[0]?.Prefix], ['plus%2B', 'a%20b/']);
  });
});

describe('parameters that are InvalidArgument', () => {
  const versionId = newVersionId(1);
  for (const [what, parameters, argument, message] of [
    [
      'a version without a key',
      { 'version-id-marker': versionId },
      'version-id-marker',
      'A version-id marker cannot be specified without a key marker.',
    ],
    [
      'a version beside an empty key',
      { 'version-id-marker': versionId, 'key-marker': '' },
      'version-id-marker',
      'A version-id marker cannot be specified without a key marker.',
    ],
    [
      'an empty version',
      { 'version-id-marker': '', 'key-marker': 'a' },
      'version-id-marker',
      'A version-id marker cannot be empty.',
    ],
    [
      'what cannot be a version',
      { 'version-id-marker': 'older', 'key-marker': 'a' },
      'version-id-marker',
      'Invalid version id specified',
    ],
    ['a number of keys that is none', { 'max-keys': 'many' }, 'max-keys', /not an integer/],
    ['an unknown encoding', { 'encoding-type': 'base64' }, 'encoding-type', /Invalid Encoding Method/],
  ] as const) {
    test(what, async () => {
      const bucket = await newBucket('Enabled');
      const query = Object.entries({ versions: '', ...parameters })
        .map(([name, value]) => `${name}=${value}`)
        .sort()
        .join('&');
      const error = await wire.fail({ target: `/${bucket.name}?${query}` }, 400, 'InvalidArgument');
      assert.equal(textOf(error, 'ArgumentName'), argument);
      assert.equal(textOf(error, 'ArgumentValue'), (parameters as Record<string, string>)[argument]);
      assert.match(textOf(error, 'Message') ?? '', message instanceof RegExp ? message : new RegExp(`^${message}$`));
    });
  }
});

test('a thousand versions of one key are a page, and there is another behind it', async () => {
  const bucket = await newBucket('Enabled');
  const puts = Array.from({ length: 1003 }, () => bucket.put('k', ''));
  await Promise.all(puts);
  const list = (input: Partial<ListObjectVersionsCommandInput> = {}) =>
    client.send(new ListObjectVersionsCommand({ Bucket: bucket.name, MaxKeys: 5000, ...input }));
  const first = await list();
  assert.deepEqual([first.Versions?.length, first.IsTruncated, first.MaxKeys], [1000, true, 1000]);
  const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = first;
  const second = await list({ KeyMarker, VersionIdMarker });
  assert.deepEqual([second.Versions?.length, second.IsTruncated], [3, false]);
  const ids = [...(first.Versions ?? []), ...(second.Versions ?? [])].map(({ VersionId }) => VersionId);
  assert.equal(new Set(ids).size, 1003);
});
