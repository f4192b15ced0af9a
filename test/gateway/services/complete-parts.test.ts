import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, checksumOf } from '../../../gateway/services/checksums.ts';
import {
  type Assembly,
  assembleParts,
  type ListedPart,
  MIN_PART_BYTES,
  type UploadChecksum,
} from '../../../gateway/services/complete-parts.ts';
import { Failure, type PartRow } from '../../../metadata/index.ts';

const BODIES = [randomBytes(MIN_PART_BYTES), randomBytes(MIN_PART_BYTES + 1), Buffer.from('tail')];
const WHOLE = Buffer.concat(BODIES);
const AT = '2026-01-01T00:00:00.000Z';

function store(bodies: readonly Buffer[], algorithm?: ChecksumAlgorithm): PartRow[] {
  return bodies.map((body, index) => ({
    part_number: index + 1,
    size_bytes: body.byteLength,
    etag: createHash('md5').update(body).digest('hex'),
    checksum_value: algorithm === undefined ? null : checksumOf(algorithm, body).toString('base64'),
    last_modified: AT,
  }));
}

function list(stored: readonly PartRow[], algorithm?: ChecksumAlgorithm): ListedPart[] {
  return stored.map(({ part_number: partNumber, etag, checksum_value: value }) => ({
    partNumber,
    etag,
    checksums: algorithm === undefined || value === null ? {} : { [algorithm]: value },
  }));
}

/** Completes the three bodies with all as it should be, but for what a test changes. */
function assemble(upload: UploadChecksum = {}, change: Partial<Assembly> = {}) {
  const stored = store(BODIES, upload.checksumAlgorithm);
  return assembleParts({ upload, stored, listed: list(stored, upload.checksumAlgorithm), claim: {}, ...change });
}

function fails(code: string, message?: RegExp) {
  return (error: unknown) =>
    error instanceof Failure && error.code === code && (message === undefined || message.test(error.message));
}

test('an assembled object has the size of its parts and the MD5 of their MD5s with their number', () => {
  const digests = BODIES.map((body) => createHash('md5').update(body).digest());
  const { sizeBytes, etag, checksum, parts } = assemble();
  assert.equal(sizeBytes, WHOLE.byteLength);
  assert.equal(etag, `${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-3`);
  assert.equal(checksum, undefined);
  assert.deepEqual(
    parts.map((part) => part.partNumber),
    [1, 2, 3],
  );
});

for (const algorithm of CHECKSUM_ALGORITHMS.filter((name) => name !== 'CRC64NVME')) {
  test(`a composite ${algorithm} is that of the parts' checksums, with their number`, () => {
    const digests = BODIES.map((body) => checksumOf(algorithm, body));
    const value = `${checksumOf(algorithm, Buffer.concat(digests)).toString('base64')}-3`;
    const upload = { checksumAlgorithm: algorithm, checksumType: 'COMPOSITE' } as const;
    assert.deepEqual(assemble(upload).checksum, { algorithm, type: 'COMPOSITE', value });
  });
}

for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME'] as const) {
  test(`a full-object ${algorithm} is that of all bytes`, () => {
    const value = checksumOf(algorithm, WHOLE).toString('base64');
    const upload = { checksumAlgorithm: algorithm, checksumType: 'FULL_OBJECT' } as const;
    assert.deepEqual(assemble(upload).checksum, { algorithm, type: 'FULL_OBJECT', value });
  });
}

test('parts may be left out, and numbers may have gaps', () => {
  const stored = store(BODIES).map((part) => ({ ...part, part_number: part.part_number * 10 }));
  const { sizeBytes, etag } = assembleParts({ upload: {}, stored, listed: list(stored).slice(1), claim: {} });
  assert.equal(sizeBytes, WHOLE.byteLength - MIN_PART_BYTES);
  assert.match(etag, /-2$/);
});

test('parts out of order are refused, also where one is unknown', () => {
  const [first, second] = list(store(BODIES)) as [ListedPart, ListedPart];
  assert.throws(() => assemble({}, { listed: [second, first] }), fails('InvalidPartOrder'));
  assert.throws(
    () => assemble({}, { listed: [{ ...second, etag: 'f'.repeat(32) }, first] }),
    fails('InvalidPartOrder'),
  );
});

test('a part listed twice is refused', () => {
  const [first] = list(store(BODIES)) as [ListedPart];
  assert.throws(() => assemble({}, { listed: [first, first] }), fails('InvalidPartOrder'));
});

test('a part that was not uploaded is refused by its number', () => {
  const listed = [...list(store(BODIES)), { partNumber: 4, etag: 'a'.repeat(32), checksums: {} }];
  assert.throws(
    () => assemble({}, { listed }),
    (error: unknown) => error instanceof Failure && error.code === 'InvalidPart' && error.detail.PartNumber === '4',
  );
});

test('a part with another ETag than the stored one is refused', () => {
  const [first, ...others] = list(store(BODIES)) as [ListedPart, ...ListedPart[]];
  assert.throws(() => assemble({}, { listed: [{ ...first, etag: 'b'.repeat(32) }, ...others] }), fails('InvalidPart'));
});

test('a part with another checksum than the stored one is refused', () => {
  const upload = { checksumAlgorithm: 'SHA256', checksumType: 'COMPOSITE' } as const;
  const listed = list(store(BODIES, 'SHA256'), 'SHA256');
  const wrong = { ...(listed[0] as ListedPart), checksums: { SHA256: randomBytes(32).toString('base64') } };
  assert.throws(() => assemble(upload, { listed: [wrong, ...listed.slice(1)] }), fails('InvalidPart'));
});

test('a part with a checksum that its upload has not is refused, as nothing can verify it', () => {
  for (const checksumType of ['COMPOSITE', 'FULL_OBJECT'] as const) {
    const listed = list(store(BODIES, 'CRC32'), 'CRC32');
    const [first, ...others] = listed as [ListedPart, ...ListedPart[]];
    for (const checksums of [{ SHA256: 'n2alat9FhKi=' }, { ...first.checksums, SHA256: 'n2alat9FhKi=' }]) {
      assert.throws(
        () => assemble({ checksumAlgorithm: 'CRC32', checksumType }, { listed: [{ ...first, checksums }, ...others] }),
        fails('BadDigest', /^The sha256 you specified for part 1 did not match what we received\.$/),
      );
    }
  }
});

test('a composite upload needs the checksum of every part', () => {
  const upload = { checksumAlgorithm: 'CRC32C', checksumType: 'COMPOSITE' } as const;
  assert.throws(
    () => assemble(upload, { listed: list(store(BODIES)) }),
    fails('InvalidRequest', /missing for part 1 /),
  );
});

test('a full-object upload does not need the checksums of its parts', () => {
  const upload = { checksumAlgorithm: 'CRC32C', checksumType: 'FULL_OBJECT' } as const;
  assert.equal(assemble(upload, { listed: list(store(BODIES)) }).checksum?.type, 'FULL_OBJECT');
});

test('every part but the last must have five mebibytes', () => {
  const stored = store([Buffer.alloc(MIN_PART_BYTES - 1), Buffer.from('tail')]);
  assert.throws(
    () => assembleParts({ upload: {}, stored, listed: list(stored), claim: {} }),
    (error: unknown) =>
      error instanceof Failure &&
      error.code === 'EntityTooSmall' &&
      error.detail.ProposedSize === String(MIN_PART_BYTES - 1) &&
      error.detail.MinSizeAllowed === String(MIN_PART_BYTES) &&
      error.detail.PartNumber === '1',
  );
});

test('a single part may be of any size', () => {
  const stored = store([Buffer.alloc(0)]);
  assert.equal(assembleParts({ upload: {}, stored, listed: list(stored), claim: {} }).sizeBytes, 0);
});

test('a stored part that is too small does not matter when it is not listed', () => {
  const stored = store([Buffer.from('small'), Buffer.from('tail')]);
  const listed = list(stored).slice(1);
  assert.equal(assembleParts({ upload: {}, stored, listed, claim: {} }).sizeBytes, 4);
});

test('the size that the client says must be right', () => {
  assert.throws(
    () => assemble({}, { claim: { expectedSizeBytes: 1 } }),
    fails('InvalidRequest', /x-amz-mp-object-size/),
  );
  assert.equal(assemble({}, { claim: { expectedSizeBytes: WHOLE.byteLength } }).sizeBytes, WHOLE.byteLength);
});

test('the checksum that the client says must be right', () => {
  const upload = { checksumAlgorithm: 'CRC64NVME', checksumType: 'FULL_OBJECT' } as const;
  const value = checksumOf('CRC64NVME', WHOLE).toString('base64');
  const wrong = randomBytes(8).toString('base64');
  const claim = (claimed: string) => ({ expectedChecksum: { algorithm: 'CRC64NVME', value: claimed } }) as const;
  assert.equal(assemble(upload, { claim: claim(value) }).checksum?.value, value);
  assert.throws(() => assemble(upload, { claim: claim(wrong) }), fails('BadDigest'));
});

test('a composite checksum may be said with and without the number of parts, but not with another number', () => {
  const upload = { checksumAlgorithm: 'SHA1', checksumType: 'COMPOSITE' } as const;
  const value = assemble(upload).checksum?.value ?? '';
  const claim = (claimed: string) => ({ expectedChecksum: { algorithm: 'SHA1', value: claimed } }) as const;
  assert.equal(assemble(upload, { claim: claim(value) }).checksum?.value, value);
  assert.equal(assemble(upload, { claim: claim(value.replace('-3', '')) }).checksum?.value, value);
  assert.throws(() => assemble(upload, { claim: claim(value.replace('-3', '-2')) }), fails('BadDigest'));
});

test('a checksum of another algorithm than the upload was created with is refused', () => {
  const upload = { checksumAlgorithm: 'SHA1', checksumType: 'COMPOSITE' } as const;
  const claim = { expectedChecksum: { algorithm: 'CRC32', value: 'AAAAAA==' } } as const;
  assert.throws(() => assemble(upload, { claim }), fails('InvalidRequest', /sha1.*crc32/));
});

test('where no algorithm was specified, the older checksums are not looked at', () => {
  for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
    const value = checksumOf(algorithm, Buffer.from('wrong')).toString('base64');
    const listed = list(store(BODIES)).map((part) => ({ ...part, checksums: { [algorithm]: value } }));
    const claim = { expectedChecksum: { algorithm, value } };
    assert.equal(assemble({}, { listed, claim }).checksum, undefined);
  }
});

test('where no algorithm was specified, the newer checksums are refused', () => {
  for (const algorithm of ['MD5', 'SHA512', 'XXHASH128', 'XXHASH3', 'XXHASH64'] as const) {
    const value = checksumOf(algorithm, WHOLE).toString('base64');
    const claim = { expectedChecksum: { algorithm, value } };
    assert.throws(
      () => assemble({}, { claim }),
      fails('InvalidRequest', new RegExp(`null.*${algorithm.toLowerCase()}`)),
    );
    const listed = list(store(BODIES, algorithm), algorithm);
    assert.throws(() => assemble({}, { stored: store(BODIES), listed }), fails('InvalidPart'));
  }
});

test('a checksum type other than that of the upload is refused', () => {
  const upload = { checksumAlgorithm: 'CRC32', checksumType: 'COMPOSITE' } as const;
  assert.throws(
    () => assemble(upload, { claim: { expectedType: 'FULL_OBJECT' } }),
    fails('InvalidRequest', /COMPOSITE/),
  );
});
