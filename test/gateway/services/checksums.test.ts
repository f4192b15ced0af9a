import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  CHECKSUM_ALGORITHMS,
  CHECKSUM_BYTES,
  type ChecksumAlgorithm,
  checksumOf,
  createChecksum,
} from '../../../gateway/services/checksums.ts';
import { sanityBuffer, XXHASH_VECTORS } from './xxhash-vectors.ts';

/** Of the nine ASCII digits "123456789": the CRCs as RevEng's catalogue has them, the others as their makers' tools print them. */
const CHECK_VALUES: Readonly<Record<ChecksumAlgorithm, string>> = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
  MD5: '25f9e794323b453885f5181f1b624d0b',
  SHA1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  SHA256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
  SHA512:
    'd9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274ad27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85',
  XXHASH128: '33119477ede5dcd5e9716427681d5860',
  XXHASH3: '72dcb18b67a17dff',
  XXHASH64: '8cb841db40e6ae83',
};

function streamed(algorithm: ChecksumAlgorithm, pieces: readonly Uint8Array[]): string {
  const state = createChecksum(algorithm);
  for (const piece of pieces) state.update(piece);
  return state.digest().toString('hex');
}

for (const algorithm of CHECKSUM_ALGORITHMS) {
  describe(algorithm, () => {
    test('gives its published check value', () => {
      const digits = Buffer.from('123456789');
      assert.equal(checksumOf(algorithm, digits).toString('hex'), CHECK_VALUES[algorithm]);
      assert.equal(streamed(algorithm, [digits.subarray(0, 4), digits.subarray(4)]), CHECK_VALUES[algorithm]);
      assert.equal(checksumOf(algorithm, digits).byteLength, CHECKSUM_BYTES[algorithm]);
    });

    test('gives the same for bytes at hand and for bytes in any pieces', () => {
      const pieces = fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 12 });
      fc.assert(
        fc.property(pieces, (some) => {
          const whole = checksumOf(algorithm, Buffer.concat(some)).toString('hex');
          assert.equal(streamed(algorithm, some), whole);
        }),
      );
    });

    test('sums large pieces as it sums small ones', () => {
      const bytes = randomBytes(1_000_003);
      const pieces = [bytes.subarray(0, 700_000), bytes.subarray(700_000, 700_001), bytes.subarray(700_001)];
      assert.equal(streamed(algorithm, pieces), checksumOf(algorithm, bytes).toString('hex'));
    });

    test('keeps sums apart that are under way at the same time', () => {
      const bodies = Array.from({ length: 5 }, (_, index) => randomBytes(3000 + index * 777));
      const states = bodies.map(() => createChecksum(algorithm));
      for (let start = 0; start < 7000; start += 500) {
        for (const [index, body] of bodies.entries()) states[index]?.update(body.subarray(start, start + 500));
        // One that begins and ends between the others' steps must not disturb them either.
        checksumOf(algorithm, bodies[0] ?? Buffer.alloc(0));
      }
      assert.deepEqual(
        states.map((state) => state.digest().toString('hex')),
        bodies.map((body) => checksumOf(algorithm, body).toString('hex')),
      );
    });
  });
}

for (const [algorithm, vectors] of Object.entries(XXHASH_VECTORS)) {
  test(`${algorithm} gives xxHash's own sanity values, big-endian and by seed 0`, () => {
    for (const [sizeBytes, hex] of vectors) {
      const bytes = sanityBuffer(sizeBytes);
      assert.equal(checksumOf(algorithm as ChecksumAlgorithm, bytes).toString('hex'), hex, `${sizeBytes} bytes`);
    }
  });
}

test('XXHASH128 gives what the AWS Common Runtime gives', () => {
  // the tests of aws-c-checksums
  const digest = checksumOf('XXHASH128', Buffer.from('Hello world'));
  assert.equal(digest.toString('hex'), '7351f89812f97382b91d05b31e04dd7f');
});

test('the native ones are those of the runtime', () => {
  const bytes = randomBytes(5000);
  for (const algorithm of ['MD5', 'SHA1', 'SHA256', 'SHA512'] as const) {
    assert.equal(checksumOf(algorithm, bytes).toString('hex'), hash(algorithm.toLowerCase(), bytes, 'hex'));
  }
});
