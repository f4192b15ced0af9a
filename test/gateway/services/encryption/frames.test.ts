import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ByteRange } from '../../../../gateway/backends/index.ts';
import { decryptBytes, openEncrypted } from '../../../../gateway/services/encryption/decrypt.ts';
import { encryptBytes, encryptChunks } from '../../../../gateway/services/encryption/encrypt.ts';
import {
  CorruptBlob,
  decryptedSize,
  encryptedSize,
  FRAME_BYTES,
  SALT_BYTES,
  storedRange,
  TAG_BYTES,
} from '../../../../gateway/services/encryption/frames.ts';
import { cut, readAll } from '../../backends/suite.ts';
import { collect, DATA_KEY, encrypted, StoredBlob } from './support.ts';

const STORED_FRAME_BYTES = FRAME_BYTES + TAG_BYTES;
/** Around every border of the first frames, and past the largest pieces that are read and given. */
const SIZES = [0, 1, 2, 3, 17, 18]
  .flatMap((frames) => [-17, -1, 0, 1, 17].map((more) => frames * FRAME_BYTES + more))
  .filter((size) => size > 0);
const PLAIN = randomBytes(Math.max(...SIZES));

const anySize = fc.oneof(fc.constantFrom(...SIZES), fc.integer({ min: 1, max: 4 * FRAME_BYTES }));
const anyPieces = fc.array(fc.oneof(fc.integer({ min: 1, max: 300_000 }), fc.constantFrom(1 << 16, 1 << 20)), {
  minLength: 1,
  maxLength: 5,
});

async function readRange(stored: StoredBlob, sizeBytes: number, range: ByteRange): Promise<Buffer> {
  return readAll(await openEncrypted({ dataKey: DATA_KEY, sizeBytes, read: stored.read }, range));
}

/** For `assert.rejects`: what is never taken for data. */
const isCorrupt = (error: unknown) => error instanceof CorruptBlob;

describe('an encrypted blob', () => {
  test('has the announced size and is read whole, of every size around the borders of frames', async () => {
    for (const size of SIZES) {
      const plain = PLAIN.subarray(0, size);
      const stored = await encrypted(plain, [100_000]);
      assert.equal(stored.byteLength, encryptedSize(size), `${size}`);
      assert.equal(decryptedSize(stored.byteLength), size);
      assert.deepEqual(await readRange(new StoredBlob(stored, 1 << 20), size, { start: 0, end: size - 1 }), plain);
    }
  });

  test('is the same plaintext in whatever pieces it is written, stored and read', async () => {
    await fc.assert(
      fc.asyncProperty(
        anySize,
        anyPieces,
        fc.integer({ min: 5000, max: 1 << 21 }),
        async (size, pieces, pieceBytes) => {
          const plain = PLAIN.subarray(0, size);
          const blob = new StoredBlob(await encrypted(plain, pieces), pieceBytes);
          assert.ok((await readRange(blob, size, { start: 0, end: size - 1 })).equals(plain));
          assert.equal(blob.outstanding, 0);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('gives any range, and reads no frame that the range does not touch', async () => {
    const size = 3 * FRAME_BYTES + 777;
    const stored = await encrypted(PLAIN.subarray(0, size));
    const anyPosition = fc.oneof(
      fc.integer({ min: 0, max: size - 1 }),
      fc.constantFrom(0, FRAME_BYTES - 1, FRAME_BYTES, 2 * FRAME_BYTES - 1, 3 * FRAME_BYTES, size - 1),
    );
    await fc.assert(
      fc.asyncProperty(
        anyPosition,
        anyPosition,
        fc.integer({ min: 1000, max: 200_000 }),
        async (one, two, pieceBytes) => {
          const range = { start: Math.min(one, two), end: Math.max(one, two) };
          const blob = new StoredBlob(stored, pieceBytes);
          const bytes = await readRange(blob, size, range);
          assert.ok(bytes.equals(PLAIN.subarray(range.start, range.end + 1)));
          assert.equal(blob.outstanding, 0);
          const frames = Math.floor(range.end / FRAME_BYTES) - Math.floor(range.start / FRAME_BYTES) + 1;
          const read = blob.ranges.reduce((sum, { start, end }) => sum + end - start + 1, 0);
          assert.ok(read <= SALT_BYTES + frames * STORED_FRAME_BYTES);
          assert.equal(blob.ranges.length, range.start < FRAME_BYTES ? 1 : 2);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('is read in pieces of up to a mebibyte, each good until it is given back', async () => {
    const size = 18 * FRAME_BYTES;
    const stored = new StoredBlob(await encrypted(PLAIN.subarray(0, size)), 1 << 20);
    const reader = await openEncrypted(
      { dataKey: DATA_KEY, sizeBytes: size, read: stored.read },
      { start: 0, end: size - 1 },
    );
    const [first, second] = [await reader.next(), await reader.next()];
    assert.deepEqual([first?.bytes.byteLength, second?.bytes.byteLength], [1 << 20, 2 * FRAME_BYTES]);
    assert.ok(Buffer.concat([first!.bytes, second!.bytes]).equals(PLAIN.subarray(0, size)));
    assert.equal(await reader.next(), undefined);
    await reader.close();
    assert.equal(stored.outstanding, 0);
  });

  test('may be left before its end', async () => {
    const size = 3 * FRAME_BYTES;
    const stored = new StoredBlob(await encrypted(PLAIN.subarray(0, size)), 10_000);
    const reader = await openEncrypted(
      { dataKey: DATA_KEY, sizeBytes: size, read: stored.read },
      { start: 5, end: 100 },
    );
    (await reader.next())?.release();
    await reader.close();
    assert.equal(stored.outstanding, 0);
  });

  test('never repeats: the same bytes are stored differently each time', async () => {
    const [one, two] = [await encrypted(PLAIN.subarray(0, 1000)), await encrypted(PLAIN.subarray(0, 1000))];
    assert.ok(!one.subarray(0, SALT_BYTES).equals(two.subarray(0, SALT_BYTES)));
    assert.ok(!one.subarray(SALT_BYTES).equals(two.subarray(SALT_BYTES)));
  });

  test('does not touch a chunk that it gave, nor one that it was given', async () => {
    const given = Buffer.from(PLAIN.subarray(0, 200_000));
    const chunks: Buffer[] = [];
    const copies: Buffer[] = [];
    for await (const chunk of encryptChunks(DATA_KEY, cut(given, [70_001]))) {
      chunks.push(chunk);
      copies.push(Buffer.from(chunk));
    }
    assert.deepEqual(chunks, copies);
    assert.ok(given.equals(PLAIN.subarray(0, 200_000)));
  });

  test('of many small pieces is given in large ones', async () => {
    const sizes: number[] = [];
    for await (const chunk of encryptChunks(DATA_KEY, cut(PLAIN.subarray(0, 2 * FRAME_BYTES), [100]))) {
      sizes.push(chunk.byteLength);
    }
    assert.deepEqual(sizes, [SALT_BYTES, FRAME_BYTES, TAG_BYTES, FRAME_BYTES, TAG_BYTES]);
  });

  test('of nothing is nothing, and so are empty pieces', async () => {
    async function* empty(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(0);
      yield Buffer.alloc(0);
    }
    assert.equal((await collect(encryptChunks(DATA_KEY, empty()))).byteLength, 0);
    assert.equal(encryptBytes(DATA_KEY, Buffer.alloc(0)).byteLength, 0);
    assert.equal(decryptBytes(DATA_KEY, Buffer.alloc(0)).byteLength, 0);
    assert.deepEqual([encryptedSize(0), decryptedSize(0)], [0, 0]);
  });

  test('fails as its source does', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield PLAIN.subarray(0, 100_000);
      throw new Error('the client is gone');
    }
    await assert.rejects(collect(encryptChunks(DATA_KEY, broken())), /the client is gone/);
  });

  test('at hand as a whole is the same format', async () => {
    for (const size of [1, 100, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES]) {
      const plain = PLAIN.subarray(0, size);
      const stored = encryptBytes(DATA_KEY, plain);
      assert.ok(decryptBytes(DATA_KEY, stored).equals(plain));
      assert.ok(decryptBytes(DATA_KEY, await encrypted(plain)).equals(plain));
      assert.ok((await readRange(new StoredBlob(stored, 9999), size, { start: 0, end: size - 1 })).equals(plain));
    }
  });

  test('is where the format says', () => {
    const size = 2 * FRAME_BYTES + 1;
    const rangeOf = (start: number, end: number) => storedRange({ start, end }, size);
    const second = SALT_BYTES + STORED_FRAME_BYTES;
    assert.deepEqual(rangeOf(0, 0), { start: 0, end: second - 1 });
    assert.deepEqual(rangeOf(FRAME_BYTES - 1, FRAME_BYTES), { start: 0, end: second + STORED_FRAME_BYTES - 1 });
    assert.deepEqual(rangeOf(FRAME_BYTES, FRAME_BYTES), { start: second, end: second + STORED_FRAME_BYTES - 1 });
    assert.deepEqual(rangeOf(size - 1, size - 1), { start: second + STORED_FRAME_BYTES, end: encryptedSize(size) - 1 });
  });
});

describe('a stored blob that was tampered with', () => {
  const size = 2 * FRAME_BYTES + 500;
  const plain = PLAIN.subarray(0, size);
  const frameOf = (stored: Buffer, index: number) =>
    stored.subarray(SALT_BYTES + index * STORED_FRAME_BYTES, SALT_BYTES + (index + 1) * STORED_FRAME_BYTES);

  async function refuses(stored: Buffer, range: ByteRange = { start: 0, end: size - 1 }): Promise<void> {
    const blob = new StoredBlob(stored, 50_000);
    await assert.rejects(readRange(blob, size, range), isCorrupt);
    assert.equal(blob.outstanding, 0);
  }

  test('is an error wherever a bit was flipped', async () => {
    const stored = await encrypted(plain);
    const borders = [0, SALT_BYTES - 1, SALT_BYTES, SALT_BYTES + FRAME_BYTES - 1, SALT_BYTES + FRAME_BYTES];
    const ends = [STORED_FRAME_BYTES + SALT_BYTES, stored.byteLength - TAG_BYTES - 1, stored.byteLength - 1];
    const anywhere = Array.from({ length: 40 }, (_, index) => Math.floor((index * stored.byteLength) / 40));
    for (const at of [...borders, ...ends, ...anywhere]) {
      const flipped = Buffer.from(stored);
      flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (at % 8)), at);
      await refuses(flipped);
      assert.throws(() => decryptBytes(DATA_KEY, flipped), isCorrupt);
    }
  });

  test('still gives the frames that are whole', async () => {
    const stored = await encrypted(plain);
    frameOf(stored, 1).writeUInt8(frameOf(stored, 1).readUInt8(5) ^ 1, 5);
    const first = await readRange(new StoredBlob(stored, 50_000), size, { start: 10, end: FRAME_BYTES - 1 });
    assert.ok(first.equals(plain.subarray(10, FRAME_BYTES)));
    const last = await readRange(new StoredBlob(stored, 50_000), size, { start: 2 * FRAME_BYTES, end: size - 1 });
    assert.ok(last.equals(plain.subarray(2 * FRAME_BYTES)));
    await refuses(stored, { start: FRAME_BYTES + 30_000, end: FRAME_BYTES + 30_000 });
  });

  test('gives nothing of a frame that does not open', async () => {
    const stored = await encrypted(plain);
    stored.writeUInt8(stored.readUInt8(stored.byteLength - 1) ^ 1, stored.byteLength - 1);
    const blob = new StoredBlob(stored, 50_000);
    const reader = await openEncrypted(
      { dataKey: DATA_KEY, sizeBytes: size, read: blob.read },
      { start: 0, end: size - 1 },
    );
    await assert.rejects(reader.next(), isCorrupt);
    await reader.close();
  });

  test('is an error when frames changed places', async () => {
    const stored = await encrypted(plain);
    await refuses(
      Buffer.concat([
        stored.subarray(0, SALT_BYTES),
        frameOf(stored, 1),
        frameOf(stored, 0),
        stored.subarray(SALT_BYTES + 2 * STORED_FRAME_BYTES),
      ]),
    );
  });

  test('is an error when it was cut, also at the end of a frame and with a size to match', async () => {
    const stored = await encrypted(plain);
    for (const kept of [0, 5, SALT_BYTES, SALT_BYTES + STORED_FRAME_BYTES, stored.byteLength - 1]) {
      await refuses(stored.subarray(0, kept));
    }
    const cutAtFrame = stored.subarray(0, SALT_BYTES + 2 * STORED_FRAME_BYTES);
    const blob = new StoredBlob(cutAtFrame, 50_000);
    await assert.rejects(readRange(blob, 2 * FRAME_BYTES, { start: 0, end: 2 * FRAME_BYTES - 1 }), isCorrupt);
    assert.throws(() => decryptBytes(DATA_KEY, cutAtFrame), isCorrupt);
  });

  test('is an error when it was lengthened', async () => {
    const stored = await encrypted(plain);
    assert.throws(() => decryptBytes(DATA_KEY, Buffer.concat([stored, randomBytes(5)])), isCorrupt);
    assert.throws(() => decryptBytes(DATA_KEY, Buffer.concat([stored, frameOf(stored, 0)])), isCorrupt);
    for (const size of [1, SALT_BYTES, SALT_BYTES + TAG_BYTES]) {
      assert.throws(() => decryptBytes(DATA_KEY, randomBytes(size)), isCorrupt);
    }
  });

  test('is an error with another data key, and with the salt or a frame of another blob', async () => {
    const [one, two] = [await encrypted(plain), await encrypted(plain)];
    assert.throws(() => decryptBytes(Buffer.alloc(32, 8), one), isCorrupt);
    await refuses(Buffer.concat([two.subarray(0, SALT_BYTES), one.subarray(SALT_BYTES)]));
    frameOf(two, 1).copy(frameOf(one, 1));
    await refuses(one);
  });

  test('fails as the backend does', async () => {
    const missing = () => Promise.reject(new Error('no such blob'));
    const open = (start: number) =>
      openEncrypted({ dataKey: DATA_KEY, sizeBytes: size, read: missing }, { start, end: start });
    await assert.rejects(open(0), /no such blob/);
    await assert.rejects(open(FRAME_BYTES), /no such blob/);
  });
});
