import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  CreateBucketCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { kmsKey, MODE_NAMES, type TestMode, testMode } from '../../../support/encryption.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { PART_BYTES, TestUpload } from '../../../support/multipart.ts';
import { s3Failure } from '../../../support/s3-failure.ts';

const Bucket = 'ranges';
const FRAME = 65_536;
const RANDOM_RANGES = 30;

/** An object by the sizes of its parts; one that was not uploaded in parts has a single size. */
interface Shape {
  readonly what: string;
  readonly sizes: readonly number[];
  readonly isMultipart?: true;
}

const SHAPES: readonly Shape[] = [
  { what: 'one byte in the database', sizes: [1] },
  { what: 'some bytes in the database', sizes: [32 * 1024] },
  { what: 'a blob of less than a frame', sizes: [FRAME - 1] },
  { what: 'a blob of a frame', sizes: [FRAME] },
  { what: 'a blob of some frames', sizes: [4 * FRAME] },
  { what: 'a blob of some frames and a byte', sizes: [4 * FRAME + 1] },
  { what: 'a blob of more than the buffers of a download', sizes: [40 * FRAME + 777] },
  { what: 'parts', sizes: [PART_BYTES + 3, PART_BYTES, 70_000], isMultipart: true },
  { what: 'parts that are small at the end', sizes: [PART_BYTES, 1], isMultipart: true },
];

let gateway: TestGateway;
let client: S3Client;
let kmsKeyId: string;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  kmsKeyId = (await kmsKey(gateway, 'create')).id;
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(() => gateway.stop());

async function store(Key: string, { sizes, isMultipart }: Shape, mode: TestMode): Promise<Buffer[]> {
  const bodies = sizes.map((size) => randomBytes(size));
  if (isMultipart) {
    const upload = await TestUpload.begin(client, { Bucket, Key, ...mode.write });
    for (const [index, body] of bodies.entries()) await upload.send(index + 1, body, mode.read);
    await upload.complete();
  } else {
    await client.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.concat(bodies), ...mode.write }));
  }
  return bodies;
}

async function get(input: Omit<GetObjectCommandInput, 'Bucket'>) {
  const found = await client.send(new GetObjectCommand({ Bucket, ...input }));
  return { ...found, bytes: Buffer.from((await found.Body?.transformToByteArray()) ?? []) };
}

/** Where something begins or ends: frames and parts. */
function bordersOf(sizes: readonly number[]): number[] {
  const borders = new Set<number>();
  let start = 0;
  for (const size of sizes) {
    borders.add(start);
    for (const frame of [1, 2, Math.ceil(size / FRAME) - 1]) borders.add(start + Math.min(frame * FRAME, size));
    start += size;
  }
  return [...borders];
}

/** Ranges that begin or end at a border or a byte beside it, and any others. */
function rangesOf(sizes: readonly number[]): [number, number][] {
  const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
  const points = bordersOf(sizes)
    .flatMap((border) => [border - 1, border, border + 1])
    .filter((point) => point >= 0 && point < sizeBytes);
  const pairs = points.map((point): [number, number] => [point, points[randomInt(points.length)] ?? point]);
  const anywhere = Array.from({ length: RANDOM_RANGES }, (): [number, number] => [
    randomInt(sizeBytes),
    randomInt(sizeBytes),
  ]);
  const alone = points.map((point): [number, number] => [point, point]);
  return [...alone, ...pairs, ...anywhere].map(([one, other]) => [Math.min(one, other), Math.max(one, other)]);
}

for (const name of MODE_NAMES) {
  describe(`with ${name}`, () => {
    let mode: TestMode;
    before(() => {
      mode = testMode(name, kmsKeyId);
    });

    for (const shape of SHAPES) {
      describe(shape.what, () => {
        const Key = `${name}/${shape.what}`;
        let bodies: Buffer[];
        let whole: Buffer;
        before(async () => {
          bodies = await store(Key, shape, mode);
          whole = Buffer.concat(bodies);
        });

        test('is read as it was written, and so is any range', async () => {
          const all = await get({ Key, ...mode.read });
          assert.equal(all.ContentLength, whole.byteLength);
          assert.ok(all.bytes.equals(whole));
          mode.check(all);
          for (const [start, end] of rangesOf(shape.sizes)) {
            const Range = `bytes=${start}-${end}`;
            const found = await get({ Key, Range, ...mode.read });
            assert.equal(found.ContentRange, `bytes ${start}-${end}/${whole.byteLength}`);
            assert.ok(found.bytes.equals(whole.subarray(start, end + 1)), Range);
            mode.check(found);
          }
        });

        test('is read to its end from any border, and not beyond it', async () => {
          for (const border of bordersOf(shape.sizes)) {
            const count = whole.byteLength - border;
            if (count === 0) continue;
            for (const Range of [`bytes=${border}-`, `bytes=-${count}`, `bytes=${border}-999999999`]) {
              const found = await get({ Key, Range, ...mode.read });
              assert.ok(found.bytes.equals(whole.subarray(border)), Range);
            }
          }
          const beyond = get({ Key, Range: `bytes=${whole.byteLength}-`, ...mode.read });
          await assert.rejects(beyond, s3Failure('InvalidRange', 416, /^The requested range is not satisfiable$/));
          const more = await get({ Key, Range: `bytes=-${whole.byteLength + 5}`, ...mode.read });
          assert.ok(more.bytes.equals(whole));
        });

        test('is read part by part', async () => {
          for (const [index, body] of bodies.entries()) {
            const part = { Bucket, Key, PartNumber: index + 1, ...mode.read };
            const found = await get(part);
            assert.ok(found.bytes.equals(body), `part ${index + 1}`);
            mode.check(found);
            const head = await client.send(new HeadObjectCommand(part));
            assert.equal(head.ContentLength, body.byteLength);
            mode.check(head);
          }
          const missing = get({ Key, PartNumber: bodies.length + 1, ...mode.read });
          await assert.rejects(missing, s3Failure('InvalidPartNumber', 416, /not satisfiable/));
        });
      });
    }

    test('nothing is stored and read as nothing', async () => {
      const Key = `${name}/empty`;
      mode.check(await client.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(0), ...mode.write })));
      const found = await get({ Key, ...mode.read });
      assert.equal(found.ContentLength, 0);
      mode.check(found);
      const range = get({ Key, Range: 'bytes=0-0', ...mode.read });
      await assert.rejects(range, s3Failure('InvalidRange', 416, /^The requested range is not satisfiable$/));
    });
  });
}
