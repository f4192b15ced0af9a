import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Checksum } from '../../../gateway/services/checksums.ts';
import { rangeChecksum } from '../../../gateway/services/range-checksum.ts';

const FULL: Checksum = { algorithm: 'CRC32', type: 'FULL_OBJECT', value: 'whole' };
const COMPOSITE: Checksum = { algorithm: 'XXHASH3', type: 'COMPOSITE', value: 'whole-3' };
const PARTS = [
  { size_bytes: 10, checksum_value: 'one' },
  { size_bytes: 5, checksum_value: 'two' },
  { size_bytes: 0, checksum_value: 'three' },
];

function sumOf(checksum: Checksum | undefined, start: number, end: number) {
  return rangeChecksum({ checksum, sizeBytes: 15 }, { parts: PARTS, range: { start, end } })?.value;
}

test('all bytes have the checksum of the object, some have none', () => {
  assert.equal(sumOf(FULL, 0, 14), 'whole');
  assert.equal(
    rangeChecksum({ checksum: FULL, sizeBytes: 15 }, { parts: undefined, range: { start: 0, end: 14 } }),
    FULL,
  );
  assert.equal(sumOf(FULL, 0, 13), undefined);
  assert.equal(sumOf(FULL, 1, 14), undefined);
  assert.equal(sumOf(FULL, 0, 9), undefined);
  assert.equal(
    rangeChecksum({ checksum: FULL, sizeBytes: 0 }, { parts: undefined, range: { start: 0, end: -1 } }),
    FULL,
  );
});

test('the bytes of a part have the checksum that the composite one was made of', () => {
  assert.equal(sumOf(COMPOSITE, 0, 9), 'one');
  assert.equal(sumOf(COMPOSITE, 10, 14), 'two');
  assert.equal(sumOf(COMPOSITE, 15, 14), 'three');
  assert.deepEqual(
    rangeChecksum({ checksum: COMPOSITE, sizeBytes: 15 }, { parts: PARTS, range: { start: 0, end: 9 } }),
    {
      algorithm: 'XXHASH3',
      type: 'COMPOSITE',
      value: 'one',
    },
  );
});

test('bytes of several parts, and not all of one, have none', () => {
  for (const [start, end] of [
    [0, 14],
    [0, 8],
    [1, 9],
    [9, 14],
    [10, 13],
  ] as const) {
    assert.equal(sumOf(COMPOSITE, start, end), undefined);
  }
});

test('what has no checksum has none in any part', () => {
  assert.equal(sumOf(undefined, 0, 14), undefined);
  assert.equal(sumOf(undefined, 0, 9), undefined);
  const unsummed = PARTS.map((part) => ({ ...part, checksum_value: null }));
  assert.equal(
    rangeChecksum({ checksum: COMPOSITE, sizeBytes: 15 }, { parts: unsummed, range: { start: 0, end: 9 } }),
    undefined,
  );
});
