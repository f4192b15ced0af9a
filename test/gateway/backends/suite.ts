import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { type Backend, BlobMissing, type BlobReader, type ListedBlob } from '../../../gateway/backends/index.ts';

export interface TestBackend {
  readonly backend: Backend;
  /** How many blobs it really keeps, whoever may list them. */
  countBlobs(): Promise<number>;
  remove(): Promise<void>;
}

const MEBIBYTE = 1 << 20;

export async function* pieces(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** Bytes cut at sizes that fall on no boundary. */
export async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.byteLength; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

export async function readAll(reader: BlobReader): Promise<Buffer> {
  const read: Buffer[] = [];
  try {
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
      read.push(Buffer.from(chunk.bytes));
      chunk.release();
    }
  } finally {
    await reader.close();
  }
  return Buffer.concat(read);
}

export async function listAll(backend: Backend): Promise<ListedBlob[]> {
  const all: ListedBlob[] = [];
  for await (const batch of backend.list({})) all.push(...batch.filter(({ isSettled }) => isSettled));
  return all;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What every backend must pass: an implementation and a call of this make a new one. */
export function testBackend(name: string, open: () => Promise<TestBackend>): void {
  describe(`the ${name} backend`, () => {
    let opened: TestBackend;
    let backend: Backend;
    before(async () => {
      opened = await open();
      backend = opened.backend;
    });
    after(() => opened.remove());

    async function store(bytes: Buffer): Promise<string> {
      const { location, settle } = await backend.stage(pieces(bytes));
      settle();
      return location;
    }

    test('what was staged is read whole, under a location of its own', async () => {
      const bytes = randomBytes(10_000);
      const one = await backend.stage(pieces(bytes));
      const two = await backend.stage(pieces(bytes));
      assert.notEqual(one.location, two.location);
      for (const { location, sizeBytes, settle } of [one, two]) {
        assert.equal(sizeBytes, 10_000);
        settle();
        assert.deepEqual(await readAll(await backend.read(location, { start: 0, end: 9_999 })), bytes);
      }
    });

    test('an empty blob and empty pieces are no special case', async () => {
      const empty = await backend.stage(pieces());
      assert.equal(empty.sizeBytes, 0);
      empty.settle();
      assert.ok((await listAll(backend)).some(({ location }) => location === empty.location));
      const some = await backend.stage(pieces(Buffer.alloc(0), Buffer.from('a'), Buffer.alloc(0), Buffer.from('b')));
      some.settle();
      assert.equal((await readAll(await backend.read(some.location, { start: 0, end: 1 }))).toString(), 'ab');
    });

    test('a range is those bytes and no others, wherever it begins and ends', async () => {
      const bytes = randomBytes(3 * MEBIBYTE + 12_345);
      const location = await store(bytes);
      const last = bytes.byteLength - 1;
      const ranges = [
        [0, 0],
        [last, last],
        [0, last],
        [1, 65_536],
        [65_535, 65_536],
        [0, 65_535],
        [MEBIBYTE - 1, MEBIBYTE],
        [MEBIBYTE, 3 * MEBIBYTE - 1],
        [123_456, 2_345_678],
      ] as const;
      for (const [start, end] of ranges) {
        const read = await readAll(await backend.read(location, { start, end }));
        assert.ok(read.equals(bytes.subarray(start, end + 1)), `${start}-${end}`);
      }
    });

    test('a large blob in odd pieces comes back byte for byte', async () => {
      const bytes = randomBytes(24 * MEBIBYTE + 7);
      const staged = await backend.stage(cut(bytes, [1, 65_536, 99_991, 3, 2 * MEBIBYTE]));
      staged.settle();
      assert.equal(staged.sizeBytes, bytes.byteLength);
      const read = await readAll(await backend.read(staged.location, { start: 0, end: bytes.byteLength - 1 }));
      assert.equal(sha256(read), sha256(bytes));
    });

    test('many blobs staged and read at once do not mix', async () => {
      const blobs = Array.from({ length: 40 }, (_, index) => randomBytes(1000 + index * 9_973));
      const locations = await Promise.all(blobs.map(store));
      assert.equal(new Set(locations).size, blobs.length);
      const read = await Promise.all(
        locations.map(async (location, index) => {
          const end = (blobs[index]?.byteLength ?? 0) - 1;
          return readAll(await backend.read(location, { start: 0, end }));
        }),
      );
      for (const [index, bytes] of read.entries()) assert.ok(bytes.equals(blobs[index] ?? Buffer.alloc(0)));
    });

    test('a reader that is closed early, or before it began, gives everything back', async () => {
      const location = await store(randomBytes(5 * MEBIBYTE));
      const end = 5 * MEBIBYTE - 1;
      await (await backend.read(location, { start: 0, end })).close();
      const reader = await backend.read(location, { start: 0, end });
      const chunk = await reader.next();
      assert.ok(chunk !== undefined && chunk.bytes.byteLength > 0);
      chunk.release();
      await reader.close();
      assert.equal((await readAll(await backend.read(location, { start: 0, end }))).byteLength, end + 1);
    });

    test('a piece keeps its bytes until it is released, though others are read meanwhile', async () => {
      const bytes = randomBytes(6 * MEBIBYTE);
      const location = await store(bytes);
      const reader = await backend.read(location, { start: 0, end: bytes.byteLength - 1 });
      const first = await reader.next();
      const second = await reader.next();
      const other = await readAll(await backend.read(location, { start: MEBIBYTE, end: 3 * MEBIBYTE - 1 }));
      assert.ok(other.equals(bytes.subarray(MEBIBYTE, 3 * MEBIBYTE)));
      const held = Buffer.concat([first?.bytes ?? Buffer.alloc(0), second?.bytes ?? Buffer.alloc(0)]);
      assert.ok(held.equals(bytes.subarray(0, held.byteLength)));
      first?.release();
      second?.release();
      await reader.close();
    });

    test('reading what is not there is BlobMissing', async () => {
      const location = await store(Buffer.from('gone'));
      await backend.discard(location);
      await assert.rejects(backend.read(location, { start: 0, end: 3 }), BlobMissing);
    });

    test('discarding is for good, and discarding twice succeeds', async () => {
      const before = await opened.countBlobs();
      const location = await store(Buffer.from('bytes'));
      assert.equal(await opened.countBlobs(), before + 1);
      await backend.discard(location);
      await backend.discard(location);
      assert.equal(await opened.countBlobs(), before);
      assert.ok(!(await listAll(backend)).some((listed) => listed.location === location));
    });

    test('a source that fails, at once or late, leaves nothing', async () => {
      const before = await opened.countBlobs();
      for (const pieceCount of [0, 1, 5]) {
        async function* failing() {
          for (let index = 0; index < pieceCount; index += 1) yield randomBytes(MEBIBYTE);
          throw new Error('the client hung up');
        }
        await assert.rejects(backend.stage(failing()), /the client hung up/);
        assert.equal(await opened.countBlobs(), before);
      }
    });

    test('a list shows a blob with its time once it is settled, and not while it is being staged', async () => {
      const isListed = async (location: string) =>
        (await listAll(backend)).find((listed) => listed.location === location) !== undefined;
      const startedAt = Date.now();
      let duringStage: ListedBlob[] = [];
      const before = await listAll(backend);
      async function* slow() {
        yield randomBytes(2 * MEBIBYTE);
        yield randomBytes(2 * MEBIBYTE);
        duringStage = await listAll(backend);
      }
      const { location, settle } = await backend.stage(slow());
      assert.equal(duringStage.length, before.length);
      assert.equal(await isListed(location), false);
      settle();
      assert.equal(await isListed(location), true);
      const listed = (await listAll(backend)).find((each) => each.location === location);
      assert.ok(Math.abs((listed?.modifiedAt ?? 0) - startedAt) < 60_000);
    });

    test('a list names every settled blob once', async () => {
      const locations = await Promise.all(Array.from({ length: 250 }, (_, i) => store(Buffer.from(String(i)))));
      const listed = (await listAll(backend)).map(({ location }) => location);
      assert.equal(new Set(listed).size, listed.length);
      const all = new Set(listed);
      assert.ok(locations.every((location) => all.has(location)));
      await Promise.all(locations.map((location) => backend.discard(location)));
    });

    test('free space is told in bytes, or not at all', async () => {
      const freeBytes = await backend.freeBytes();
      assert.ok(freeBytes === undefined || (Number.isSafeInteger(freeBytes) && freeBytes > 0));
    });
  });
}
