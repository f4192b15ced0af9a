import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { CHECKSUM_ALGORITHMS, checksumOf } from '../../../gateway/services/checksums.ts';
import { chunked } from '../../support/chunked.ts';
import { Conversation } from '../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { textOf } from '../../support/strict-xml.ts';
import { assertFailure, Wire } from '../../support/wire.ts';
import { prepare, type WireRequest } from '../../support/wire-request.ts';

const BUCKET = 'bodies';
const SMALL = 'a small body';
/** Beyond what is kept inline, and more than one read of the socket. */
const LARGE = Buffer.alloc(200_000, 'large body ');
const BODIES = [
  ['small', SMALL],
  ['large', LARGE],
] as const;
/** Beyond what is hashed on the main thread. */
const HUGE = Buffer.alloc(1_500_000, 'huge body ');
/** "123456789" by the published check values of each algorithm. */
const CHECK_VALUES = {
  CRC32: 'y/Q5Jg==',
  CRC32C: '4waSgw==',
  CRC64NVME: 'rosUhgp5mIg=',
  MD5: 'JfnnlDI7RTiF9RgfG2JNCw==',
  SHA1: '98O8HYCOBHMq32eZZczDTKeuNEE=',
  SHA256: 'FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=',
  SHA512: '2eZ2LdHI6vbWGzxhkvxAjU1tXxF20MKRabwk5xw/J0rSf81YEbMT1oH35V7ALXPUmclUVba1u1A6z1dPuo/+hQ==',
  XXHASH128: 'MxGUd+3l3NXpcWQnaB1YYA==',
  XXHASH3: 'ctyxi2ehff8=',
  XXHASH64: 'jLhB20DmroM=',
} as const;

let gateway: TestGateway;
let client: Conversation;
let keys = 0;

before(async () => {
  gateway = await startGateway();
  client = new Conversation(gateway);
  await client.createBucket(BUCKET);
});
after(() => gateway.stop());

type Upload = Omit<WireRequest, 'method' | 'target'>;

async function stores(request: Upload, expected: string | Buffer) {
  keys += 1;
  const target = `/${BUCKET}/${keys}`;
  const reply = await client.succeed({ ...request, method: 'PUT', target });
  const read = await client.succeed({ target, headers: { 'x-amz-checksum-mode': 'ENABLED' } });
  assert.ok(read.body.equals(Buffer.from(expected)));
  assert.equal(read.headers.get('content-encoding'), undefined);
  return { reply, read };
}

/** Asserts the error, and that neither a missing nor a present key has changed. */
async function refuses(request: Upload, status: number, code: string) {
  keys += 1;
  const target = `/${BUCKET}/${keys}`;
  const error = await client.fail({ ...request, method: 'PUT', target }, status, code);
  assert.equal(await client.read(BUCKET, String(keys)), undefined);
  await client.put(BUCKET, String(keys), { body: 'before' });
  await client.fail({ ...request, method: 'PUT', target }, status, code);
  assert.equal(await client.read(BUCKET, String(keys)), 'before');
  return error;
}

describe('Content-MD5', () => {
  test('that agrees is taken', async () => {
    for (const [, body] of BODIES)
      await stores({ body, headers: { 'content-md5': hash('md5', body, 'base64') } }, body);
  });

  for (const [what, value] of [
    ['empty', ''],
    ['short', 'YWJyYWNhZGFicmE='],
    ['no base64', '!!!!!!!!!!!!!!!!!!!!!!=='],
    ['hexadecimal', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['without padding', '1B2M2Y8AsgTpgAmY7PhCfg'],
  ] as const) {
    test(`that is ${what} is InvalidDigest`, async () => {
      await refuses({ body: SMALL, headers: { 'content-md5': value } }, 400, 'InvalidDigest');
    });
  }

  for (const [size, body] of BODIES) {
    test(`of other bytes than a ${size} body is BadDigest`, async () => {
      const headers = { 'content-md5': 'rL0Y20xC+Fzt72VPzMSk2A==' };
      const error = await refuses({ body, headers }, 400, 'BadDigest');
      assert.equal(textOf(error, 'ExpectedDigest'), 'rL0Y20xC+Fzt72VPzMSk2A==');
      assert.equal(textOf(error, 'CalculatedDigest'), hash('md5', body, 'base64'));
    });
  }
});

describe('x-amz-content-sha256', () => {
  for (const [size, body] of BODIES) {
    test(`of other bytes than a ${size} body is XAmzContentSHA256Mismatch`, async () => {
      const payload = hash('sha256', 'other', 'hex');
      const error = await refuses({ body, payload }, 400, 'XAmzContentSHA256Mismatch');
      assert.equal(textOf(error, 'ClientComputedContentSHA256'), payload);
      assert.equal(textOf(error, 'S3ComputedContentSHA256'), hash('sha256', body, 'hex'));
    });
  }

  test('of UNSIGNED-PAYLOAD promises nothing', async () => {
    for (const [, body] of BODIES) await stores({ body, payload: 'UNSIGNED-PAYLOAD' }, body);
  });

  for (const payload of ['', 'unsigned-payload', 'deadbeef', 'STREAMING-SOMETHING', 'g'.repeat(64)]) {
    test(`of ${JSON.stringify(payload)} is InvalidArgument`, async () => {
      await refuses({ body: SMALL, payload }, 400, 'InvalidArgument');
    });
  }

  test('of a V4A stream is 501', async () => {
    await refuses({ body: SMALL, payload: 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD' }, 501, 'NotImplemented');
  });
});

describe('checksums', () => {
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const header = `x-amz-checksum-${algorithm.toLowerCase()}`;

    test(`${algorithm} in a header is verified, stored and told`, async () => {
      const headers = { [header]: CHECK_VALUES[algorithm], 'x-amz-sdk-checksum-algorithm': algorithm };
      const { reply, read } = await stores({ body: '123456789', headers }, '123456789');
      for (const told of [reply, read]) {
        assert.equal(told.headers.get(header), CHECK_VALUES[algorithm]);
        assert.equal(told.headers.get('x-amz-checksum-type'), 'FULL_OBJECT');
      }
    });

    for (const signed of [true, false]) {
      test(`${algorithm} in the trailer of ${signed ? 'a signed' : 'an unsigned'} stream as well`, async () => {
        for (const [, body] of BODIES) {
          const value = checksumOf(algorithm, Buffer.from(body)).toString('base64');
          const request = chunked({ chunks: [body], signed, trailers: { [header]: value } });
          const { reply, read } = await stores(request, body);
          for (const told of [reply, read]) assert.equal(told.headers.get(header), value);
        }
      });

      test(`${algorithm} of other bytes in the trailer of ${signed ? 'a signed' : 'an unsigned'} stream is BadDigest`, async () => {
        for (const [, body] of BODIES) {
          const trailers = { [header]: checksumOf(algorithm, Buffer.from('other')).toString('base64') };
          await refuses(chunked({ chunks: [body], signed, trailers }), 400, 'BadDigest');
        }
      });
    }

    test(`${algorithm} of a body that is hashed beside the main thread as well`, async () => {
      const value = checksumOf(algorithm, HUGE).toString('base64');
      await stores({ body: HUGE, headers: { [header]: value } }, HUGE);
      await stores(chunked({ chunks: [HUGE], signed: true, trailers: { [header]: value } }), HUGE);
    });

    test(`${algorithm} of other bytes in a header is BadDigest`, async () => {
      for (const body of [SMALL, LARGE, HUGE]) {
        const headers = { [header]: checksumOf(algorithm, Buffer.from('other')).toString('base64') };
        await refuses({ body, headers }, 400, 'BadDigest');
      }
    });

    const value = CHECK_VALUES[algorithm];
    for (const spoilt of ['', 'bad', 'AAAA', `${value}=`, '!!!!!!!!', `${value}-1`]) {
      test(`${algorithm} of ${JSON.stringify(spoilt)} is InvalidRequest`, async () => {
        const error = await refuses({ body: '123456789', headers: { [header]: spoilt } }, 400, 'InvalidRequest');
        assert.equal(textOf(error, 'Message'), `Value for ${header} header is invalid.`);
      });
    }

    test(`${algorithm} that is announced must come, and may not be another`, async () => {
      const announced = { 'x-amz-sdk-checksum-algorithm': algorithm };
      const missing = await refuses({ body: '123456789', headers: announced }, 400, 'InvalidRequest');
      assert.match(
        textOf(missing, 'Message') ?? '',
        /specified, but no corresponding x-amz-checksum-\* or x-amz-trailer/,
      );
      const other = algorithm === 'CRC32' ? 'CRC32C' : 'CRC32';
      const headers = { ...announced, [`x-amz-checksum-${other.toLowerCase()}`]: CHECK_VALUES[other] };
      const error = await refuses({ body: '123456789', headers }, 400, 'InvalidRequest');
      assert.equal(textOf(error, 'Message'), 'Value for x-amz-sdk-checksum-algorithm header is invalid.');
    });
  }

  test('in a trailer that is no checksum at all are refused', async () => {
    const request = chunked({ chunks: [SMALL], signed: false, trailers: { 'x-amz-checksum-crc32': 'nonsense' } });
    await refuses(request, 400, 'InvalidRequest');
  });

  test('may not be two, in headers or in a header and a trailer', async () => {
    const headers = { 'x-amz-checksum-crc32': 'y/Q5Jg==', 'x-amz-checksum-sha1': CHECK_VALUES.SHA1 };
    await refuses({ body: '123456789', headers }, 400, 'InvalidRequest');
    const both = chunked({ chunks: ['123456789'], signed: false, trailers: { 'x-amz-checksum-crc32': 'y/Q5Jg==' } });
    const more = { ...both.headers, 'x-amz-checksum-sha1': CHECK_VALUES.SHA1 };
    await refuses({ ...both, headers: more }, 400, 'InvalidRequest');
    const trailers = { 'x-amz-checksum-crc32': 'y/Q5Jg==', 'x-amz-checksum-sha1': CHECK_VALUES.SHA1 };
    await refuses(chunked({ chunks: ['123456789'], signed: true, trailers }), 400, 'InvalidRequest');
  });

  test('of an algorithm that the gateway has not are refused, not ignored', async () => {
    await refuses({ body: SMALL, headers: { 'x-amz-checksum-sha384': 'AAAA' } }, 501, 'NotImplemented');
    await refuses({ body: SMALL, headers: { 'x-amz-checksum-md4': 'AAAA' } }, 501, 'NotImplemented');
    const trailers = { 'x-amz-checksum-xxhash32': 'AAAAAA==' };
    await refuses(chunked({ chunks: [SMALL], signed: false, trailers }), 400, 'InvalidRequest');
    const announced = { 'x-amz-sdk-checksum-algorithm': 'MD4', 'x-amz-checksum-crc32': 'y/Q5Jg==' };
    await refuses({ body: '123456789', headers: announced }, 400, 'InvalidRequest');
  });

  test('agree beside an MD5, and each of them must', async () => {
    const body = '123456789';
    const headers = { 'x-amz-checksum-crc32c': CHECK_VALUES.CRC32C, 'content-md5': hash('md5', body, 'base64') };
    await stores({ body, headers }, body);
    await refuses({ body, headers: { ...headers, 'content-md5': hash('md5', 'other', 'base64') } }, 400, 'BadDigest');
    await refuses({ body, headers: { ...headers, 'x-amz-checksum-crc32c': 'AAAAAA==' } }, 400, 'BadDigest');
  });

  test('of MD5 are no Content-MD5: either may come, and what comes must agree', async () => {
    const [right, wrong] = [CHECK_VALUES.MD5, hash('md5', 'other', 'base64')];
    const both = (md5: string, checksum: string) => ({
      body: '123456789',
      headers: { 'content-md5': md5, 'x-amz-checksum-md5': checksum },
    });
    const { reply } = await stores(both(right, right), '123456789');
    assert.equal(reply.headers.get('x-amz-checksum-md5'), right);
    const only = await stores({ body: '123456789', headers: { 'content-md5': right } }, '123456789');
    assert.equal(only.read.headers.get('x-amz-checksum-md5'), undefined);
    await refuses(both(wrong, right), 400, 'BadDigest');
    const error = await refuses(both(right, wrong), 400, 'BadDigest');
    assert.equal(textOf(error, 'Message'), 'The MD5 you specified did not match the calculated checksum.');
  });
});

describe('aws-chunked', () => {
  for (const signed of [true, false]) {
    const name = signed ? 'signed' : 'unsigned';
    const trailers = { 'x-amz-checksum-crc32': checksumOf('CRC32', LARGE).toString('base64') };
    const sliced = Array.from({ length: 4 }, (_, index) => LARGE.subarray(index * 50_000, (index + 1) * 50_000));

    test(`${name} bodies come in any number of chunks`, async () => {
      await stores(chunked({ chunks: sliced, signed, trailers }), LARGE);
      const empty = { 'x-amz-checksum-crc32': 'AAAAAA==' };
      await stores(chunked({ chunks: [], signed, trailers: empty }), '');
      const letters = [...SMALL];
      const sum = { 'x-amz-checksum-crc32': checksumOf('CRC32', Buffer.from(SMALL)).toString('base64') };
      await stores(chunked({ chunks: letters, signed, trailers: sum }), SMALL);
    });

    test(`${name} bodies come over Transfer-Encoding: chunked, too`, async () => {
      const request = chunked({ chunks: sliced, signed, trailers });
      const body = (seed: Parameters<Extract<typeof request.body, (...args: never) => unknown>>[0]) => {
        const whole = typeof request.body === 'function' ? request.body(seed) : Buffer.alloc(0);
        return Buffer.concat([
          Buffer.from(`${whole.byteLength.toString(16)}\r\n`),
          whole,
          Buffer.from('\r\n0\r\n\r\n'),
        ]);
      };
      const unsignedHeaders = { 'transfer-encoding': 'chunked' };
      await stores({ ...request, body, withoutLength: true, unsignedHeaders }, LARGE);
    });

    for (const [what, alter, status, code] of [
      ['without its terminal chunk', (pieces: readonly Buffer[]) => pieces.slice(0, 3), 400, 'IncompleteBody'],
      [
        'cut short in a chunk',
        (pieces: readonly Buffer[]) => [pieces[0], pieces[1]?.subarray(1)],
        400,
        'IncompleteBody',
      ],
      ['cut short in a header', (pieces: readonly Buffer[]) => [pieces[0]?.subarray(0, 2)], 400, 'IncompleteBody'],
      ['without its declared trailer', (pieces: readonly Buffer[]) => pieces.slice(0, 4), 400, 'MalformedTrailerError'],
      [
        'with a trailer that was not declared',
        (pieces: readonly Buffer[]) => [...pieces.slice(0, 4), Buffer.from('x-amz-checksum-sha1:abc\r\n\r\n')],
        400,
        'MalformedTrailerError',
      ],
      [
        'with a chunk size that is none',
        (pieces: readonly Buffer[]) => [Buffer.from('xyz\r\n'), ...pieces.slice(1)],
        400,
        'IncompleteBody',
      ],
      [
        'with a negative chunk size',
        (pieces: readonly Buffer[]) => [Buffer.from('-5\r\n'), ...pieces.slice(1)],
        400,
        'IncompleteBody',
      ],
      ['with an endless header', () => [Buffer.alloc(100_000, '0')], 400, 'IncompleteBody'],
      ['with nothing in it', () => [], 400, 'IncompleteBody'],
    ] as const) {
      test(`a ${name} body ${what} is ${code} and stores nothing`, async () => {
        for (const [, body] of BODIES) {
          const sum = { 'x-amz-checksum-crc32': checksumOf('CRC32', Buffer.from(body)).toString('base64') };
          const spoil = (pieces: readonly Buffer[]) => alter(pieces).filter((piece) => piece !== undefined);
          await refuses(chunked({ chunks: [body], signed, trailers: sum, alter: spoil }), status, code);
        }
      });
    }

    for (const [what, change] of [
      ['more', 1],
      ['less', -1],
    ] as const) {
      test(`a ${name} body of ${what} than x-amz-decoded-content-length is IncompleteBody`, async () => {
        for (const [, body] of BODIES) {
          const sum = { 'x-amz-checksum-crc32': checksumOf('CRC32', Buffer.from(body)).toString('base64') };
          const decodedLength = String(Buffer.byteLength(body) - change);
          await refuses(chunked({ chunks: [body], signed, trailers: sum, decodedLength }), 400, 'IncompleteBody');
        }
      });
    }

    for (const decodedLength of ['-1', 'many', '', '1e3', '5368709121', '99999999999999999999']) {
      test(`a ${name} body of ${JSON.stringify(decodedLength)} bytes is refused`, async () => {
        const code = decodedLength === '5368709121' ? 'EntityTooLarge' : 'InvalidArgument';
        await refuses(chunked({ chunks: [SMALL], signed, trailers, decodedLength }), 400, code);
      });
    }

    test(`a ${name} body without x-amz-decoded-content-length is 411`, async () => {
      const request = chunked({ chunks: [SMALL], signed, trailers });
      const { 'x-amz-decoded-content-length': _, ...headers } = request.headers ?? {};
      await refuses({ ...request, headers }, 411, 'MissingContentLength');
    });
  }

  test('a signed body without a trailer is taken', async () => {
    for (const [, body] of BODIES) await stores(chunked({ chunks: [body], signed: true }), body);
  });

  const flip = (pieces: readonly Buffer[], index: number) =>
    pieces.map((piece, at) => {
      if (at !== index) return piece;
      const flipped = Buffer.from(piece);
      const last = flipped.byteLength - 3;
      flipped[last] = flipped[last] === 0x61 ? 0x62 : 0x61;
      return flipped;
    });
  for (const [what, index] of [
    ['the signature of the first chunk', 0],
    ['the data of the first chunk', 1],
    ['the signature of the second chunk', 3],
    ['the signature of the terminal chunk', 6],
    ['the signature of the trailer', 8],
    ['the trailer', 7],
  ] as const) {
    test(`a change of ${what} is SignatureDoesNotMatch and stores nothing`, async () => {
      for (const body of [Buffer.from(SMALL), LARGE]) {
        const half = body.byteLength / 2;
        const trailers = { 'x-amz-checksum-crc32': checksumOf('CRC32', body).toString('base64') };
        const chunks = [body.subarray(0, half), body.subarray(half)];
        const alter = (pieces: readonly Buffer[]) => flip(pieces, index);
        const error = await refuses(chunked({ chunks, signed: true, trailers, alter }), 403, 'SignatureDoesNotMatch');
        assert.match(textOf(error, 'StringToSign') ?? '', /^AWS4-HMAC-SHA256-(PAYLOAD|TRAILER)\n/);
      }
    });
  }

  test('two signed chunks that changed places are SignatureDoesNotMatch', async () => {
    const alter = (pieces: readonly Buffer[]) => [...pieces.slice(3, 6), ...pieces.slice(0, 3), ...pieces.slice(6)];
    await refuses(chunked({ chunks: ['one', 'two'], signed: true, alter }), 403, 'SignatureDoesNotMatch');
  });

  test('a small body in a flood of framing is refused before it has all come', async () => {
    const size = 64 * 1024 * 1024;
    const { head } = prepare(gateway.s3Url, {
      method: 'PUT',
      target: `/${BUCKET}/flood`,
      credentials: gateway,
      ...chunked({ chunks: ['x'], signed: false, trailers: {}, announced: 'x-amz-checksum-crc32' }),
      headers: {
        'content-length': String(size),
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': '1',
        'x-amz-trailer': 'x-amz-checksum-crc32',
      },
    });
    const wire = await Wire.open(gateway.s3Url);
    wire.send(head, Buffer.alloc(100_000, '1\r\n'));
    assertFailure(await wire.reply(), { status: 400, code: 'IncompleteBody' });
    wire.drop();
  });
});

describe('the length of a body', () => {
  test('must be told', async () => {
    await refuses({ withoutLength: true }, 411, 'MissingContentLength');
    const unsignedHeaders = { 'transfer-encoding': 'chunked' };
    const body = '5\r\nhello\r\n0\r\n\r\n';
    await refuses(
      { body, withoutLength: true, unsignedHeaders, payload: 'UNSIGNED-PAYLOAD' },
      411,
      'MissingContentLength',
    );
  });

  for (const value of ['-1', 'abc', '1.5', '0x10', '1e3', '']) {
    test(`of ${JSON.stringify(value)} is 400`, async () => {
      await refuses({ headers: { 'content-length': value }, payload: 'UNSIGNED-PAYLOAD' }, 400, 'BadRequest');
    });
  }

  test('that stands there twice, differently, or beside a transfer coding is 400', async () => {
    for (const lines of ['content-length: 1\r\ncontent-length: 2', 'content-length: 5\r\ntransfer-encoding: chunked']) {
      const wire = await Wire.open(gateway.s3Url);
      wire.send(`PUT /${BUCKET}/twice HTTP/1.1\r\nhost: a\r\n${lines}\r\n\r\n0\r\n\r\n`);
      assertFailure(await wire.reply(), { status: 400, code: 'BadRequest' });
      await wire.untilClosed();
    }
  });

  test('of more than 5 GiB is EntityTooLarge before a byte of it is sent', async () => {
    for (const size of [5 * 1024 ** 3 + 1, 2 ** 45]) {
      const { head } = prepare(gateway.s3Url, {
        method: 'PUT',
        target: `/${BUCKET}/too-large`,
        credentials: gateway,
        payload: 'UNSIGNED-PAYLOAD',
        headers: { 'content-length': String(size) },
      });
      const wire = await Wire.open(gateway.s3Url);
      wire.send(head);
      const error = assertFailure(await wire.reply(), { status: 400, code: 'EntityTooLarge' });
      assert.equal(textOf(error, 'ProposedSize'), String(size));
      assert.equal(textOf(error, 'MaxSizeAllowed'), String(5 * 1024 ** 3));
      wire.drop();
    }
  });

  test('of which a client that hangs up has sent less leaves nothing', async () => {
    for (const [size, body] of BODIES) {
      for (const end of ['close', 'drop'] as const) {
        const key = `hung-up-${size}-${end}`;
        await client.put(BUCKET, key, { body: 'before' });
        const request = { method: 'PUT', target: `/${BUCKET}/${key}`, credentials: gateway, body };
        const { head, body: octets } = prepare(gateway.s3Url, request);
        const wire = await Wire.open(gateway.s3Url);
        wire.send(head, octets.subarray(0, octets.byteLength - 1));
        await new Promise((resolve) => setTimeout(resolve, 50));
        wire[end]();
        await new Promise((resolve) => setTimeout(resolve, 50));
        assert.equal(await client.read(BUCKET, key), 'before');
      }
    }
  });
});
