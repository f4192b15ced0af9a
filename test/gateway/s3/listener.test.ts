import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { Conversation } from '../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { parseStrictXml, textOf } from '../../support/strict-xml.ts';
import { assertFailure, Wire, type WireReply, xmlOf } from '../../support/wire.ts';
import { prepare, type WireRequest } from '../../support/wire-request.ts';

const BUCKET = 'lobby';
const LARGE = randomBytes(300_000);

let gateway: TestGateway;
let client: Conversation;

before(async () => {
  gateway = await startGateway();
  client = new Conversation(gateway);
  await client.createBucket(BUCKET);
  await client.put(BUCKET, 'there', { body: 'content' });
});
after(() => gateway.stop());

/** Head and body of a signed request. */
function signed(request: WireRequest): { head: string; body: Buffer } {
  return prepare(gateway.s3Url, { credentials: gateway, ...request });
}

const GET = { target: `/${BUCKET}/there` };

/** Runs a conversation on one connection. */
async function onWire(act: (wire: Wire) => Promise<void>): Promise<void> {
  const wire = await Wire.open(gateway.s3Url);
  try {
    await act(wire);
  } finally {
    wire.close();
  }
}

describe('Expect: 100-continue', () => {
  const expecting = (request: WireRequest) =>
    signed({ method: 'PUT', body: LARGE, ...request, unsignedHeaders: { expect: '100-continue' } });

  test('is told to go on once the request may be, and the body is stored', () =>
    onWire(async (wire) => {
      const { head, body } = expecting({ target: `/${BUCKET}/continued` });
      wire.send(head);
      assert.equal((await wire.reply()).status, 100);
      assert.ok(await wire.isSilentFor(50));
      const reply = await wire.send(body).reply();
      assert.equal(reply.status, 200);
      assert.notEqual(reply.headers.get('connection'), 'close');
      assert.equal((await wire.send(signed({ target: `/${BUCKET}/continued` }).head).reply()).body.equals(LARGE), true);
    }));

  for (const [what, request, status, code] of [
    ['without a signature', { target: `/${BUCKET}/x`, credentials: undefined }, 403, 'AccessDenied'],
    [
      'with a wrong one',
      { target: `/${BUCKET}/x`, credentials: { accessKey: 'ROOTACCESSKEY', secretKey: 'not the secret' } },
      403,
      'SignatureDoesNotMatch',
    ],
    ['to a bucket that is not there', { target: '/nowhere/x' }, 404, 'NoSuchBucket'],
    [
      'with a header that is not supported',
      { target: `/${BUCKET}/x`, headers: { 'x-amz-website-redirect-location': '/' } },
      501,
      'NotImplemented',
    ],
    ['of a digest that cannot be', { target: `/${BUCKET}/x`, headers: { 'content-md5': 'x' } }, 400, 'InvalidDigest'],
  ] as const) {
    test(`${what} is refused before the body, and the connection ends`, () =>
      onWire(async (wire) => {
        const reply = await wire.send(expecting(request).head).reply();
        assertFailure(reply, { status, code });
        assert.equal(reply.headers.get('connection'), 'close');
        assert.equal((await wire.untilClosed()).byteLength, 0);
        assert.equal(await client.read(BUCKET, 'x'), undefined);
      }));
  }

  test('of a body that never comes stores nothing', () =>
    onWire(async (wire) => {
      wire.send(expecting({ target: `/${BUCKET}/never` }).head);
      assert.equal((await wire.reply()).status, 100);
      wire.drop();
      await sleep(50);
      assert.equal(await client.read(BUCKET, 'never'), undefined);
    }));

  test('where there is no body gets its reply alone', () =>
    onWire(async (wire) => {
      const { head } = signed({ ...GET, unsignedHeaders: { expect: '100-continue' } });
      assert.deepEqual((await wire.send(head).reply()).body.toString(), 'content');
    }));

  test('of something else is not minded', () =>
    onWire(async (wire) => {
      const { head } = signed({ ...GET, unsignedHeaders: { expect: 'the-unexpected' } });
      assert.equal((await wire.send(head).reply()).status, 200);
    }));
});

describe('a connection', () => {
  test('carries many requests', () =>
    onWire(async (wire) => {
      for (let count = 0; count < 20; count += 1) {
        assert.equal((await wire.send(signed(GET).head).reply()).body.toString(), 'content');
      }
    }));

  test('takes pipelined requests in order, each seeing what those before it did', () =>
    onWire(async (wire) => {
      const target = `/${BUCKET}/pipelined`;
      const requests: WireRequest[] = [
        { target },
        { method: 'PUT', target, body: LARGE },
        { target },
        { method: 'PUT', target, body: 'second' },
        { target },
        { method: 'DELETE', target },
        { target },
        GET,
      ];
      const octets = requests.flatMap((request) => {
        const { head, body } = signed(request);
        return [Buffer.from(head), body];
      });
      wire.send(Buffer.concat(octets));
      const replies: WireReply[] = [];
      for (const _ of requests) replies.push(await wire.reply());
      assert.deepEqual(
        replies.map(({ status }) => status),
        [404, 200, 200, 200, 200, 204, 404, 200],
      );
      assert.ok(replies[2]?.body.equals(LARGE));
      assert.equal(replies[4]?.body.toString(), 'second');
    }));

  test('stays in step after an error whose body was not read', () =>
    onWire(async (wire) => {
      for (const request of [
        { method: 'PUT', target: '/nowhere/x', body: LARGE },
        { method: 'PUT', target: `/${BUCKET}/x`, body: LARGE, credentials: undefined },
        { method: 'PUT', target: `/${BUCKET}/x?acl`, body: LARGE },
        { method: 'PATCH', target: `/${BUCKET}/x`, body: LARGE },
        { method: 'PUT', target: `/${BUCKET}/${'x'.repeat(1025)}`, body: LARGE },
        { method: 'PUT', target: `/${BUCKET}/x`, body: LARGE, payload: '0'.repeat(64) },
        { method: 'DELETE', target: `/${BUCKET}/x`, body: LARGE },
        { method: 'GET', target: `/${BUCKET}/there`, body: LARGE },
      ] as const) {
        const { head, body } = signed(request);
        const reply = await wire.send(head, body).reply();
        assert.equal(reply.headers.get('connection') === 'close', false, request.target);
        assert.equal((await wire.send(signed(GET).head).reply()).body.toString(), 'content');
      }
    }));

  test('ends when the client says so', () =>
    onWire(async (wire) => {
      const { head } = signed({ ...GET, unsignedHeaders: { connection: 'close' } });
      const reply = await wire.send(head).reply();
      assert.deepEqual([reply.status, reply.headers.get('connection')], [200, 'close']);
      await wire.untilClosed();
    }));

  test('of HTTP/1.0 gets its reply and ends', () =>
    onWire(async (wire) => {
      const head = signed(GET).head.replace('HTTP/1.1', 'HTTP/1.0');
      const reply = await wire.send(head).reply();
      assert.deepEqual([reply.status, reply.body.toString()], [200, 'content']);
      assert.equal((await wire.untilClosed()).byteLength, 0);
    }));

  test('that asks for another protocol stays with this one', () =>
    onWire(async (wire) => {
      const unsignedHeaders = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };
      assert.equal((await wire.send(signed({ ...GET, unsignedHeaders }).head).reply()).status, 200);
    }));

  test('that the client drops at any moment harms nobody', async () => {
    const { head, body } = signed({ method: 'PUT', target: `/${BUCKET}/dropped`, body: LARGE });
    const [getHead, getLarge] = [signed(GET).head, signed({ target: `/${BUCKET}/large` }).head];
    await client.put(BUCKET, 'large', { body: LARGE });
    for (let round = 0; round < 60; round += 1) {
      const wire = await Wire.open(gateway.s3Url);
      const octets = [getHead, getLarge, head, getHead.repeat(5), head.slice(0, 50)][round % 5] ?? '';
      wire.send(octets);
      if (round % 5 === 2) wire.send(body.subarray(0, round * 1000));
      // Before the gateway has seen it, while it works on it, or while it answers.
      if (round % 3 === 1) await sleep(round % 4);
      if (round % 2 === 0) wire.drop();
      else wire.close();
    }
    await sleep(100);
    assert.equal(await client.read(BUCKET, 'there'), 'content');
    assert.equal(await client.read(BUCKET, 'dropped'), undefined);
  });
});

describe('what is not a request of S3', () => {
  for (const method of ['PATCH', 'TRACE', 'PROPFIND', 'MKCOL', 'LOCK', 'PURGE', 'QUERY', 'FROBNICATE', 'get']) {
    for (const target of ['/', `/${BUCKET}`, `/${BUCKET}/there`]) {
      test(`${method} ${target} is MethodNotAllowed`, () =>
        onWire(async (wire) => {
          const reply = await wire.send(`${method} ${target} HTTP/1.1\r\nHost: a\r\n\r\n`).reply();
          assertFailure(reply, { status: 405, code: 'MethodNotAllowed' });
        }));
    }
  }

  test('CONNECT is MethodNotAllowed', () =>
    onWire(async (wire) => {
      const reply = await wire.send('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n').reply();
      assertFailure(reply, { status: 405, code: 'MethodNotAllowed' });
      await wire.untilClosed();
    }));

  test('MethodNotAllowed tells what is allowed', () =>
    onWire(async (wire) => {
      const reply = await wire.send(`PATCH /${BUCKET}/there HTTP/1.1\r\nHost: a\r\n\r\n`).reply();
      const allowed = (reply.headers.get('allow') ?? '').split(', ').sort();
      assert.deepEqual(allowed, ['DELETE', 'GET', 'HEAD', 'POST', 'PUT']);
    }));

  for (const [what, octets] of [
    ['garbage', 'garbage\r\n\r\n'],
    ['a version that is not', 'GET / HTTP/9.9\r\nHost: a\r\n\r\n'],
    ['a TLS handshake', Buffer.from('16030100a5010000a10303', 'hex')],
    ['a header without a name', 'GET / HTTP/1.1\r\nHost: a\r\n: value\r\n\r\n'],
    ['a header with a space in its name', 'GET / HTTP/1.1\r\nHost: a\r\nbad name: value\r\n\r\n'],
    ['a header with NUL', 'GET / HTTP/1.1\r\nHost: a\r\nx-a: \u0000\r\n\r\n'],
    ['a bad chunk', 'PUT /a/b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n'],
    ['an unknown transfer coding', 'PUT /a/b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: rot13\r\n\r\n'],
    ['no Host header', 'GET / HTTP/1.1\r\n\r\n'],
  ] as const) {
    test(`${what} is BadRequest in XML`, () =>
      onWire(async (wire) => {
        assertFailure(await wire.send(octets).reply(), { status: 400, code: 'BadRequest' });
      }));
  }

  for (const [what, head] of [
    ['headers', `GET / HTTP/1.1\r\nHost: a\r\nx-long: ${'x'.repeat(40_000)}\r\n\r\n`],
    ['a path', `GET /${'x'.repeat(40_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['a query', `GET /a?${'x'.repeat(40_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['many headers', `GET / HTTP/1.1\r\nHost: a\r\n${'x-a: 1\r\n'.repeat(20_000)}\r\n`],
  ] as const) {
    test(`more than there may be of ${what} is RequestHeaderSectionTooLarge, and the connection ends`, () =>
      onWire(async (wire) => {
        const reply = await wire.send(head).reply();
        assertFailure(reply, { status: 400, code: 'RequestHeaderSectionTooLarge' });
        await wire.untilClosed();
      }));
  }

  test('a long query that is still within bounds is read', async () => {
    const prefix = 'p'.repeat(20_000);
    const xml = await client.get(`/${BUCKET}`, { 'list-type': '2', prefix });
    assert.equal(textOf(xml, 'Prefix'), prefix);
  });

  test('garbage behind a request does not take its reply', () =>
    onWire(async (wire) => {
      wire.send(`${signed(GET).head}GARBAGE\r\n\r\n`);
      const replies = await wire.reply().catch(() => undefined);
      if (replies !== undefined) assert.equal(replies.status, 200);
      await wire.untilClosed();
    }));
});

describe('every reply', () => {
  test('names its request, once each', async () => {
    const ids = new Set<string>();
    for (const request of [
      GET,
      { target: '/' },
      { target: '/nowhere' },
      { method: 'DELETE', target: `/${BUCKET}/x` },
    ]) {
      const { headers } = await client.send(request);
      ids.add(headers.get('x-amz-request-id') ?? '');
      assert.ok(headers.get('x-amz-id-2'));
      assert.ok(headers.get('date'));
      assert.equal(headers.get('x-powered-by'), undefined);
    }
    assert.equal(ids.size, 4);
  });

  test('to HEAD has no body, whatever it says', () =>
    onWire(async (wire) => {
      for (const target of ['/', '/nowhere', `/${BUCKET}`, `/${BUCKET}/there`, `/${BUCKET}/none`, '/%zz', '/a?acl']) {
        await wire.send(signed({ method: 'HEAD', target }).head).reply({ isHead: true });
      }
      assert.equal((await wire.send(signed(GET).head).reply()).body.toString(), 'content');
    }));

  test('that is an error names the resource', async () => {
    for (const target of [`/${BUCKET}/none`, '/nowhere', '/']) {
      const reply = await client.send({ method: target === '/' ? 'PATCH' : 'GET', target });
      assert.equal(textOf(xmlOf(reply), 'Resource'), target);
    }
  });
});

describe('silence', () => {
  let impatient: TestGateway;
  before(async () => {
    impatient = await startGateway({ GATEHOUSE_IDLE_TIMEOUT: '1' });
    await new Conversation(impatient).createBucket(BUCKET);
  });
  after(() => impatient.stop());

  for (const size of [100, 300_000]) {
    test(`in the middle of a body of ${size} bytes is RequestTimeout and stores nothing`, async () => {
      const target = `/${BUCKET}/silent`;
      const request = { method: 'PUT', target, body: Buffer.alloc(size), credentials: impatient };
      const { head, body } = prepare(impatient.s3Url, request);
      const wire = await Wire.open(impatient.s3Url);
      const reply = await wire.send(head, body.subarray(0, size / 2)).reply();
      assertFailure(reply, { status: 400, code: 'RequestTimeout' });
      assert.equal(reply.headers.get('connection'), 'close');
      await wire.untilClosed();
      assert.equal(await new Conversation(impatient).read(BUCKET, 'silent'), undefined);
    });
  }

  test('before a request ends the connection', async () => {
    const wire = await Wire.open(impatient.s3Url);
    await wire.untilClosed();
  });

  test('in the middle of a head ends the connection', async () => {
    const wire = await Wire.open(impatient.s3Url);
    await wire.send('GET / HTTP/1.1\r\nHost').untilClosed();
  });

  test('is not what a slow client keeps', async () => {
    const request = { method: 'PUT', target: `/${BUCKET}/slow`, body: 'slow but sure', credentials: impatient };
    const { head, body } = prepare(impatient.s3Url, request);
    const wire = await Wire.open(impatient.s3Url);
    wire.send(head);
    for (let at = 0; at < body.byteLength; at += 3) {
      await sleep(400);
      wire.send(body.subarray(at, at + 3));
    }
    assert.equal((await wire.reply()).status, 200);
    wire.close();
  });
});

test('a gateway that closes finishes what is under way and says that it closes', async () => {
  const closing = await startGateway();
  await new Conversation(closing).createBucket(BUCKET);
  const request = { method: 'PUT', target: `/${BUCKET}/last`, body: LARGE, credentials: closing };
  const { head, body } = prepare(closing.s3Url, request);
  const wire = await Wire.open(closing.s3Url);
  wire.send(head, body.subarray(0, 1000));
  await sleep(100);
  const stopped = closing.stop();
  await sleep(50);
  wire.send(body.subarray(1000));
  assert.equal((await wire.reply()).status, 200);
  wire.close();
  await stopped;
});

describe('anything at all', () => {
  const methods = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'COPY'];
  const headerNames = [
    'x-amz-copy-source',
    'x-amz-copy-source-range',
    'x-amz-acl',
    'x-amz-meta-a',
    'x-amz-checksum-crc32',
    'x-amz-checksum-mode',
    'x-amz-sdk-checksum-algorithm',
    'x-amz-trailer',
    'x-amz-decoded-content-length',
    'x-amz-metadata-directive',
    'x-amz-object-attributes',
    'x-amz-max-parts',
    'range',
    'if-match',
    'if-none-match',
    'if-modified-since',
    'content-md5',
    'content-type',
    'content-encoding',
    'expect',
    'origin',
    'x-forwarded-host',
  ];
  const parameters = [
    'list-type',
    'prefix',
    'delimiter',
    'marker',
    'max-keys',
    'continuation-token',
    'encoding-type',
    'uploads',
    'uploadId',
    'partNumber',
    'delete',
    'location',
    'acl',
    'versionId',
    'attributes',
    'response-content-type',
    'X-Amz-Signature',
    'X-Amz-Expires',
    'AWSAccessKeyId',
  ];
  const values = ['', '*', '0', '-1', '2', 'url', 'STANDARD', 'bytes=0-1', '"abc"', 'lobby/there', '/lobby/there', '%'];
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  const latin1 = fc.oneof(
    fc.constantFrom(...values),
    text.map((value) =>
      Buffer.from(value)
        .toString('latin1')
        .replace(/[^\t\x20-\x7e\x80-\xff]/g, ''),
    ),
  );
  const rawTarget = fc.oneof(
    fc.constantFrom(
      '/',
      `/${BUCKET}`,
      `/${BUCKET}/`,
      `/${BUCKET}/there`,
      `/${BUCKET}/%zz`,
      '//',
      '/%00',
      '*',
      '/a//b/..',
    ),
    text.map((value) => `/${BUCKET}/${encodeURIComponent(value)}`),
    text.map((value) => `/${encodeURIComponent(value)}`),
    fc.string({ maxLength: 30 }).map((value) => `/${value.replace(/[^\x21-\x7e]/g, '')}`),
  );
  const query = fc.array(fc.tuple(fc.constantFrom(...parameters), fc.oneof(fc.constantFrom(...values), text)), {
    maxLength: 4,
  });
  const request = fc.record({
    method: fc.constantFrom(...methods),
    path: rawTarget,
    query: query.map((pairs) => pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')),
    headers: fc.dictionary(fc.constantFrom(...headerNames), latin1, { maxKeys: 4 }),
    body: fc.oneof(
      fc.constant(''),
      text,
      fc.constantFrom('<Delete><Object><Key>a</Key></Object></Delete>', '<CreateBucketConfiguration/>', '<a><b>'),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    ),
    isSigned: fc.boolean(),
  });

  test('is never answered 500, and with well-formed XML or nothing', async () => {
    await fc.assert(
      fc.asyncProperty(request, async ({ method, path, query: pairs, headers, body, isSigned }) => {
        const target = pairs === '' ? path : `${path}?${pairs}`;
        const reply = await client.send({
          method,
          target,
          headers,
          body,
          ...(isSigned ? {} : { credentials: undefined }),
          unsignedHeaders: { connection: 'close' },
        });
        const final = reply.status === 100 ? undefined : reply;
        if (final === undefined) return;
        assert.notEqual(final.status, 500, `${method} ${target} ${final.body}`);
        assert.ok(final.headers.get('x-amz-request-id'));
        const document = final.body.toString();
        if (document === '' || final.status < 300) return;
        const error = parseStrictXml(document);
        assert.equal(error.name, 'Error');
        assert.doesNotMatch(document, /\.ts:|\.js:|node:internal/);
      }),
      { seed: 20_240_607, numRuns: 600 },
    );
  });
});
