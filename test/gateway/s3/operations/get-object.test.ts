import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { textOf } from '../../../support/strict-xml.ts';
import type { WireReply } from '../../../support/wire.ts';
import { keyPath, queryOf } from '../../../support/wire-request.ts';

const BUCKET = 'reading';
const TEXT = 'abcdefghijklmnopqrstuvwxyz';
const ETAG = `"${hash('md5', TEXT, 'hex')}"`;
const OTHER = `"${'0'.repeat(32)}"`;
const LARGE = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
const LARGE_SUM = hash('sha256', LARGE, 'base64');

let gateway: TestGateway;
let client: Conversation;
/** Whole seconds, as headers have them. */
let modifiedAt: number;

before(async () => {
  gateway = await startGateway();
  client = new Conversation(gateway);
  await client.createBucket(BUCKET);
  await client.put(BUCKET, 'text', { body: TEXT, headers: { 'x-amz-meta-a': 'b', 'content-type': 'text/plain' } });
  await client.put(BUCKET, 'empty');
  await client.put(BUCKET, 'large', { body: LARGE, headers: { 'x-amz-checksum-sha256': LARGE_SUM } });
  modifiedAt = Date.parse((await get('text')).headers.get('last-modified') ?? '');
});
after(() => gateway.stop());

const get = (key: string, headers: Record<string, string> = {}, query: Record<string, string> = {}) =>
  client.send({ target: keyPath(BUCKET, key) + queryOf(query), headers });
const head = (key: string, headers: Record<string, string> = {}, query: Record<string, string> = {}) =>
  client.send({ method: 'HEAD', target: keyPath(BUCKET, key) + queryOf(query), headers });
const httpDate = (offsetSeconds: number) => new Date(modifiedAt + offsetSeconds * 1000).toUTCString();

/** What HEAD must tell as GET does: everything but what is of the one exchange. */
function headersOf({ headers }: WireReply): Record<string, string> {
  const own = ['date', 'x-amz-request-id', 'connection', 'keep-alive'];
  return Object.fromEntries([...headers].filter(([name]) => !own.includes(name)).sort());
}

describe('ranges', () => {
  for (const [range, expected, from] of [
    ['bytes=0-0', 'a', 0],
    ['bytes=4-7', 'efgh', 4],
    ['bytes=0-', TEXT, 0],
    ['bytes=20-', 'uvwxyz', 20],
    ['bytes=25-25', 'z', 25],
    ['bytes=-1', 'z', 25],
    ['bytes=-7', 'tuvwxyz', 19],
    ['bytes=-26', TEXT, 0],
    ['bytes=-9999', TEXT, 0],
    ['bytes=24-9999', 'yz', 24],
    ['bytes=24-99999999999999999999999999', 'yz', 24],
    ['bytes= 4-7', 'efgh', 4],
    ['BYTES=4-7', 'efgh', 4],
    ['bytes=004-007', 'efgh', 4],
  ] as const) {
    test(`${range} gives ${expected}`, async () => {
      const reply = await get('text', { range });
      assert.equal(reply.status, 206);
      assert.equal(reply.body.toString(), expected);
      assert.equal(reply.headers.get('content-range'), `bytes ${from}-${from + expected.length - 1}/26`);
      assert.equal(reply.headers.get('content-length'), String(expected.length));
      assert.equal(reply.headers.get('etag'), ETAG);
      assert.equal(reply.headers.get('accept-ranges'), 'bytes');
      const told = await head('text', { range });
      assert.equal(told.status, 206);
      assert.deepEqual(headersOf(told), headersOf(reply));
    });
  }

  for (const range of [
    'bytes=0-1,3-4',
    'bytes=0-1, -1',
    'bytes=7-4',
    'bytes=a-b',
    'bytes=-',
    'bytes=',
    'bytes',
    'bytes=1',
    'bytes=--1',
    'bytes=1-2-3',
    'lines=0-1',
    '0-1',
    '',
    'bytes=0x1-0x2',
    'bytes=1.0-2',
  ]) {
    test(`${JSON.stringify(range)} is none, and the whole is given`, async () => {
      const reply = await get('text', { range });
      assert.deepEqual([reply.status, reply.body.toString()], [200, TEXT]);
      assert.equal(reply.headers.get('content-range'), undefined);
    });
  }

  for (const [key, range, size] of [
    ['text', 'bytes=26-', 26],
    ['text', 'bytes=40-50', 26],
    ['text', 'bytes=99999999999999999999-', 26],
    ['text', 'bytes=-0', 26],
    ['empty', 'bytes=0-', 0],
    ['empty', 'bytes=0-0', 0],
    ['empty', 'bytes=40-50', 0],
  ] as const) {
    test(`${range} of ${key} cannot be satisfied`, async () => {
      const target = keyPath(BUCKET, key);
      const reply = await client.send({ target, headers: { range } });
      assert.equal(reply.headers.get('content-range'), `bytes */${size}`);
      const error = await client.fail({ target, headers: { range } }, 416, 'InvalidRange');
      assert.equal(textOf(error, 'RangeRequested'), range);
      assert.equal(textOf(error, 'ActualObjectSize'), String(size));
      assert.equal((await head(key, { range })).status, 416);
    });
  }

  test('of a large object give just their bytes', async () => {
    for (const [start, end] of [
      [0, 0],
      [0, 65_535],
      [65_535, 65_536],
      [1, 299_998],
      [299_999, 299_999],
      [100_000, 262_144],
    ] as const) {
      const reply = await get('large', { range: `bytes=${start}-${end}` });
      assert.equal(reply.status, 206);
      assert.ok(reply.body.equals(LARGE.subarray(start, end + 1)), `${start}-${end}`);
    }
    const suffix = await get('large', { range: 'bytes=-70000' });
    assert.ok(suffix.body.equals(LARGE.subarray(-70_000)));
  });

  test('of an empty object a suffix is the whole', async () => {
    assert.deepEqual([(await get('empty', { range: 'bytes=-5' })).status], [200]);
  });

  test('are obeyed under If-Range while the object is the same, and else the whole is given', async () => {
    const range = 'bytes=0-3';
    for (const [value, expected] of [
      [ETAG, 'abcd'],
      [OTHER, TEXT],
      [`W/${ETAG}`, TEXT],
      [httpDate(0), 'abcd'],
      [httpDate(-10), TEXT],
      [httpDate(10), TEXT],
      ['garbage', TEXT],
    ] as const) {
      const reply = await get('text', { range, 'if-range': value });
      assert.deepEqual([reply.status, reply.body.toString()], [expected === TEXT ? 200 : 206, expected], value);
    }
    assert.equal((await get('text', { range: 'bytes=40-', 'if-range': OTHER })).status, 200);
  });
});

describe('conditions', () => {
  /** The status of each; `|` reads "and". In the order of RFC 9110 section 13.2.2. */
  const cases: readonly (readonly [what: string, headers: () => Record<string, string>, status: number])[] = [
    ['If-Match of the tag', () => ({ 'if-match': ETAG }), 200],
    ['If-Match of the tag without quotes', () => ({ 'if-match': ETAG.slice(1, -1) }), 200],
    ['If-Match of one of many', () => ({ 'if-match': `${OTHER}, ${ETAG}` }), 200],
    ['If-Match: *', () => ({ 'if-match': '*' }), 200],
    ['If-Match of another', () => ({ 'if-match': OTHER }), 412],
    ['If-Match of the tag as a weak one', () => ({ 'if-match': `W/${ETAG}` }), 412],
    ['If-None-Match of the tag', () => ({ 'if-none-match': ETAG }), 304],
    ['If-None-Match of the tag as a weak one', () => ({ 'if-none-match': `W/${ETAG}` }), 304],
    ['If-None-Match of one of many', () => ({ 'if-none-match': `${OTHER}, ${ETAG}` }), 304],
    ['If-None-Match: *', () => ({ 'if-none-match': '*' }), 304],
    ['If-None-Match of another', () => ({ 'if-none-match': OTHER }), 200],
    ['If-Modified-Since before', () => ({ 'if-modified-since': httpDate(-1) }), 200],
    ['If-Modified-Since at the time', () => ({ 'if-modified-since': httpDate(0) }), 304],
    ['If-Modified-Since after', () => ({ 'if-modified-since': httpDate(10) }), 304],
    ['If-Modified-Since of no date', () => ({ 'if-modified-since': 'yesterday' }), 200],
    ['If-Unmodified-Since before', () => ({ 'if-unmodified-since': httpDate(-1) }), 412],
    ['If-Unmodified-Since at the time', () => ({ 'if-unmodified-since': httpDate(0) }), 200],
    ['If-Unmodified-Since after', () => ({ 'if-unmodified-since': httpDate(10) }), 200],
    ['If-Unmodified-Since of no date', () => ({ 'if-unmodified-since': 'tomorrow' }), 200],
    [
      'If-Match that holds | If-Unmodified-Since that does not',
      () => ({ 'if-match': ETAG, 'if-unmodified-since': httpDate(-10) }),
      200,
    ],
    [
      'If-Match that does not hold | If-Unmodified-Since that does',
      () => ({ 'if-match': OTHER, 'if-unmodified-since': httpDate(10) }),
      412,
    ],
    [
      'If-None-Match that does not hold | If-Modified-Since that does',
      () => ({ 'if-none-match': ETAG, 'if-modified-since': httpDate(-10) }),
      304,
    ],
    [
      'If-None-Match that holds | If-Modified-Since that does not',
      () => ({ 'if-none-match': OTHER, 'if-modified-since': httpDate(10) }),
      200,
    ],
    ['If-Match that holds | If-None-Match that does not', () => ({ 'if-match': ETAG, 'if-none-match': ETAG }), 304],
    ['If-Match that does not hold | If-None-Match', () => ({ 'if-match': OTHER, 'if-none-match': ETAG }), 412],
    [
      'If-Unmodified-Since that does not hold | If-None-Match that does not',
      () => ({ 'if-unmodified-since': httpDate(-10), 'if-none-match': ETAG }),
      412,
    ],
    [
      'If-Unmodified-Since that holds | If-Modified-Since that does not',
      () => ({ 'if-unmodified-since': httpDate(0), 'if-modified-since': httpDate(0) }),
      304,
    ],
  ];
  for (const [what, headers, status] of cases) {
    test(`${what} is ${status}`, async () => {
      const reply = await get('text', headers());
      assert.equal(reply.status, status);
      if (status === 200) assert.equal(reply.body.toString(), TEXT);
      if (status === 304) {
        assert.equal(reply.body.byteLength, 0);
        assert.equal(reply.headers.get('etag'), ETAG);
        assert.equal(reply.headers.get('last-modified'), httpDate(0));
      }
      if (status === 412) {
        await client.fail({ target: keyPath(BUCKET, 'text'), headers: headers() }, 412, 'PreconditionFailed');
      }
      assert.equal((await head('text', headers())).status, status);
    });
  }

  test('are decided before the range', async () => {
    assert.equal((await get('text', { range: 'bytes=40-', 'if-match': OTHER })).status, 412);
    assert.equal((await get('text', { range: 'bytes=40-', 'if-none-match': ETAG })).status, 304);
    assert.equal((await get('text', { range: 'bytes=0-1', 'if-match': ETAG })).status, 206);
  });

  test('do not matter where there is nothing', async () => {
    for (const headers of [{ 'if-match': '*' }, { 'if-none-match': '*' }] as Record<string, string>[]) {
      await client.fail({ target: keyPath(BUCKET, 'missing'), headers }, 404, 'NoSuchKey');
    }
  });
});

describe('response-* parameters', () => {
  const all = {
    'response-cache-control': 'no-store',
    'response-content-disposition': 'attachment; filename="über.txt"',
    'response-content-encoding': 'x-none',
    'response-content-language': 'fa',
    'response-content-type': 'foo/bar; a=b',
    'response-expires': 'Thu, 01 Dec 2094 16:00:00 GMT',
  };

  test('replace the stored headers for one reply', async () => {
    for (const reply of [await get('text', {}, all), await head('text', {}, all)]) {
      assert.equal(reply.status, 200);
      for (const [name, value] of Object.entries(all)) {
        const told = Buffer.from(reply.headers.get(name.slice('response-'.length)) ?? '', 'latin1').toString();
        assert.equal(told, value);
      }
    }
    assert.equal((await get('text')).headers.get('content-type'), 'text/plain');
  });

  test('that are empty change nothing', async () => {
    const reply = await get('text', {}, { 'response-content-type': '' });
    assert.equal(reply.headers.get('content-type'), 'text/plain');
  });

  test('cannot add a header', async () => {
    for (const value of ['a\r\nx-injected: yes', 'a\nb', 'a\u0000b']) {
      const reply = await get('text', {}, { 'response-content-type': value });
      assert.equal(reply.status, 400);
      assert.equal(reply.headers.get('x-injected'), undefined);
    }
  });

  test('go with ranges and conditions', async () => {
    const query = { 'response-content-type': 'foo/bar' };
    const part = await get('text', { range: 'bytes=0-1' }, query);
    assert.deepEqual([part.status, part.headers.get('content-type')], [206, 'foo/bar']);
    assert.equal((await get('text', { 'if-none-match': ETAG }, query)).status, 304);
  });
});

describe('partNumber', () => {
  test('1 of an object that was not uploaded in parts is the whole of it', async () => {
    for (const key of ['text', 'large']) {
      const reply = await get(key, {}, { partNumber: '1' });
      assert.equal(reply.status, 206);
      const size = key === 'text' ? 26 : LARGE.byteLength;
      assert.equal(reply.headers.get('content-range'), `bytes 0-${size - 1}/${size}`);
      assert.deepEqual(headersOf(await head(key, {}, { partNumber: '1' })), headersOf(reply));
    }
  });

  test('of an empty object is the whole of it', async () => {
    const reply = await get('empty', {}, { partNumber: '1' });
    assert.deepEqual([reply.status, reply.body.byteLength], [200, 0]);
  });

  test('beyond the parts is InvalidPartNumber', async () => {
    const target = `${keyPath(BUCKET, 'text')}?partNumber=2`;
    const error = await client.fail({ target }, 416, 'InvalidPartNumber');
    assert.equal(textOf(error, 'PartNumberRequested'), '2');
    assert.equal(textOf(error, 'ActualPartCount'), '1');
    assert.equal((await client.send({ method: 'HEAD', target })).status, 416);
  });

  for (const value of ['0', '-1', '10001', 'one', '', '1.5']) {
    test(`of ${JSON.stringify(value)} is InvalidArgument`, async () => {
      await client.fail({ target: `${keyPath(BUCKET, 'text')}?partNumber=${value}` }, 400, 'InvalidArgument');
    });
  }

  test('does not go with a range', async () => {
    const target = `${keyPath(BUCKET, 'text')}?partNumber=1`;
    await client.fail({ target, headers: { range: 'bytes=0-1' } }, 400, 'InvalidRequest');
  });
});

describe('checksums', () => {
  test('are told when they are asked for', async () => {
    for (const reply of [
      await get('large', { 'x-amz-checksum-mode': 'ENABLED' }),
      await head('large', { 'x-amz-checksum-mode': 'enabled' }),
    ]) {
      assert.equal(reply.headers.get('x-amz-checksum-sha256'), LARGE_SUM);
      assert.equal(reply.headers.get('x-amz-checksum-type'), 'FULL_OBJECT');
    }
    assert.equal((await get('large')).headers.get('x-amz-checksum-sha256'), undefined);
  });

  test('of the whole are not told with a part', async () => {
    const reply = await get('large', { 'x-amz-checksum-mode': 'ENABLED', range: 'bytes=0-1' });
    assert.deepEqual([reply.status, reply.headers.get('x-amz-checksum-sha256')], [206, undefined]);
  });
});

test('HEAD tells what GET tells, without the body', async () => {
  for (const key of ['text', 'empty', 'large']) {
    const [full, told] = [await get(key), await head(key)];
    assert.deepEqual([told.status, told.body.byteLength], [200, 0]);
    assert.deepEqual(headersOf(told), headersOf(full));
  }
});

test('a key that is missing is NoSuchKey with the key', async () => {
  const error = await client.fail({ target: keyPath(BUCKET, 'not here') }, 404, 'NoSuchKey');
  assert.equal(textOf(error, 'Key'), 'not here');
  assert.equal(textOf(error, 'Resource'), '/reading/not%20here');
});

test('a key that is part of another one, or longer, is missing', async () => {
  for (const key of ['tex', 'text/', 'Text', 'text ', '/text']) assert.equal(await client.read(BUCKET, key), undefined);
});

test('an object under way to a reader stays whole when it is replaced or deleted', async () => {
  await client.put(BUCKET, 'moving', { body: LARGE });
  const reading = Array.from({ length: 10 }, () => get('moving'));
  await Promise.all([client.put(BUCKET, 'moving', { body: 'other' }), ...reading]);
  for (const reply of await Promise.all(reading)) {
    assert.ok(reply.body.equals(LARGE) || reply.body.toString() === 'other', `${reply.status}`);
  }
});

test('headers of encryption are refused where they do not belong', async () => {
  const target = keyPath(BUCKET, 'text');
  for (const [name, value] of [
    ['x-amz-server-side-encryption-customer-algorithm', 'AES256'],
    ['x-amz-server-side-encryption', 'AES256'],
  ] as const) {
    await client.fail({ target, headers: { [name]: value } }, 400, 'InvalidArgument');
  }
  const ofCopies = { 'x-amz-copy-source-server-side-encryption-customer-algorithm': 'AES256' };
  await client.fail({ target, headers: ofCopies }, 501, 'NotImplemented');
});
