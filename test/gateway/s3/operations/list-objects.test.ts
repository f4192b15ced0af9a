import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { type Listing, listAll, listPage } from '../../../support/listing.ts';
import { textOf } from '../../../support/strict-xml.ts';
import { uriEncode } from '../../../support/wire-request.ts';

let gateway: TestGateway;
let client: Conversation;
let buckets = 0;

before(async () => {
  gateway = await startGateway({ GATEHOUSE_DURABILITY: 'relaxed' });
  client = new Conversation(gateway);
});
after(() => gateway.stop());

/** A bucket that holds these keys and no other. */
async function bucketOf(...keys: readonly string[]): Promise<string> {
  buckets += 1;
  const bucket = `listing-${buckets}`;
  await client.createBucket(bucket);
  for (const key of keys) await client.put(bucket, key, { body: key });
  return bucket;
}

const VERSIONS = [
  { version: 'ListObjects', base: {}, after: 'marker' },
  { version: 'ListObjectsV2', base: { 'list-type': '2' }, after: 'start-after' },
] as const;

/** What both versions answer alike: keys, parameters, and what they must give. */
const CASES: readonly {
  readonly name: string;
  readonly keys: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly expected: readonly string[];
  readonly prefixes?: readonly string[];
}[] = [
  {
    name: 'a delimiter rolls up what it ends',
    keys: ['foo/bar', 'foo/bar/xyzzy', 'quux/thud', 'asdf'],
    parameters: { delimiter: '/' },
    expected: ['asdf'],
    prefixes: ['foo/', 'quux/'],
  },
  {
    name: 'any character can be the delimiter',
    keys: ['bar', 'baz', 'cab', 'foo'],
    parameters: { delimiter: 'a' },
    expected: ['foo'],
    prefixes: ['ba', 'ca'],
  },
  {
    name: 'a percent sign can be the delimiter',
    keys: ['b%ar', 'b%az', 'c%ab', 'foo'],
    parameters: { delimiter: '%' },
    expected: ['foo'],
    prefixes: ['b%', 'c%'],
  },
  {
    name: 'a space can be the delimiter',
    keys: ['b ar', 'b az', 'c ab', 'foo'],
    parameters: { delimiter: ' ' },
    expected: ['foo'],
    prefixes: ['b ', 'c '],
  },
  {
    name: 'a dot can be the delimiter',
    keys: ['b.ar', 'b.az', 'c.ab', 'foo'],
    parameters: { delimiter: '.' },
    expected: ['foo'],
    prefixes: ['b.', 'c.'],
  },
  {
    name: 'a delimiter may have several characters',
    keys: ['a--b', 'a--c', 'a-b', 'd--', 'e'],
    parameters: { delimiter: '--' },
    expected: ['a-b', 'e'],
    prefixes: ['a--', 'd--'],
  },
  {
    name: 'a delimiter outside of ASCII rolls up too',
    keys: ['سلام‌دنیا', 'سلام', 'aدb', 'aدc'],
    parameters: { delimiter: 'د' },
    expected: ['سلام'],
    prefixes: ['aد', 'سلام‌د'],
  },
  {
    name: 'a delimiter that no key has rolls up nothing',
    keys: ['bar', 'baz', 'cab', 'foo'],
    parameters: { delimiter: '/' },
    expected: ['bar', 'baz', 'cab', 'foo'],
  },
  {
    name: 'a line feed as the delimiter is as good as any',
    keys: ['bar', 'baz', 'cab', 'foo'],
    parameters: { delimiter: '\n' },
    expected: ['bar', 'baz', 'cab', 'foo'],
  },
  {
    name: 'a prefix chooses',
    keys: ['foo/bar', 'foo/baz', 'quux'],
    parameters: { prefix: 'foo/' },
    expected: ['foo/bar', 'foo/baz'],
  },
  {
    name: 'a prefix need not end at a delimiter',
    keys: ['bar', 'baz', 'foo'],
    parameters: { prefix: 'ba' },
    expected: ['bar', 'baz'],
  },
  {
    name: 'an empty prefix chooses everything',
    keys: ['foo/bar', 'foo/baz', 'quux'],
    parameters: { prefix: '' },
    expected: ['foo/bar', 'foo/baz', 'quux'],
  },
  {
    name: 'a prefix that no key has gives an empty list',
    keys: ['foo/bar', 'foo/baz', 'quux'],
    parameters: { prefix: 'd' },
    expected: [],
  },
  {
    name: 'a prefix of a line feed gives an empty list',
    keys: ['foo/bar', 'foo/baz', 'quux'],
    parameters: { prefix: '\n' },
    expected: [],
  },
  {
    name: 'a prefix is no pattern',
    keys: ['a%b', 'a_b', 'axb', 'a*b'],
    parameters: { prefix: 'a_' },
    expected: ['a_b'],
  },
  {
    name: 'prefix and delimiter go together',
    keys: ['foo/bar', 'foo/baz/xyzzy', 'quux/thud', 'asdf'],
    parameters: { prefix: 'foo/', delimiter: '/' },
    expected: ['foo/bar'],
    prefixes: ['foo/baz/'],
  },
  {
    name: 'prefix and another delimiter go together',
    keys: ['bar', 'bazar', 'cab', 'foo'],
    parameters: { prefix: 'ba', delimiter: 'a' },
    expected: ['bar'],
    prefixes: ['baza'],
  },
  {
    name: 'a prefix that no key has leaves nothing to roll up',
    keys: ['b/a/r', 'b/a/c', 'b/a/g', 'g'],
    parameters: { prefix: 'd', delimiter: '/' },
    expected: [],
  },
  {
    name: 'a delimiter that is not behind the prefix rolls up nothing',
    keys: ['b/a/c', 'b/a/g', 'b/a/r', 'g'],
    parameters: { prefix: 'b', delimiter: 'z' },
    expected: ['b/a/c', 'b/a/g', 'b/a/r'],
  },
  {
    name: 'neither prefix nor delimiter that no key has',
    keys: ['b/a/c', 'b/a/g', 'b/a/r', 'g'],
    parameters: { prefix: 'y', delimiter: 'z' },
    expected: [],
  },
  {
    name: 'a key that is the prefix itself is listed beside what is below it',
    keys: ['asdf/', 'asdf/a', 'asdf/b/c'],
    parameters: { prefix: 'asdf/', delimiter: '/' },
    expected: ['asdf/', 'asdf/a'],
    prefixes: ['asdf/b/'],
  },
  {
    name: 'a key that ends with the delimiter is rolled up itself',
    keys: ['asdf/'],
    parameters: { delimiter: '/' },
    expected: [],
    prefixes: ['asdf/'],
  },
  {
    name: 'slashes at the beginning of keys are a level of their own',
    keys: ['/', '/a', '//b', 'c'],
    parameters: { delimiter: '/' },
    expected: ['c'],
    prefixes: ['/'],
  },
  {
    name: 'what would sort elsewhere as UTF-16 sorts by bytes',
    keys: ['\u{10000}', '\uFF5E', 'z', 'é', 'A', 'a'],
    parameters: {},
    expected: ['A', 'a', 'z', 'é', '\uFF5E', '\u{10000}'],
  },
  {
    name: 'an underscore before names does not disturb the rolling up',
    keys: ['_obj1_', '_under1/bar', '_under1/baz/xyzzy', '_under2/thud', '_under2/bla'],
    parameters: { delimiter: '/' },
    expected: ['_obj1_'],
    prefixes: ['_under1/', '_under2/'],
  },
];

for (const { version, base, after: afterName } of VERSIONS) {
  describe(version, () => {
    for (const { name, keys, parameters, expected, prefixes = [] } of CASES) {
      test(name, async () => {
        const bucket = await bucketOf(...keys);
        const page = await listPage(client, bucket, { ...base, ...parameters });
        assert.deepEqual([page.keys, page.prefixes], [expected, prefixes]);
        assert.equal(page.isTruncated, false);
        assert.equal(page.text('Prefix'), parameters.prefix ?? '');
        assert.equal(page.text('Delimiter'), parameters.delimiter);
        assert.equal(page.text('Name'), bucket);
        const pages = await listAll(client, bucket, { ...base, ...parameters, 'max-keys': '1' });
        assert.deepEqual(
          pages.flatMap((one) => one.keys),
          expected,
        );
        assert.deepEqual(
          pages.flatMap((one) => one.prefixes),
          prefixes,
        );
      });
    }

    test('an empty bucket lists nothing', async () => {
      const page = await listPage(client, await bucketOf(), base);
      assert.deepEqual([page.keys, page.prefixes, page.isTruncated], [[], [], false]);
      assert.equal(page.text('MaxKeys'), '1000');
      assert.equal(page.text('NextMarker') ?? page.text('NextContinuationToken'), undefined);
    });

    test('an empty delimiter is none', async () => {
      const page = await listPage(client, await bucketOf('bar', 'baz'), { ...base, delimiter: '' });
      assert.deepEqual([page.keys, page.text('Delimiter')], [['bar', 'baz'], undefined]);
    });

    test('an entry tells date, tag, size and class of an object', async () => {
      const bucket = await bucketOf('one');
      const { xml } = await listPage(client, bucket, base);
      const contents = xml.elements.find(({ name }) => name === 'Contents');
      assert.ok(contents);
      assert.match(textOf(contents, 'LastModified') ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.equal(textOf(contents, 'ETag'), '"f97c5d29941bfb1b2fdab0874906ab82"');
      assert.equal(textOf(contents, 'Size'), '3');
      assert.equal(textOf(contents, 'StorageClass'), 'STANDARD');
      assert.equal(xml.attributes.get('xmlns'), 'http://s3.amazonaws.com/doc/2006-03-01/');
    });

    test('the date of an entry is the Last-Modified of its object', async () => {
      const bucket = await bucketOf('one');
      const { xml } = await listPage(client, bucket, base);
      const listed = textOf(xml.elements.find(({ name }) => name === 'Contents') ?? xml, 'LastModified') ?? '';
      const head = await client.succeed({ method: 'HEAD', target: `/${bucket}/one` });
      const told = Date.parse(head.headers.get('last-modified') ?? '');
      assert.equal(Math.floor(Date.parse(listed) / 1000), told / 1000);
    });

    describe('max-keys', () => {
      test('ends a page', async () => {
        const page = await listPage(client, await bucketOf('bar', 'baz', 'foo'), { ...base, 'max-keys': '1' });
        assert.deepEqual([page.keys, page.isTruncated, page.text('MaxKeys')], [['bar'], true, '1']);
      });

      test('that a list fills exactly does not cut it short', async () => {
        const page = await listPage(client, await bucketOf('bar', 'baz'), { ...base, 'max-keys': '2' });
        assert.deepEqual([page.keys, page.isTruncated], [['bar', 'baz'], false]);
      });

      test('counts common prefixes as keys', async () => {
        const page = await listPage(client, await bucketOf('a/1', 'a/2', 'b', 'c/1'), {
          ...base,
          delimiter: '/',
          'max-keys': '2',
        });
        assert.deepEqual([page.keys, page.prefixes, page.isTruncated], [['b'], ['a/'], true]);
      });

      test('of zero asks for nothing, and nothing is cut short', async () => {
        const page = await listPage(client, await bucketOf('bar'), { ...base, 'max-keys': '0' });
        assert.deepEqual([page.keys, page.isTruncated, page.text('MaxKeys')], [[], false, '0']);
      });

      test('beyond a thousand is a thousand', async () => {
        const page = await listPage(client, await bucketOf(), { ...base, 'max-keys': '2147483647' });
        assert.equal(page.text('MaxKeys'), '1000');
      });

      for (const value of ['blah', '-1', '1.5', '\n', ' 1', '0x10', '2147483648', '99999999999999999999', '١']) {
        test(`of ${JSON.stringify(value)} is InvalidArgument`, async () => {
          const parameters = { ...base, 'max-keys': value };
          const query = Object.entries(parameters).map(([name, text]) => `${name}=${uriEncode(text)}`);
          const error = await client.fail(
            { target: `/${await bucketOf()}?${query.join('&')}` },
            400,
            'InvalidArgument',
          );
          assert.equal(textOf(error, 'ArgumentName'), 'max-keys');
          assert.equal(textOf(error, 'ArgumentValue'), value);
        });
      }
    });

    describe(afterName, () => {
      for (const [name, value, expected] of [
        ['that is a key begins after it', 'baz', ['foo', 'quxx']],
        ['that is no key begins where it would be', 'blah', ['foo', 'quxx']],
        ['that is the beginning of a key begins with that key', 'ba', ['bar', 'baz', 'foo', 'quxx']],
        ['past all keys gives an empty list', 'zzz', []],
        ['that is the last key gives an empty list', 'quxx', []],
        ['of a line feed begins at the first key', '\n', ['bar', 'baz', 'foo', 'quxx']],
        ['that is empty begins at the first key', '', ['bar', 'baz', 'foo', 'quxx']],
        ['outside of ASCII gives what is above it', 'é', []],
      ] as const) {
        test(name, async () => {
          const page = await listPage(client, await bucketOf('bar', 'baz', 'foo', 'quxx'), {
            ...base,
            [afterName]: value,
          });
          assert.deepEqual([page.keys, page.isTruncated], [expected, false]);
          assert.equal(page.text(afterName === 'marker' ? 'Marker' : 'StartAfter'), value);
        });
      }

      test('before the prefix changes nothing, and after it leaves nothing', async () => {
        const bucket = await bucketOf('a', 'p/1', 'p/2', 'z');
        const page = (value: string) => listPage(client, bucket, { ...base, prefix: 'p/', [afterName]: value });
        assert.deepEqual((await page('b')).keys, ['p/1', 'p/2']);
        assert.deepEqual((await page('p/')).keys, ['p/1', 'p/2']);
        assert.deepEqual((await page('p/1')).keys, ['p/2']);
        assert.deepEqual((await page('q')).keys, []);
      });
    });

    describe('encoding-type=url', () => {
      test('encodes keys and common prefixes, and keeps their slashes', async () => {
        const bucket = await bucketOf('foo+1/bar', 'foo/bar/xyzzy', 'quux ab/thud', 'asdf+b', 'ü/é', 'per%20cent');
        const page = await listPage(client, bucket, { ...base, delimiter: '/', 'encoding-type': 'url' });
        assert.deepEqual(page.keys, ['asdf%2Bb', 'per%2520cent']);
        assert.deepEqual(page.prefixes, ['foo%2B1/', 'foo/', 'quux%20ab/', '%C3%BC/']);
        assert.equal(page.text('EncodingType'), 'url');
      });

      test('encodes what the request said', async () => {
        const bucket = await bucketOf('a b+c&d', 'a b+e&f');
        const page = await listPage(client, bucket, {
          ...base,
          prefix: 'a b',
          delimiter: '&',
          [afterName]: 'a <',
          'encoding-type': 'url',
          'max-keys': '1',
        });
        assert.equal(page.text('Prefix'), 'a%20b');
        assert.equal(page.text('Delimiter'), '%26');
        assert.equal(page.text(afterName === 'marker' ? 'Marker' : 'StartAfter'), 'a%20%3C');
        assert.deepEqual(page.prefixes, ['a%20b%2Bc%26']);
        if (afterName === 'marker') assert.equal(page.text('NextMarker'), 'a%20b%2Bc%26');
      });

      test('carries what XML cannot', async () => {
        const keys = ['\u0001', '\uFFFE', 'bell\u0007', 'cr\rlf\n', '\uFFFF'];
        const bucket = await bucketOf(...keys);
        const page = await listPage(client, bucket, { ...base, 'encoding-type': 'url' });
        assert.deepEqual(page.keys.map(decodeURIComponent).sort(), [...keys].sort());
      });

      test('of another name is InvalidArgument', async () => {
        const query = `encoding-type=base64${base['list-type' as never] === '2' ? '&list-type=2' : ''}`;
        const error = await client.fail({ target: `/${await bucketOf()}?${query}` }, 400, 'InvalidArgument');
        assert.equal(textOf(error, 'ArgumentName'), 'encoding-type');
      });
    });

    test('special characters come through strict XML as they are', async () => {
      const keys = ['a&b', 'a<b', 'a>b', "a'b", 'a"b', 'a]]>b', 'a\tb', 'a\nb', 'a\rb', '&amp;', 'é', '😀', '%41'];
      const bucket = await bucketOf(...keys);
      const page = await listPage(client, bucket, base);
      assert.deepEqual([...page.keys].sort(), [...keys].sort());
    });

    test('a bucket that is not there is NoSuchBucket', async () => {
      const query = base['list-type' as never] === '2' ? '?list-type=2' : '';
      const error = await client.fail({ target: `/nobody-has-this${query}` }, 404, 'NoSuchBucket');
      assert.equal(textOf(error, 'BucketName'), 'nobody-has-this');
    });
  });
}

describe('ListObjects alone', () => {
  test('tells the owner of every object', async () => {
    const page = await listPage(client, await bucketOf('one', 'two'));
    const root = await gateway.services.accounts.get('root');
    for (const { name, elements } of page.xml.elements) {
      if (name !== 'Contents') continue;
      const owner = elements.find((element) => element.name === 'Owner');
      assert.ok(owner);
      assert.equal(textOf(owner, 'ID'), root.canonical_id);
      assert.equal(textOf(owner, 'DisplayName'), root.display_name);
    }
  });

  test('has no NextMarker without a delimiter, and no KeyCount ever', async () => {
    const bucket = await bucketOf('a', 'b/c', 'd');
    const plain = await listPage(client, bucket, { 'max-keys': '1' });
    assert.deepEqual(
      [plain.isTruncated, plain.text('NextMarker'), plain.text('KeyCount')],
      [true, undefined, undefined],
    );
    const rolled = await listPage(client, bucket, { 'max-keys': '2', delimiter: '/' });
    assert.equal(rolled.text('NextMarker'), 'b/');
    const whole = await listPage(client, bucket, { delimiter: '/' });
    assert.equal(whole.text('NextMarker'), undefined);
  });

  test('goes on after a common prefix that is the marker', async () => {
    const keys = ['asdf', 'boo/bar', 'boo/baz/xyzzy', 'cquux/thud', 'cquux/bla'];
    const bucket = await bucketOf(...keys);
    const page = (parameters: Record<string, string>) => listPage(client, bucket, { delimiter: '/', ...parameters });
    const told = ({ keys: found, prefixes, isTruncated, text }: Listing) => [
      found,
      prefixes,
      isTruncated,
      text('NextMarker'),
    ];
    assert.deepEqual(told(await page({ 'max-keys': '1' })), [['asdf'], [], true, 'asdf']);
    assert.deepEqual(told(await page({ 'max-keys': '1', marker: 'asdf' })), [[], ['boo/'], true, 'boo/']);
    assert.deepEqual(told(await page({ 'max-keys': '1', marker: 'boo/' })), [[], ['cquux/'], false, undefined]);
    assert.deepEqual(told(await page({ 'max-keys': '1', marker: 'boo/bar' })), [[], ['cquux/'], false, undefined]);
    assert.deepEqual(told(await page({ 'max-keys': '2' })), [['asdf'], ['boo/'], true, 'boo/']);
    assert.deepEqual(told(await page({ prefix: 'boo/', 'max-keys': '1' })), [['boo/bar'], [], true, 'boo/bar']);
    assert.deepEqual(told(await page({ prefix: 'boo/', 'max-keys': '1', marker: 'boo/bar' })), [
      [],
      ['boo/baz/'],
      false,
      undefined,
    ]);
  });
});
