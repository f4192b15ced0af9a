import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { listPage } from '../../../support/listing.ts';
import { textOf } from '../../../support/strict-xml.ts';
import { keyPath } from '../../../support/wire-request.ts';

const BUCKET = 'box';

let gateway: TestGateway;
let client: Conversation;

before(async () => {
  gateway = await startGateway();
  client = new Conversation(gateway);
  await client.createBucket(BUCKET);
});
after(() => gateway.stop());

const md5 = (body: string | Buffer) => hash('md5', body, 'hex');
const head = (key: string) => client.succeed({ method: 'HEAD', target: keyPath(BUCKET, key) });
const latin1 = (text: string) => Buffer.from(text).toString('latin1');

async function refused(key: string, headers: Record<string, string>, [status, code]: [number, string]) {
  const error = await client.fail({ method: 'PUT', target: keyPath(BUCKET, key), body: 'new', headers }, status, code);
  return error;
}

describe('a stored object', () => {
  for (const size of [0, 1, 1024, 32_768, 32_769, 65_536, 1_048_577, 5_000_000]) {
    test(`of ${size} bytes reads back whole, its ETag the MD5`, async () => {
      const body = Buffer.alloc(size, 'abcdefghijk');
      const key = `size/${size}`;
      const stored = await client.put(BUCKET, key, { body });
      assert.equal(stored.status, 200);
      assert.equal(stored.body.byteLength, 0);
      assert.equal(stored.headers.get('etag'), `"${md5(body)}"`);
      const read = await client.succeed({ target: keyPath(BUCKET, key) });
      assert.ok(read.body.equals(body));
      assert.equal(read.headers.get('etag'), `"${md5(body)}"`);
      assert.equal(read.headers.get('content-length'), String(size));
    });
  }

  test('is replaced whole: bytes, metadata and content headers', async () => {
    const key = 'replaced';
    await client.put(BUCKET, key, {
      body: 'the first and longer one',
      headers: { 'x-amz-meta-one': '1', 'content-type': 'text/one', 'cache-control': 'no-cache' },
    });
    await client.put(BUCKET, key, { body: 'second', headers: { 'x-amz-meta-two': '2' } });
    const read = await client.succeed({ target: keyPath(BUCKET, key) });
    assert.equal(read.body.toString(), 'second');
    assert.equal(read.headers.get('x-amz-meta-two'), '2');
    assert.equal(read.headers.get('x-amz-meta-one'), undefined);
    assert.equal(read.headers.get('cache-control'), undefined);
    assert.equal(read.headers.get('content-type'), 'binary/octet-stream');
  });

  test('may be replaced by an empty one, and that by one in a file', async () => {
    for (const body of ['some', '', Buffer.alloc(100_000, 1), '', 'again']) {
      await client.put(BUCKET, 'swings', { body });
      assert.equal(await client.read(BUCKET, 'swings'), Buffer.from(body).toString());
    }
  });
});

describe('metadata', () => {
  for (const [name, value] of [
    ['plain', 'mymeta'],
    ['empty', ''],
    ['unicode', latin1('Hello World\u00e9 سلام 😀')],
    ['spaces', 'a  b'],
    ['punctuation', `!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~`],
    ['encoded-word', '=?UTF-8?B?w6k=?='],
    ['not-utf-8', '\u00ff\u00fe'],
    ['tab', 'a\tb'],
  ] as const) {
    test(`of ${name} comes back as it was sent`, async () => {
      const key = `meta/${name}`;
      const request = { method: 'PUT', target: keyPath(BUCKET, key), body: 'x', payload: 'UNSIGNED-PAYLOAD' };
      await client.succeed({ ...request, headers: { 'x-amz-meta-value': value } });
      assert.equal((await head(key)).headers.get('x-amz-meta-value'), value);
    });
  }

  test('names come back in lower case', async () => {
    await gateway.fetchSigned(keyPath(BUCKET, 'meta/case'), {
      method: 'PUT',
      headers: { 'X-Amz-Meta-MixedCase': 'Kept As It Is' },
      body: 'x',
    });
    assert.equal((await head('meta/case')).headers.get('x-amz-meta-mixedcase'), 'Kept As It Is');
  });

  test('of 2 KiB is taken, and of a byte more is MetadataTooLarge', async () => {
    const value = 'v'.repeat(2048 - 'value'.length);
    await client.put(BUCKET, 'meta/limit', { headers: { 'x-amz-meta-value': value } });
    assert.equal((await head('meta/limit')).headers.get('x-amz-meta-value'), value);
    const error = await refused('meta/over', { 'x-amz-meta-value': `${value}v` }, [400, 'MetadataTooLarge']);
    assert.deepEqual([textOf(error, 'Size'), textOf(error, 'MaxSizeAllowed')], ['2049', '2048']);
    assert.equal(await client.read(BUCKET, 'meta/over'), undefined);
  });

  test('is measured over all names and values, in bytes of UTF-8', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [
        `x-amz-meta-${String(index).padStart(2, '0')}`,
        latin1('é'.repeat(50)),
      ]),
    );
    await client.put(BUCKET, 'meta/many', { headers: { ...many, 'x-amz-meta-08b': 'x'.repeat(5) } });
    await refused('meta/many', { ...many, 'x-amz-meta-08b': 'x'.repeat(6) }, [400, 'MetadataTooLarge']);
  });

  test('may be named like what JavaScript inherits', async () => {
    const headers = { 'x-amz-meta-__proto__': 'a', 'x-amz-meta-constructor': 'b' };
    await client.put(BUCKET, 'meta/proto', { headers });
    const told = (await head('meta/proto')).headers;
    for (const [name, value] of Object.entries(headers)) assert.equal(told.get(name), value);
  });
});

describe('content headers', () => {
  const all = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'public, max-age=14400',
    'content-disposition': 'attachment; filename="a b.txt"',
    'content-encoding': 'gzip',
    'content-language': 'fa, en',
    expires: 'Wed, 21 Oct 2026 07:28:00 GMT',
  };

  test('come back with GET and HEAD', async () => {
    await client.put(BUCKET, 'headers/all', { body: 'x', headers: all });
    for (const method of ['GET', 'HEAD']) {
      const reply = await client.succeed({ method, target: keyPath(BUCKET, 'headers/all') });
      for (const [name, value] of Object.entries(all)) assert.equal(reply.headers.get(name), value);
    }
  });

  for (const [what, value, expected] of [
    ['empty', '', 'binary/octet-stream'],
    ['text/plain', 'text/plain', 'text/plain'],
    ['garbage', 'no type at all; =;"', 'no type at all; =;"'],
    ['application/json', 'application/json', 'application/json'],
    ['a form', 'multipart/form-data', 'multipart/form-data'],
  ] as const) {
    test(`content-type: ${what} is kept and never obeyed`, async () => {
      const key = `headers/type-${what}`;
      await client.put(BUCKET, key, { body: '{', headers: { 'content-type': value } });
      assert.equal((await head(key)).headers.get('content-type'), expected);
      assert.equal(await client.read(BUCKET, key), '{');
    });
  }

  test('an Expires that is no date is kept as it is', async () => {
    await client.put(BUCKET, 'headers/expires', { headers: { expires: 'one day' } });
    assert.equal((await head('headers/expires')).headers.get('expires'), 'one day');
  });

  for (const [value, expected] of [
    ['aws-chunked', undefined],
    ['aws-chunked,gzip', 'gzip'],
    ['gzip, aws-chunked', 'gzip'],
    ['gzip, br', 'gzip, br'],
  ] as const) {
    test(`content-encoding: ${value} is stored as ${expected ?? 'none'}`, async () => {
      await client.put(BUCKET, 'headers/coding', { headers: { 'content-encoding': value } });
      assert.equal((await head('headers/coding')).headers.get('content-encoding'), expected);
    });
  }
});

describe('headers that ask for what the gateway does not do', () => {
  for (const [header, value, status, code] of [
    ['x-amz-acl', 'public-read', 400, 'AccessControlListNotSupported'],
    ['x-amz-grant-full-control', 'id=abc', 400, 'AccessControlListNotSupported'],
    ['x-amz-server-side-encryption', 'aws:kms:dsse', 501, 'NotImplemented'],
    ['x-amz-copy-source-server-side-encryption-customer-algorithm', 'AES256', 501, 'NotImplemented'],
    ['x-amz-storage-class', 'GLACIER', 400, 'InvalidStorageClass'],
    ['x-amz-storage-class', 'STANDARD_IA', 400, 'InvalidStorageClass'],
    ['x-amz-storage-class', 'CHEAP', 400, 'InvalidStorageClass'],
    ['x-amz-storage-class', 'standard', 400, 'InvalidStorageClass'],
    ['x-amz-storage-class', '', 400, 'InvalidStorageClass'],
    ['x-amz-website-redirect-location', '/elsewhere', 501, 'NotImplemented'],
    ['x-amz-write-offset-bytes', '10', 501, 'NotImplemented'],
    ['if-unmodified-since', 'Wed, 21 Oct 2015 07:28:00 GMT', 501, 'NotImplemented'],
  ] as const) {
    test(`${header}: ${value} is ${code} and stores nothing`, async () => {
      await refused('unsupported', { [header]: value }, [status, code]);
      assert.equal(await client.read(BUCKET, 'unsupported'), undefined);
    });
  }

  test('x-amz-storage-class: STANDARD asks for what is', async () => {
    await client.put(BUCKET, 'standard', { headers: { 'x-amz-storage-class': 'STANDARD' } });
  });

  test('x-amz-expected-bucket-owner is compared', async () => {
    const { id } = await gateway.services.accounts.get('root');
    await client.put(BUCKET, 'owner', { headers: { 'x-amz-expected-bucket-owner': id } });
    await refused('owner', { 'x-amz-expected-bucket-owner': '111122223333' }, [403, 'AccessDenied']);
  });
});

describe('conditional writes', () => {
  const etag = `"${md5('old')}"`;

  test('If-None-Match: * stores where there is nothing', async () => {
    await client.put(BUCKET, 'if/absent', { body: 'new', headers: { 'if-none-match': '*' } });
    const error = await refused('if/absent', { 'if-none-match': '*' }, [412, 'PreconditionFailed']);
    assert.equal(textOf(error, 'Condition'), 'If-None-Match');
  });

  test('If-None-Match: * is refused where there is something, and keeps it', async () => {
    await client.put(BUCKET, 'if/there', { body: 'old' });
    await refused('if/there', { 'if-none-match': '*' }, [412, 'PreconditionFailed']);
    assert.equal(await client.read(BUCKET, 'if/there'), 'old');
  });

  for (const value of [etag, etag.slice(1, -1), '*', `  ${etag}  `]) {
    test(`If-Match: ${value} replaces what has that tag`, async () => {
      await client.put(BUCKET, 'if/match', { body: 'old' });
      await client.put(BUCKET, 'if/match', { body: 'new', headers: { 'if-match': value } });
      assert.equal(await client.read(BUCKET, 'if/match'), 'new');
    });
  }

  test('If-Match of another tag is refused and keeps the object', async () => {
    await client.put(BUCKET, 'if/other', { body: 'old' });
    const error = await refused('if/other', { 'if-match': `"${md5('else')}"` }, [412, 'PreconditionFailed']);
    assert.equal(textOf(error, 'Condition'), 'If-Match');
    assert.equal(await client.read(BUCKET, 'if/other'), 'old');
  });

  for (const value of [etag, '*']) {
    test(`If-Match: ${value} on a key that is missing is NoSuchKey`, async () => {
      await refused('if/missing', { 'if-match': value }, [404, 'NoSuchKey']);
      assert.equal(await client.read(BUCKET, 'if/missing'), undefined);
    });
  }

  for (const headers of [
    { 'if-none-match': etag },
    { 'if-match': `${etag}, "other"` },
    { 'if-match': `W/${etag}` },
    { 'if-match': '' },
    { 'if-none-match': '' },
    { 'if-match': etag, 'if-none-match': '*' },
  ] as Record<string, string>[]) {
    test(`${JSON.stringify(headers)} is 501, as S3 answers, and changes nothing`, async () => {
      await client.put(BUCKET, 'if/odd', { body: 'old' });
      await refused('if/odd', headers, [501, 'NotImplemented']);
      assert.equal(await client.read(BUCKET, 'if/odd'), 'old');
    });
  }

  for (const size of [10, 100_000]) {
    test(`of twenty writers of ${size} bytes with If-None-Match: * exactly one wins`, async () => {
      for (let round = 0; round < 3; round += 1) {
        const key = `race/${size}/${round}`;
        const bodies = Array.from({ length: 20 }, (_, index) => String.fromCharCode(97 + index).repeat(size));
        const headers = { 'if-none-match': '*' };
        const replies = await Promise.all(
          bodies.map((body) => client.send({ method: 'PUT', target: keyPath(BUCKET, key), body, headers })),
        );
        const statuses = replies.map(({ status }) => status);
        assert.deepEqual([...statuses].sort(), [200, ...Array(19).fill(412)]);
        assert.equal(await client.read(BUCKET, key), bodies[statuses.indexOf(200)]);
      }
    });
  }

  test('of twenty writers with If-Match of one tag exactly one wins', async () => {
    await client.put(BUCKET, 'race/match', { body: 'old' });
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        client.send({
          method: 'PUT',
          target: keyPath(BUCKET, 'race/match'),
          body: `new ${index}`,
          headers: { 'if-match': etag },
        }),
      ),
    );
    assert.deepEqual(replies.map(({ status }) => status).sort(), [200, ...Array(19).fill(412)]);
  });
});

describe('keys', () => {
  const odd = [
    ' ',
    ' leading and trailing ',
    '+',
    '%',
    '%41',
    '%zz',
    'a+b c%20d',
    '.',
    '..',
    './a',
    '../a',
    'a/../../b',
    'a/./b',
    '/',
    '//',
    '/leading',
    'trailing/',
    'a//b',
    'a///',
    '\\',
    'a\\..\\b',
    '?',
    '#',
    'a?b=c&d#e',
    '&<>"\'',
    '\t',
    '\n',
    '\r\n',
    '\u0001',
    '\u007f',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\ufffe',
    '\uffff',
    'é',
    'e\u0301',
    'سلام/دنیا',
    '日本語',
    '😀',
    '👨‍👩‍👧‍👦',
    '\u{10ffff}',
    '~!@$^*()_=-[]{}|;:,`',
    'CON',
    'soap',
    'uploads',
    '__proto__',
    'constructor',
    'x'.repeat(255),
    'y'.repeat(1024),
    `${'a/'.repeat(511)}aa`,
    'é'.repeat(512),
    '😀'.repeat(256),
  ];
  test('of every odd kind name an object of their own', async () => {
    await client.createBucket('odd-keys');
    for (const key of odd) await client.put('odd-keys', key, { body: `body of ${key}` });
    for (const key of odd) assert.equal(await client.read('odd-keys', key), `body of ${key}`, JSON.stringify(key));
    const page = await listPage(client, 'odd-keys', { 'encoding-type': 'url' });
    const inOrder = [...odd].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(page.keys.map(decodeURIComponent), inOrder);
    for (const key of odd) await client.succeed({ method: 'DELETE', target: keyPath('odd-keys', key) });
    await client.succeed({ method: 'DELETE', target: '/odd-keys' });
  });

  for (const [what, key] of [
    ['1025 bytes', 'x'.repeat(1025)],
    ['1025 bytes in 513 characters', `${'é'.repeat(512)}x`],
    ['4000 bytes', 'z'.repeat(4000)],
  ] as const) {
    test(`of ${what} are too long for any operation`, async () => {
      const target = keyPath(BUCKET, key);
      const error = await client.fail({ method: 'PUT', target, body: 'x' }, 400, 'KeyTooLongError');
      assert.equal(textOf(error, 'Size'), String(Buffer.byteLength(key)));
      assert.equal(textOf(error, 'MaxSizeAllowed'), '1024');
      await client.fail({ target }, 400, 'KeyTooLongError');
      await client.fail({ method: 'DELETE', target }, 400, 'KeyTooLongError');
    });
  }

  for (const [what, target, code] of [
    ['half an escape', '/box/%4', 'InvalidURI'],
    ['no escape at all', '/box/%zz', 'InvalidURI'],
    ['a percent sign alone', '/box/100%', 'InvalidURI'],
    ['octets that are not UTF-8', '/box/%FF', 'InvalidURI'],
    ['an overlong encoding', '/box/%C0%AF', 'InvalidURI'],
    ['a surrogate', '/box/%ED%A0%80', 'InvalidURI'],
    ['a bucket that is not UTF-8', '/%FF/key', 'InvalidURI'],
    ['NUL', '/box/a%00b', 'InvalidArgument'],
  ] as const) {
    for (const method of ['PUT', 'GET', 'DELETE']) {
      test(`of ${what} are ${code} for ${method}`, async () => {
        await client.fail({ method, target, ...(method === 'PUT' ? { body: 'x' } : {}) }, 400, code);
      });
    }
  }

  test('a slash behind the bucket alone names the bucket', async () => {
    await client.fail({ method: 'PUT', target: '/box/', body: '' }, 409, 'BucketAlreadyOwnedByYou');
  });
});

test('an object in a bucket that is not there is NoSuchBucket', async () => {
  await client.fail({ method: 'PUT', target: '/nowhere/key', body: 'x' }, 404, 'NoSuchBucket');
});
