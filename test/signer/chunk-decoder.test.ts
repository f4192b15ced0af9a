import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ChunkDecoder, SignatureError, type SignatureErrorCode } from '../../signer/index.ts';
import { encodeChunked, type TrailerStyle, verifiedSeed } from './chunk-encoder.ts';

const CHUNKS = [Buffer.from('first chunk'), randomBytes(300), Buffer.from('\r\n0;chunk-signature=\r\n')];
const DATA = Buffer.concat(CHUNKS);
const TRAILERS = { 'x-amz-checksum-crc32': 'AAAAAA==' };
const SEED = verifiedSeed({ kind: 'chunked', signed: true, trailer: true });

interface Mode {
  readonly signed: boolean;
  readonly trailer: boolean;
}

const MODES: Readonly<Record<string, Mode>> = {
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { signed: true, trailer: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { signed: true, trailer: true },
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { signed: false, trailer: true },
};

function decoderOf({ signed, trailer }: Mode, decodedLength = DATA.length): ChunkDecoder {
  const declaredTrailers = trailer ? Object.keys(TRAILERS) : [];
  return new ChunkDecoder({ decodedLength, trailer, declaredTrailers, ...(signed && { signature: SEED }) });
}

function encoded({ signed, trailer }: Mode, style?: TrailerStyle): Buffer {
  return encodeChunked({ chunks: CHUNKS, signed, ...(trailer && { trailers: TRAILERS }), ...(style && { style }) });
}

function decode(decoder: ChunkDecoder, pieces: readonly Buffer[]) {
  const data = Buffer.concat(pieces.flatMap((piece) => decoder.push(piece)));
  return { data, trailers: Object.fromEntries(decoder.end()) };
}

function split(body: Buffer, sizeBytes: number): Buffer[] {
  const count = Math.ceil(body.length / sizeBytes);
  return Array.from({ length: count }, (_, index) => body.subarray(index * sizeBytes, (index + 1) * sizeBytes));
}

function throwsCode(code: SignatureErrorCode, action: () => unknown): void {
  assert.throws(action, (error) => error instanceof SignatureError && error.code === code);
}

describe('ChunkDecoder', () => {
  for (const [name, mode] of Object.entries(MODES)) {
    const body = encoded(mode);

    it(`decodes ${name} in pieces of every size`, () => {
      for (let sizeBytes = 1; sizeBytes <= body.length; sizeBytes++) {
        const { data, trailers } = decode(decoderOf(mode), split(body, sizeBytes));
        assert.ok(data.equals(DATA), `pieces of ${sizeBytes}`);
        assert.deepEqual(trailers, mode.trailer ? TRAILERS : {});
      }
    });

    it(`refuses ${name} cut off at every byte before its last line is complete`, () => {
      // What follows the last line that proves something is at most its CRLF and one blank line.
      const lastLine = body.toString('latin1').trimEnd().length;
      const proven = mode.signed ? lastLine + (mode.trailer ? 0 : 2) : lastLine + 2;
      for (let length = 0; length < proven; length++) {
        assert.throws(() => decode(decoderOf(mode), [body.subarray(0, length)]), SignatureError, `${length} bytes`);
      }
    });

    it(`refuses ${name} with one byte more or less than x-amz-decoded-content-length`, () => {
      throwsCode('IncompleteBody', () => decode(decoderOf(mode, DATA.length - 1), [body]));
      throwsCode('IncompleteBody', () => decode(decoderOf(mode, DATA.length + 1), [body]));
    });

    it(`decodes ${name} of nothing`, () => {
      const empty = encodeChunked({ chunks: [], signed: mode.signed, ...(mode.trailer && { trailers: TRAILERS }) });
      assert.equal(decode(decoderOf(mode, 0), split(empty, 3)).data.length, 0);
    });

    it(`refuses bytes after the end of ${name}`, () => {
      assert.throws(() => decode(decoderOf(mode), [body, Buffer.from('0\r\n')]), SignatureError);
    });

    if (mode.signed) {
      it(`refuses ${name} when any byte of its data or framing is changed`, () => {
        const lastLine = body.toString('latin1').trimEnd().length;
        for (let at = 0; at < lastLine; at++) {
          const changed = Buffer.from(body);
          changed.writeUInt8(body.readUInt8(at) ^ 1, at);
          assert.throws(() => decode(decoderOf(mode), [changed]), SignatureError, `byte ${at}`);
        }
      });
    }
  }

  it('decodes any data in any chunks in any pieces', () => {
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 600 }), { maxLength: 6 });
    fc.assert(
      fc.property(
        pieces,
        fc.integer({ min: 1, max: 900 }),
        fc.constantFrom(...Object.values(MODES)),
        (chunks, size, mode) => {
          const buffers = chunks.map((chunk) => Buffer.from(chunk));
          const data = Buffer.concat(buffers);
          const trailers = mode.trailer ? { trailers: TRAILERS } : {};
          const body = encodeChunked({ chunks: buffers, signed: mode.signed, ...trailers });
          assert.ok(decode(decoderOf(mode, data.length), split(body, size)).data.equals(data));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('returns views of what was pushed, not copies', () => {
    const body = encoded({ signed: true, trailer: false });
    for (const slice of decoderOf({ signed: true, trailer: false }).push(body)) assert.equal(slice.buffer, body.buffer);
  });

  it('reports a wrong chunk signature at the push that ends the chunk, with what it signed', () => {
    const body = encoded({ signed: true, trailer: false });
    const end = body.indexOf('first chunk') + 'first chunk'.length;
    const forged = Buffer.from(body.subarray(0, end));
    forged.write('F', end - 11);
    const decoder = decoderOf({ signed: true, trailer: false });
    decoder.push(forged.subarray(0, end - 1));
    assert.throws(
      () => decoder.push(forged.subarray(end - 1)),
      (error) => {
        assert.ok(error instanceof SignatureError);
        assert.equal(error.code, 'SignatureDoesNotMatch');
        assert.match(error.detail.StringToSign ?? '', /^AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n/);
        assert.match(error.detail.SignatureProvided ?? '', /^[0-9a-f]{64}$/);
        return true;
      },
    );
  });

  it('refuses a chunk moved before another', () => {
    const [first, second] = [Buffer.from('one'), Buffer.from('two')];
    const body = encodeChunked({ chunks: [first, second], signed: true }).toString('latin1');
    const lines = body.split('\r\n');
    const swapped = [...lines.slice(2, 4), ...lines.slice(0, 2), ...lines.slice(4)].join('\r\n');
    throwsCode('SignatureDoesNotMatch', () =>
      decode(decoderOf({ signed: true, trailer: false }, 6), [Buffer.from(swapped, 'latin1')]),
    );
  });

  it('refuses signed chunks in an unsigned body and unsigned chunks in a signed one', () => {
    const [signed, unsigned] = [
      { signed: true, trailer: true },
      { signed: false, trailer: true },
    ];
    throwsCode('IncompleteBody', () => decode(decoderOf(unsigned), [encoded(signed)]));
    throwsCode('IncompleteBody', () => decode(decoderOf(signed), [encoded(unsigned)]));
  });

  for (const size of ['', 'g', '-1', ' 5', '0x5', '10000000000000', 'ffffffffffffffff', '1fffffffffffff']) {
    it(`refuses the chunk size "${size}"`, () => {
      const body = Buffer.from(`${size}\r\nhello\r\n0\r\n\r\n`);
      throwsCode('IncompleteBody', () => decode(decoderOf({ signed: false, trailer: true }, 5), [body]));
    });
  }

  it('refuses a chunk header that does not end, before it has taken a kilobyte', () => {
    const decoder = decoderOf({ signed: false, trailer: true });
    throwsCode('IncompleteBody', () => {
      for (let sent = 0; sent < 1024; sent += 16) decoder.push(Buffer.alloc(16, '0'));
    });
  });

  it('refuses a chunk that is longer than its header says', () => {
    const body = Buffer.from('5\r\nhello!\r\n0\r\n\r\n');
    throwsCode('IncompleteBody', () => decode(decoderOf({ signed: false, trailer: true }, 6), [body]));
  });
});

describe('The trailer of an aws-chunked body', () => {
  const STYLES: Readonly<Record<string, TrailerStyle>> = {
    'botocore, the AWS SDKs and the S3 API Reference': { afterField: '\r\n', end: '\r\n' },
    'clients without a final blank line': { afterField: '\r\n', end: '' },
    'minio-go': { afterField: '\n\r\n', end: '\r\n\r\n' },
    'clients with lone line feeds': { afterField: '\n', end: '\n' },
  };

  for (const [client, style] of Object.entries(STYLES)) {
    for (const signed of [true, false]) {
      it(`is read as ${client} frame it, ${signed ? 'signed' : 'unsigned'}`, () => {
        const mode = { signed, trailer: true };
        assert.deepEqual(decode(decoderOf(mode), split(encoded(mode, style), 7)).trailers, TRAILERS);
      });
    }
  }

  it('is read when a blank line separates it from the terminal chunk', () => {
    const body = Buffer.from('5\r\nhello\r\n0\r\n\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n');
    assert.deepEqual(decode(decoderOf({ signed: false, trailer: true }, 5), [body]).trailers, TRAILERS);
  });

  it('may lack the line end after its signature', () => {
    const body = encoded({ signed: true, trailer: true }).toString('latin1').trimEnd();
    const pieces = [Buffer.from(body, 'latin1')];
    assert.deepEqual(decode(decoderOf({ signed: true, trailer: true }), pieces).trailers, TRAILERS);
  });

  it('may have several fields, signed in the order of their names', () => {
    const trailers = { 'x-amz-meta-z': '1', 'x-amz-checksum-crc32': 'AAAAAA==' };
    const declaredTrailers = ['X-Amz-Meta-Z', ' x-amz-checksum-crc32'];
    const decoder = new ChunkDecoder({ decodedLength: 1, signature: SEED, trailer: true, declaredTrailers });
    const body = encodeChunked({ chunks: [Buffer.from('a')], signed: true, trailers });
    assert.deepEqual(decode(decoder, [body]).trailers, trailers);
  });

  it('may be empty when nothing was declared', () => {
    for (const declaredTrailers of [[], ['']]) {
      const decoder = new ChunkDecoder({ decodedLength: 5, trailer: true, declaredTrailers });
      assert.deepEqual(decode(decoder, [Buffer.from('5\r\nhello\r\n0\r\n\r\n')]).trailers, {});
    }
  });

  const unsignedTail = (tail: string) => () =>
    decode(decoderOf({ signed: false, trailer: true }, 5), [Buffer.from(`5\r\nhello\r\n0\r\n${tail}`)]);

  it('must have the declared field', () => throwsCode('MalformedTrailerError', unsignedTail('\r\n')));
  it('must not have a field that was not declared', () =>
    throwsCode('MalformedTrailerError', unsignedTail('x-amz-checksum-crc32:AAAAAA==\r\nx-amz-acl:private\r\n\r\n')));
  it('must not have a field twice', () =>
    throwsCode(
      'MalformedTrailerError',
      unsignedTail('x-amz-checksum-crc32:AAAAAA==\r\nX-Amz-Checksum-Crc32:BA==\r\n'),
    ));
  it('must have fields and nothing else', () => throwsCode('MalformedTrailerError', unsignedTail('no field\r\n')));
  it('must end its last field', () =>
    throwsCode('MalformedTrailerError', unsignedTail('x-amz-checksum-crc32:AAAAAA==')));
  it('must not be longer than 8 KiB', () =>
    throwsCode('MalformedTrailerError', unsignedTail(`x-amz-checksum-crc32:${'A'.repeat(8192)}\r\n`)));
  it('must not be an endless run of blank lines', () =>
    throwsCode('MalformedTrailerError', unsignedTail('\r\n'.repeat(5000))));

  it('must be signed in a signed body', () => {
    const body = encoded({ signed: true, trailer: true }).toString('latin1');
    const unsealed = Buffer.from(body.replace(/x-amz-trailer-signature:.*\r\n/, ''), 'latin1');
    throwsCode('MalformedTrailerError', () => decode(decoderOf({ signed: true, trailer: true }), [unsealed]));
  });

  it('must not have fields after its signature', () => {
    const body = encoded(
      { signed: true, trailer: true },
      { afterField: '\r\n', end: 'x-amz-checksum-crc32:BAAAAA==\r\n' },
    );
    throwsCode('MalformedTrailerError', () => decode(decoderOf({ signed: true, trailer: true }), [body]));
  });

  it('must have the signature of its own value', () => {
    const body = encoded({ signed: true, trailer: true }).toString('latin1').replace('AAAAAA==', 'AAAAAQ==');
    throwsCode('SignatureDoesNotMatch', () =>
      decode(decoderOf({ signed: true, trailer: true }), [Buffer.from(body, 'latin1')]),
    );
  });
});
