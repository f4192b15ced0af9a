import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, checksumOf } from '../../../gateway/services/checksums.ts';
import { DigestStream, digestBytes, verifyDigests } from '../../../gateway/services/digests.ts';
import { Failure } from '../../../metadata/index.ts';

const BYTES = randomBytes(10_000);
const SHA256 = hash('sha256', BYTES, 'buffer');

function expecting(algorithm: ChecksumAlgorithm, value?: string) {
  return { algorithm, expected: () => value };
}

function streamed(wanted: { readonly sha256: boolean; readonly checksum: ChecksumAlgorithm }) {
  const stream = new DigestStream(wanted);
  stream.update(BYTES.subarray(0, 3));
  stream.update(BYTES.subarray(3));
  return stream.finish();
}

for (const checksum of CHECKSUM_ALGORITHMS) {
  test(`one pass gives MD5, SHA-256 and ${checksum}, at hand and streaming by`, () => {
    const wanted = { md5: hash('md5', BYTES, 'buffer'), sha256: SHA256, checksum: checksumOf(checksum, BYTES) };
    assert.deepEqual(digestBytes(BYTES, { sha256: SHA256, checksum: expecting(checksum) }), wanted);
    assert.deepEqual(streamed({ sha256: true, checksum }), wanted);
    assert.deepEqual(streamed({ sha256: false, checksum }), { ...wanted, sha256: undefined });
  });

  test(`a ${checksum} of other bytes is BadDigest`, () => {
    const digests = digestBytes(BYTES, { checksum: expecting(checksum) });
    verifyDigests(digests, { checksum: expecting(checksum, checksumOf(checksum, BYTES).toString('base64')) });
    const other = checksumOf(checksum, Buffer.from('other')).toString('base64');
    assert.throws(
      () => verifyDigests(digests, { checksum: expecting(checksum, other) }),
      (error) =>
        error instanceof Failure &&
        error.code === 'BadDigest' &&
        error.message === `The ${checksum} you specified did not match the calculated checksum.`,
    );
  });
}

test('a digest that is there already is not computed again', () => {
  for (const digests of [
    digestBytes(BYTES, { checksum: expecting('MD5') }),
    streamed({ sha256: false, checksum: 'MD5' }),
  ]) {
    assert.equal(digests.checksum, digests.md5);
  }
  for (const digests of [
    digestBytes(BYTES, { sha256: SHA256, checksum: expecting('SHA256') }),
    streamed({ sha256: true, checksum: 'SHA256' }),
  ]) {
    assert.equal(digests.checksum, digests.sha256);
  }
});
