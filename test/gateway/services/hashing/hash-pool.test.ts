import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, checksumOf } from '../../../../gateway/services/checksums.ts';
import { HashPool } from '../../../../gateway/services/hashing/hash-pool.ts';

const MIB = 1024 * 1024;
const pool = new HashPool();
after(() => pool.close());

/** The digests of a body that comes in pieces of one size. */
async function digest(body: Buffer, checksum: ChecksumAlgorithm) {
  const digests = pool.open({ sha256: true, checksum }, body.byteLength);
  for (let start = 0; start < body.byteLength; start += 100_000) {
    await digests.update(body.subarray(start, start + 100_000));
  }
  return digests.finish();
}

for (const [where, sizeBytes] of [
  ['on the main thread', MIB - 1],
  ['on a thread of its own', 3 * MIB + 5],
] as const) {
  test(`every checksum is computed ${where}, many at the same time`, async () => {
    const jobs = CHECKSUM_ALGORITHMS.flatMap((checksum) => [checksum, checksum]).map((checksum) => ({
      checksum,
      body: randomBytes(sizeBytes),
    }));
    const found = await Promise.all(jobs.map(({ body, checksum }) => digest(body, checksum)));
    for (const [index, { body, checksum }] of jobs.entries()) {
      assert.deepEqual(found[index], {
        md5: hash('md5', body, 'buffer'),
        sha256: hash('sha256', body, 'buffer'),
        checksum: checksumOf(checksum, body),
      });
    }
  });
}
