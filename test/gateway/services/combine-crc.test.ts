import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { test } from 'node:test';
import { checksumOf } from '../../../gateway/services/checksums.ts';
import { type CombinableAlgorithm, combineCrcs, isCombinable } from '../../../gateway/services/combine-crc.ts';

const ALGORITHMS: readonly CombinableAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME'];

/** The check value of each CRC: the one of the nine ASCII digits "123456789" (RevEng's catalogue). */
const CHECK_VALUES: Readonly<Record<CombinableAlgorithm, string>> = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
};

function partOf(algorithm: CombinableAlgorithm, bytes: Buffer) {
  return { digest: checksumOf(algorithm, bytes), sizeBytes: bytes.byteLength };
}

for (const algorithm of ALGORITHMS) {
  test(`the ${algorithm} of two halves combines to the published check value`, () => {
    const parts = [Buffer.from('1234'), Buffer.from('56789')].map((bytes) => partOf(algorithm, bytes));
    assert.equal(combineCrcs(algorithm, parts).toString('hex'), CHECK_VALUES[algorithm]);
  });

  test(`the ${algorithm} of any parts combines to that of their bytes`, () => {
    for (let round = 0; round < 50; round += 1) {
      const pieces = Array.from({ length: randomInt(1, 9) }, () => randomBytes(randomInt(0, 5000)));
      const whole = checksumOf(algorithm, Buffer.concat(pieces));
      const combined = combineCrcs(
        algorithm,
        pieces.map((bytes) => partOf(algorithm, bytes)),
      );
      assert.equal(combined.toString('hex'), whole.toString('hex'), pieces.map((bytes) => bytes.byteLength).join());
    }
  });

  test(`the ${algorithm} of one part is the part's own`, () => {
    const part = partOf(algorithm, randomBytes(100));
    assert.deepEqual(combineCrcs(algorithm, [part]), part.digest);
  });

  test(`the ${algorithm} of no bytes is zero`, () => {
    const empty = combineCrcs(algorithm, [partOf(algorithm, Buffer.alloc(0))]);
    assert.equal(BigInt(`0x${empty.toString('hex')}`), 0n);
  });

  test(`a ${algorithm} part larger than 32 bits of length combines as its pieces do`, () => {
    const piece = partOf(algorithm, Buffer.alloc(1 << 20, 'x'));
    const first = partOf(algorithm, Buffer.from('first'));
    const pieces = Array.from({ length: 5000 }, () => piece);
    const large = { digest: combineCrcs(algorithm, pieces), sizeBytes: 5000 * piece.sizeBytes };
    assert.deepEqual(combineCrcs(algorithm, [first, large]), combineCrcs(algorithm, [first, ...pieces]));
  });
}

test('SHA checksums of parts do not combine', () => {
  assert.equal(isCombinable('SHA256'), false);
  assert.equal(isCombinable('SHA1'), false);
  assert.equal(isCombinable('toString'), false);
});
