import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { after, before, describe, test } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { missing, runCommand } from '../support/command.ts';
import { GatewayProcess } from '../support/process.ts';
import { digestFile, temporaryFolder, writeRandomFile } from '../support/trees.ts';

const MIB = 1024 ** 2;
const SIZE_BYTES = 1024 ** 3;
const MAX_GROWTH_BYTES = 64 * MIB;
const Bucket = 'large';

describe('a file of 1 GiB', {
  skip: process.platform !== 'linux' && 'memory is read from /proc',
  timeout: 600_000,
}, () => {
  let gateway: GatewayProcess;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let s3: S3Client;
  let file: string;
  let digest: string;

  before(async () => {
    folder = await temporaryFolder();
    file = join(folder.path, 'large.bin');
    await writeRandomFile(file, SIZE_BYTES);
    digest = await digestFile(file);
    gateway = await GatewayProcess.start();
    s3 = new S3Client({
      endpoint: gateway.s3Url,
      region: gateway.region,
      credentials: { accessKeyId: gateway.accessKey, secretAccessKey: gateway.secretKey },
      forcePathStyle: true,
      maxAttempts: 1,
    });
    await s3.send(new CreateBucketCommand({ Bucket }));
    await warmUp();
  });
  after(async () => {
    s3.destroy();
    await gateway.stop();
    await folder.remove();
  });

  /** What a process loads and compiles with its first transfers is not what a transfer costs. */
  async function warmUp(): Promise<void> {
    const ContentLength = 128 * MIB;
    for (let round = 0; round < 3; round += 1) {
      const Body = createReadStream(file, { end: ContentLength - 1 });
      await s3.send(new PutObjectCommand({ Bucket, Key: 'warm', Body, ContentLength }));
      const reply = await s3.send(new GetObjectCommand({ Bucket, Key: 'warm' }));
      await reply.Body?.transformToByteArray();
    }
  }

  /** Runs something and asserts that the gateway never held much more than it did before. */
  async function flat(t: { diagnostic(text: string): void }, transfer: () => Promise<unknown>): Promise<void> {
    await gateway.resetPeakMemory();
    const { residentBytes } = await gateway.memory();
    const startedAt = performance.now();
    await transfer();
    const seconds = (performance.now() - startedAt) / 1000;
    const grownBytes = (await gateway.memory()).peakBytes - residentBytes;
    t.diagnostic(`${Math.round(SIZE_BYTES / MIB / seconds)} MiB/s, memory grew by ${Math.round(grownBytes / MIB)} MiB`);
    assert.ok(grownBytes < MAX_GROWTH_BYTES, `memory grew by ${grownBytes} bytes`);
  }

  test('is put as one body in flat memory', (t) =>
    flat(t, async () => {
      const ContentLength = (await stat(file)).size;
      await s3.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: createReadStream(file), ContentLength }));
    }));

  test('is got as one body, byte for byte, in flat memory', (t) =>
    flat(t, async () => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'whole' }));
      const hash = createHash('sha256');
      await pipeline(Body as NodeJS.ReadableStream, hash);
      assert.equal(hash.digest('hex'), digest);
    }));

  describe('by rclone in parts', { skip: missing('rclone') }, () => {
    const rclone = (...args: string[]) =>
      runCommand('rclone', args, {
        environment: {
          AWS_CA_BUNDLE: '',
          RCLONE_CONFIG: join(folder.path, 'no-config'),
          RCLONE_CONFIG_GATE_TYPE: 's3',
          RCLONE_CONFIG_GATE_PROVIDER: 'Other',
          RCLONE_CONFIG_GATE_ENDPOINT: gateway.s3Url,
          RCLONE_CONFIG_GATE_ACCESS_KEY_ID: gateway.accessKey,
          RCLONE_CONFIG_GATE_SECRET_ACCESS_KEY: gateway.secretKey,
          RCLONE_CONFIG_GATE_CHUNK_SIZE: '16Mi',
          RCLONE_CONFIG_GATE_UPLOAD_CONCURRENCY: '4',
          RCLONE_MULTI_THREAD_STREAMS: '4',
        },
      });

    test('is put in flat memory', (t) => flat(t, () => rclone('copyto', file, 'gate:large/parts')));

    test('is got, byte for byte, in flat memory', (t) =>
      flat(t, async () => {
        const returned = join(folder.path, 'returned.bin');
        await rclone('copyto', 'gate:large/parts', returned);
        assert.equal(await digestFile(returned), digest);
      }));
  });
});
