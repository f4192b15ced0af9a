import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFile, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  CreateBucketCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { openDatabase } from '../../../../metadata/sqlite/driver.ts';
import { kmsKey, type ModeName, TestKey, type TestMode, testMode } from '../../../support/encryption.ts';
import { PART_BYTES, TestUpload } from '../../../support/multipart.ts';
import { GatewayProcess } from '../../../support/process.ts';
import { s3Failure } from '../../../support/s3-failure.ts';

const Bucket = 'at-rest';
const FRAME = 65_536;
const STORED_FRAME = FRAME + 16;
const SALT = 32;
const ENCRYPTED: readonly ModeName[] = ['SSE-C', 'SSE-S3', 'SSE-KMS'];
const INTERNAL_ERROR = s3Failure('InternalError', 500, /^We encountered an internal error\. Please try again\.$/);

let gateway: GatewayProcess;
let client: S3Client;
let dataFolder: string;
let kmsKeyId: string;

before(async () => {
  gateway = await GatewayProcess.start({ GATEHOUSE_LOG_LEVEL: 'info' });
  dataFolder = join(gateway.folder, 'data');
  connect();
  kmsKeyId = (await kmsKey({ dataFolder }, 'create')).id;
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(async () => {
  client.destroy();
  // Not `stop`: that it answered 500 is what was wanted of it.
  await gateway.shutDown();
  await rm(gateway.folder, { recursive: true });
});

function connect(): void {
  client?.destroy();
  client = new S3Client({
    endpoint: gateway.s3Url,
    region: gateway.region,
    credentials: { accessKeyId: gateway.accessKey, secretAccessKey: gateway.secretKey },
    forcePathStyle: true,
    maxAttempts: 1,
  });
}

const put = (Key: string, Body: string | Buffer, input = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...input }));

async function get(Key: string, input: Partial<GetObjectCommandInput> = {}): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...input }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

async function files(): Promise<Map<string, Buffer>> {
  const found = await readdir(dataFolder, { recursive: true, withFileTypes: true });
  const paths = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path)] as const)));
}

/** The files of the data folder that hold some bytes. */
async function filesWith(bytes: Buffer): Promise<string[]> {
  const found = [...(await files())].filter(([, contents]) => contents.includes(bytes));
  return found.map(([path]) => path.slice(dataFolder.length + 1).replace(/^blobs\/.*/, 'blobs'));
}

function database<Result>(use: (database: ReturnType<typeof openDatabase>) => Result): Result {
  const opened = openDatabase(join(dataFolder, 'metadata.db'));
  try {
    return use(opened);
  } finally {
    opened.close();
  }
}

interface BlobRow {
  readonly id: number;
  readonly location: string | null;
}

function blobOf(key: string): BlobRow {
  const sql = 'SELECT b.id, b.location FROM objects o JOIN blobs b ON b.id = o.blob_id WHERE o.key = ?';
  return database((opened) => opened.prepare(sql).get(key)) as BlobRow; // its columns
}

/** The file that holds the only blob of an object. */
async function fileOf(key: string): Promise<string> {
  const { location } = blobOf(key);
  const found = [...(await files()).keys()].find((path) => path.endsWith(location ?? ' '));
  assert.ok(found !== undefined, `${key} has no file`);
  return found;
}

function flipped(bytes: Buffer, at: number): Buffer {
  const damaged = Buffer.from(bytes);
  damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
  return damaged;
}

test('the contents of what is encrypted are nowhere in the data folder, and neither are the keys', async () => {
  const marker = Buffer.from(`marker ${randomBytes(12).toString('hex')} `);
  const small = Buffer.concat(Array.from({ length: 20 }, () => marker));
  const large = Buffer.concat(Array.from({ length: 3000 }, () => marker));
  const mine = new TestKey();
  for (const name of ENCRYPTED) {
    const mode = testMode(name, kmsKeyId, mine);
    await put(`marked/${name}/small`, small, mode.write);
    await put(`marked/${name}/large`, large, mode.write);
    const upload = await TestUpload.begin(client, { Bucket, Key: `marked/${name}/parts`, ...mode.write });
    await upload.send(1, Buffer.alloc(PART_BYTES, marker), mode.read);
    await upload.send(2, small, mode.read);
    await upload.complete();
  }
  assert.deepEqual(await filesWith(marker), []);
  for (const text of ['base64', 'hex'] as const) {
    assert.deepEqual(await filesWith(Buffer.from(mine.key.toString(text))), [], 'the key as text');
  }
  assert.deepEqual(await filesWith(mine.key), []);
  assert.doesNotMatch(await gateway.log(), new RegExp(`${marker}|${mine.key.toString('hex')}`));

  // So that the search is known to find what is there.
  await put('marked/plain/small', small);
  await put('marked/plain/large', large);
  const found = await filesWith(marker);
  assert.ok(found.includes('blobs') && found.some((path) => path.startsWith('metadata.db')), String(found));
});

describe('a bit that has flipped on the disk', () => {
  const whole = randomBytes(40 * FRAME + 1000);
  let path: string;
  let stored: Buffer;
  before(async () => {
    await put('damaged', whole, { ServerSideEncryption: 'AES256' });
    path = await fileOf('damaged');
    stored = await readFile(path);
  });

  const frameStart = (index: number) => SALT + index * STORED_FRAME;
  /** What arrives of the whole object, whether it is whole or not. */
  async function receive(Range?: string): Promise<{ status: number; bytes: Buffer; isWhole: boolean }> {
    const pieces: Uint8Array[] = [];
    const command = new GetObjectCommand({ Bucket, Key: 'damaged', Range });
    const { Body, $metadata } = await client.send(command);
    const status = $metadata.httpStatusCode ?? 0;
    try {
      for await (const piece of Body?.transformToWebStream() ?? []) pieces.push(piece);
      return { status, bytes: Buffer.concat(pieces), isWhole: true };
    } catch {
      return { status, bytes: Buffer.concat(pieces), isWhole: false };
    }
  }

  for (const [what, at, frame] of [
    ['the salt', 0, 0],
    ['the end of the salt', SALT - 1, 0],
    ['the first byte', SALT, 0],
    ['the tag of the first frame', frameStart(1) - 1, 0],
    ['the second frame', frameStart(1) + 5, 1],
    ['a frame that follows', frameStart(30), 30],
    ['the last frame', frameStart(40) + 999, 40],
    ['the last byte', frameStart(40) + 1000 + 15, 40],
  ] as const) {
    test(`is an error and never data: ${what}`, async () => {
      await writeFile(path, flipped(stored, at));
      try {
        const firstFrame = get('damaged', { Range: `bytes=${frame * FRAME}-${frame * FRAME + 9}` });
        await assert.rejects(firstFrame, INTERNAL_ERROR);
        const received = await receive().catch((error: unknown) => INTERNAL_ERROR(error) && undefined);
        if (received !== undefined) {
          assert.equal(received.isWhole, false, 'the reply is cut off');
          assert.ok(received.bytes.byteLength <= frame * FRAME);
          assert.ok(whole.subarray(0, received.bytes.byteLength).equals(received.bytes), 'what came was right');
        }
        for (const other of [0, 1, 29, 40]) {
          // All frames need the salt, and no other.
          if (other === frame || at < SALT) continue;
          const [start, end] = [other * FRAME + 3, other * FRAME + 90];
          const found = await get('damaged', { Range: `bytes=${start}-${end}` });
          assert.ok(found.equals(whole.subarray(start, end + 1)), `frame ${other} is as it was`);
        }
      } finally {
        await writeFile(path, stored);
      }
      assert.ok((await get('damaged')).equals(whole));
      assert.match(await gateway.log(), new RegExp(`An encrypted blob is corrupt: frame ${frame} does not open`));
    });
  }

  test('is an error wherever it is in the database', async () => {
    const contents = randomBytes(100);
    await put('damaged inline', contents, { ServerSideEncryption: 'AES256' });
    const { id } = blobOf('damaged inline');
    const read = 'SELECT data FROM inline_blobs WHERE blob_id = ?';
    const row = database((opened) => opened.prepare(read).get(id)) as { data: Buffer };
    const write = (data: Buffer) =>
      database((opened) => opened.prepare('UPDATE inline_blobs SET data = ? WHERE blob_id = ?').run(data, id));
    assert.equal(row.data.byteLength, SALT + contents.byteLength + 16);
    for (let at = 0; at < row.data.byteLength; at += 1) {
      write(flipped(row.data, at));
      await assert.rejects(get('damaged inline'), INTERNAL_ERROR, `byte ${at}`);
    }
    for (const short of [row.data.subarray(1), row.data.subarray(0, -1), Buffer.alloc(0)]) {
      write(short);
      await assert.rejects(get('damaged inline'), INTERNAL_ERROR);
    }
    write(row.data);
    assert.ok((await get('damaged inline')).equals(contents));
  });

  test('in a sealed data key is an error for each mode', async () => {
    for (const name of ENCRYPTED) {
      const mode = testMode(name, kmsKeyId);
      const key = `damaged key ${name}`;
      await put(key, 'contents', mode.write);
      const read = 'SELECT encryption FROM objects WHERE key = ?';
      const { encryption } = database((opened) => opened.prepare(read).get(key)) as { encryption: string };
      const sealed = JSON.parse(encryption) as { wrapped: string };
      const wrapped = sealed.wrapped.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'));
      const write = 'UPDATE objects SET encryption = ? WHERE key = ?';
      database((opened) => opened.prepare(write).run(JSON.stringify({ ...sealed, wrapped }), key));
      // A customer's data key that does not open cannot be told from another key.
      await assert.rejects(get(key, mode.read), name === 'SSE-C' ? { name: 'AccessDenied' } : INTERNAL_ERROR);
    }
  });
});

describe('a blob that is not the one that was stored', () => {
  const contents = [randomBytes(2 * FRAME), randomBytes(2 * FRAME)];
  let paths: readonly [string, string];
  before(async () => {
    for (const [index, body] of contents.entries())
      await put(`blob ${index}`, body, { ServerSideEncryption: 'AES256' });
    paths = [await fileOf('blob 0'), await fileOf('blob 1')];
  });
  const range = { Range: 'bytes=0-9' };

  test('is an error where it is cut off, be it at the end of a frame', async () => {
    const [path] = paths;
    const stored = await readFile(path);
    for (const size of [SALT + STORED_FRAME, SALT + STORED_FRAME + 1, stored.byteLength - 1, SALT, 0]) {
      await truncate(path, size);
      await assert.rejects(get('blob 0'), INTERNAL_ERROR);
      await assert.rejects(get('blob 0', { Range: 'bytes=-1' }), INTERNAL_ERROR);
      await writeFile(path, stored);
    }
    assert.ok((await get('blob 0')).equals(contents[0] ?? Buffer.alloc(0)));
  });

  test('is an error where it is that of another object, or has its frames in another order', async () => {
    const [one, other] = paths;
    const stored = await readFile(one);
    await copyFile(other, one);
    await assert.rejects(get('blob 0'), INTERNAL_ERROR);
    await assert.rejects(get('blob 0', range), INTERNAL_ERROR);
    const [first, second] = [stored.subarray(SALT, SALT + STORED_FRAME), stored.subarray(SALT + STORED_FRAME)];
    await writeFile(one, Buffer.concat([stored.subarray(0, SALT), second, first]));
    await assert.rejects(get('blob 0', range), INTERNAL_ERROR);
    await writeFile(one, stored);
    assert.ok((await get('blob 0')).equals(contents[0] ?? Buffer.alloc(0)));
  });

  test('is an error where it is gone', async () => {
    const [path] = paths;
    await rename(path, `${path}-away`);
    await assert.rejects(get('blob 0'), INTERNAL_ERROR);
    await rename(`${path}-away`, path);
  });
});

describe('a key of the ring', () => {
  const kms = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'alias/ring' } as const;
  let keyId: string;
  before(async () => {
    keyId = (await kmsKey({ dataFolder }, 'create', 'ring')).id;
  });

  test('neither opens nor seals while it is disabled, but tells of its objects', async () => {
    await put('disabled', 'contents', kms);
    await kmsKey({ dataFolder }, 'disable', 'ring');
    const disabled = s3Failure(
      'KMS.DisabledException',
      400,
      new RegExp(`^arn:aws:kms:.*:key/${keyId} is disabled\\.$`),
    );
    await assert.rejects(get('disabled'), disabled);
    await assert.rejects(put('new', 'contents', kms), disabled);
    const { SSEKMSKeyId } = await client.send(new HeadObjectCommand({ Bucket, Key: 'disabled' }));
    assert.match(SSEKMSKeyId ?? '', new RegExp(keyId));
    await kmsKey({ dataFolder }, 'enable', 'ring');
    assert.equal((await get('disabled')).toString(), 'contents');
  });

  test('opens what each of its versions has sealed', async () => {
    for (let version = 1; version <= 3; version += 1) {
      await put(`version ${version}`, `contents ${version}`, kms);
      await kmsKey({ dataFolder }, 'rotate', 'ring');
      for (let old = 1; old <= version; old += 1) {
        assert.equal((await get(`version ${old}`)).toString(), `contents ${old}`);
      }
    }
  });
});

test('a gateway that starts again reads all that was encrypted before', async () => {
  const modes: readonly TestMode[] = ENCRYPTED.map((name) => testMode(name, kmsKeyId));
  const bodies = { small: randomBytes(1000), large: randomBytes(200_000) };
  for (const mode of modes) {
    for (const [size, body] of Object.entries(bodies)) await put(`kept/${mode.name}/${size}`, body, mode.write);
  }
  await gateway.restart();
  connect();
  for (const mode of modes) {
    for (const [size, body] of Object.entries(bodies)) {
      assert.ok((await get(`kept/${mode.name}/${size}`, mode.read)).equals(body), `${mode.name} ${size}`);
    }
  }
  assert.equal((await get('version 1')).toString(), 'contents 1');
});
