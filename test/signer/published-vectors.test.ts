import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ChunkDecoder, parseClaim } from '../../signer/index.ts';
import {
  ACCESS_KEY,
  CHUNKED_BODY,
  CHUNKED_EXAMPLE,
  PRESIGNED_EXAMPLE,
  SINGLE_CHUNK_EXAMPLES,
  TIMESTAMP,
  TRAILER_CHUNKS,
  TRAILER_EXAMPLE,
  TRAILER_FIELD,
  TRAILER_SIGNATURE,
  verifyExample,
} from './vectors.ts';

describe('The signatures that the S3 API Reference publishes', () => {
  for (const [name, request] of Object.entries(SINGLE_CHUNK_EXAMPLES)) {
    it(`verifies the example ${name}`, () => {
      assert.match(verifyExample(request).seedSignature, /^[0-9a-f]{64}$/);
    });
  }

  it('verifies the presigned example and reads its claim', () => {
    verifyExample(PRESIGNED_EXAMPLE);
    const claim = parseClaim(PRESIGNED_EXAMPLE);
    assert.equal(claim?.kind, 'query');
    assert.equal(claim?.accessKey, ACCESS_KEY);
    assert.equal(claim?.timestamp, TIMESTAMP);
    assert.equal(claim?.expiresInSeconds, 86_400);
    assert.deepEqual(claim?.payload, { kind: 'unsigned' });
  });

  it('verifies the chunked upload example, seed and chunks', () => {
    const signature = verifyExample(CHUNKED_EXAMPLE);
    assert.deepEqual(signature.claim.payload, { kind: 'chunked', signed: true, trailer: false });
    const decoder = new ChunkDecoder({ decodedLength: 66_560, signature, trailer: false, declaredTrailers: [] });
    assert.equal(Buffer.concat(decoder.push(CHUNKED_BODY)).toString(), 'a'.repeat(66_560));
    assert.equal(decoder.end().size, 0);
    assert.equal(CHUNKED_BODY.length, 66_824);
  });

  it('verifies the trailing checksum example, seed, chunks and trailer', () => {
    const signature = verifyExample(TRAILER_EXAMPLE);
    assert.deepEqual(signature.claim.payload, { kind: 'chunked', signed: true, trailer: true });
    const declaredTrailers = ['x-amz-checksum-crc32c'];
    const decoder = new ChunkDecoder({ decodedLength: 66_560, signature, trailer: true, declaredTrailers });
    const trailer = `${TRAILER_FIELD}\n\r\nx-amz-trailer-signature:${TRAILER_SIGNATURE}\r\n\r\n`;
    const body = Buffer.concat([TRAILER_CHUNKS, Buffer.from(trailer)]);
    assert.equal(Buffer.concat(decoder.push(body)).length, 66_560);
    assert.deepEqual([...decoder.end()], [['x-amz-checksum-crc32c', 'sOO8/Q==']]);
  });
});
