import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateBucketCommand,
  DeleteBucketEncryptionCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { openDatabase } from '../../../../metadata/sqlite/driver.ts';
import { Conversation } from '../../../support/conversation.ts';
import {
  kmsKey,
  MISSING_KEY,
  MODE_NAMES,
  type ModeName,
  NOT_APPLICABLE,
  TestKey,
  type TestMode,
  testMode,
  WRONG_KEY,
} from '../../../support/encryption.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { PART_BYTES, TestUpload } from '../../../support/multipart.ts';
import { s3Failure } from '../../../support/s3-failure.ts';

const Bucket = 'copies';
const ILLEGAL = s3Failure(
  'InvalidRequest',
  400,
  /^This copy request is illegal because it is trying to copy an object to/,
);
const SHAPES = {
  empty: [Buffer.alloc(0)],
  inline: [randomBytes(1000)],
  blob: [randomBytes(200_000)],
  parts: [randomBytes(PART_BYTES), randomBytes(70_001)],
} as const;
type ShapeName = keyof typeof SHAPES;
const SHAPE_NAMES = Object.keys(SHAPES) as ShapeName[]; // its own keys

let gateway: TestGateway;
let client: S3Client;
let root: Conversation;
let kmsKeyId: string;

before(async () => {
  // The references of a blob are counted here: objects of other tests must not share it.
  gateway = await startGateway({ GATEHOUSE_DEDUPLICATION: 'off' });
  client = gateway.client();
  root = new Conversation(gateway);
  kmsKeyId = (await kmsKey(gateway, 'create')).id;
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(() => gateway.stop());

const modeOf = (name: ModeName, key?: TestKey) => testMode(name, kmsKeyId, key);
const put = (Key: string, input = {}) => client.send(new PutObjectCommand({ Bucket, Key, Body: 'contents', ...input }));
const head = (Key: string, input = {}) => client.send(new HeadObjectCommand({ Bucket, Key, ...input }));
const copy = (from: string, Key: string, input: Partial<CopyObjectCommandInput> = {}) =>
  client.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${encodeURIComponent(from)}`, ...input }));

async function store(Key: string, shape: ShapeName, mode: TestMode): Promise<Buffer> {
  const bodies = SHAPES[shape];
  if (bodies.length === 1) {
    await put(Key, { Body: bodies[0], ...mode.write });
  } else {
    const upload = await TestUpload.begin(client, { Bucket, Key, ...mode.write });
    for (const [index, body] of bodies.entries()) await upload.send(index + 1, body, mode.read);
    await upload.complete();
  }
  return Buffer.concat(bodies);
}

async function read(Key: string, input = {}): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...input }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

interface BlobRow {
  readonly id: number;
  readonly refs: number;
}

function query<Row>(sql: string, ...values: unknown[]): Row[] {
  const database = openDatabase(join(gateway.dataFolder, 'metadata.db'), { readonly: true });
  try {
    return database.prepare(sql).all(...values) as Row[]; // the caller's word for its own columns
  } finally {
    database.close();
  }
}

/** The blobs of an object in order, with how many objects and parts refer to each. */
function blobsOf(key: string): BlobRow[] {
  return query<BlobRow>(
    `SELECT b.id, b.refs FROM objects o LEFT JOIN parts p ON p.set_id = o.part_set
     JOIN blobs b ON b.id = coalesce(p.blob_id, o.blob_id) WHERE o.key = ? ORDER BY p.part_number`,
    key,
  );
}

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');
const showsMd5 = ({ name }: TestMode) => name === 'none' || name === 'SSE-S3';

describe('a copy', () => {
  for (const from of MODE_NAMES) {
    for (const to of MODE_NAMES) {
      for (const shape of SHAPE_NAMES) {
        test(`from ${from} to ${to} has the same bytes, encrypted as asked for: ${shape}`, async () => {
          const key = `${from} to ${to}, ${shape}`;
          const [source, target] = [modeOf(from), modeOf(to)];
          const whole = await store(key, shape, source);
          const copied = await copy(key, `${key}, copied`, { ...source.source, ...target.write });
          target.check(copied);
          const told = await head(`${key}, copied`, target.read);
          target.check(told);
          assert.equal(told.ContentLength, whole.byteLength);
          assert.ok((await read(`${key}, copied`, target.read)).equals(whole));
          assert.ok((await read(key, source.read)).equals(whole), 'the source is as it was');
          source.check(await head(key, source.read));

          const [before, after] = [blobsOf(key), blobsOf(`${key}, copied`)];
          const isShared = (from === 'none') === (to === 'none');
          if (isShared) assert.deepEqual(after, before);
          for (const { refs } of [...before, ...after]) assert.equal(refs, isShared ? 2 : 1);
          if (!isShared && whole.byteLength > 0) assert.notDeepEqual(after[0]?.id, before[0]?.id);

          const etag = copied.CopyObjectResult?.ETag;
          assert.equal(told.ETag, etag);
          if (shape === 'parts' && isShared) assert.match(etag ?? '', /^"[0-9a-f]{32}-2"$/);
          else assert.equal(etag === `"${md5(whole)}"`, showsMd5(target));
        });
      }
    }
  }

  test('with other headers or another checksum is encrypted all the same', async () => {
    for (const from of MODE_NAMES) {
      const [source, target] = [modeOf(from), modeOf('SSE-C')];
      const whole = await store('described', 'blob', source);
      const input = { MetadataDirective: 'REPLACE', ContentType: 'text/x', ChecksumAlgorithm: 'SHA256' } as const;
      const copied = await copy('described', 'described again', { ...source.source, ...target.write, ...input });
      const sha256 = createHash('sha256').update(whole).digest('base64');
      assert.equal(copied.CopyObjectResult?.ChecksumSHA256, sha256);
      const told = await head('described again', { ChecksumMode: 'ENABLED', ...target.read });
      assert.deepEqual([told.ContentType, told.ChecksumSHA256], ['text/x', sha256]);
      assert.ok((await read('described again', target.read)).equals(whole));
    }
  });

  test('is encrypted as its bucket has it by default, and never as its source', async () => {
    const mine = modeOf('SSE-C');
    await store('default', 'blob', mine);
    modeOf('none').check(await copy('default', 'plain', mine.source));
    const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } };
    const ServerSideEncryptionConfiguration = { Rules: [rule] };
    await client.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
    try {
      modeOf('SSE-S3').check(await copy('default', 'by default', mine.source));
      modeOf('SSE-KMS').check(await copy('default', 'asked', { ...mine.source, ...modeOf('SSE-KMS').write }));
      modeOf('SSE-S3').check(await copy('asked', 'by default'));
    } finally {
      await client.send(new DeleteBucketEncryptionCommand({ Bucket }));
    }
  });

  test('with a context has its own, and not that of its source', async () => {
    const kms = { ServerSideEncryption: 'aws:kms' } as const;
    const context = (text: string) => Buffer.from(JSON.stringify({ of: text })).toString('base64');
    await put('context', { ...kms, SSEKMSEncryptionContext: context('source') });
    const copied = await copy('context', 'context again', { ...kms, SSEKMSEncryptionContext: context('copy') });
    assert.equal(copied.SSEKMSEncryptionContext, context('copy'));
    assert.equal((await copy('context', 'context again', kms)).SSEKMSEncryptionContext, undefined);
    assert.equal((await read('context again')).toString(), 'contents');
  });
});

describe('the source of a copy', () => {
  const mine = new TestKey();
  const other = new TestKey();
  before(async () => {
    await put('sealed', mine.target);
    await put('open');
    await put('managed', { ServerSideEncryption: 'AES256' });
    await put('kept');
  });

  for (const target of MODE_NAMES) {
    test(`needs its key, and no key that it does not need: to ${target}`, async () => {
      const { write } = modeOf(target);
      await assert.rejects(copy('sealed', 'kept', write), s3Failure('InvalidRequest', 400, MISSING_KEY));
      const wrong = { ...other.source, ...write };
      await assert.rejects(copy('sealed', 'kept', wrong), s3Failure('AccessDenied', 403, WRONG_KEY));
      for (const from of ['open', 'managed']) {
        const unasked = copy(from, 'kept', { ...mine.source, ...write });
        await assert.rejects(unasked, s3Failure('InvalidRequest', 400, NOT_APPLICABLE));
      }
      modeOf('none').check(await head('kept'));
    });
  }

  test('needs its key before its conditions are decided', async () => {
    const { ETag } = await head('sealed', mine.target);
    const conditional = copy('sealed', 'kept', { CopySourceIfMatch: ETag });
    await assert.rejects(conditional, s3Failure('InvalidRequest', 400, MISSING_KEY));
    const failed = copy('sealed', 'kept', { CopySourceIfMatch: '"other"', ...mine.source });
    await assert.rejects(failed, { name: 'PreconditionFailed' });
  });

  test('refuses a broken key as any key is refused', async () => {
    const headers = { 'x-amz-copy-source': `/${Bucket}/sealed`, ...mine.sourceHeaders };
    const algorithm = 'x-amz-copy-source-server-side-encryption-customer-algorithm';
    const request = { method: 'PUT', target: `/${Bucket}/kept` };
    await root.fail(
      { ...request, headers: { ...headers, [algorithm]: 'AES192' } },
      400,
      'InvalidEncryptionAlgorithmError',
    );
    const digest = 'x-amz-copy-source-server-side-encryption-customer-key-md5';
    await root.fail({ ...request, headers: { ...headers, [digest]: other.md5 } }, 400, 'InvalidArgument');
  });
});

describe('a copy onto itself', () => {
  test('changes the encryption to any other, again and again', async () => {
    for (const shape of SHAPE_NAMES) {
      const key = `in place, ${shape}`;
      let mode = modeOf('none');
      const whole = await store(key, shape, mode);
      for (const name of ['SSE-S3', 'SSE-C', 'SSE-KMS', 'SSE-C', 'none', 'SSE-KMS', 'SSE-S3', 'SSE-S3'] as const) {
        const next = modeOf(name);
        next.check(await copy(key, key, { ...mode.source, ...next.write }));
        assert.ok((await read(key, next.read)).equals(whole), `${shape}: ${mode.name} to ${name}`);
        for (const { refs } of blobsOf(key)) assert.equal(refs, 1);
        mode = next;
      }
    }
  });

  test("gives an object another customer's key without touching its bytes", async () => {
    for (const shape of ['inline', 'blob', 'parts'] as const) {
      const key = `rotated, ${shape}`;
      const [old, next] = [modeOf('SSE-C'), modeOf('SSE-C')];
      const whole = await store(key, shape, old);
      const before = blobsOf(key);
      await copy(key, key, { ...old.source, ...next.write });
      assert.deepEqual(blobsOf(key), before);
      await assert.rejects(read(key, old.read), s3Failure('AccessDenied', 403, WRONG_KEY));
      assert.ok((await read(key, next.read)).equals(whole));
    }
  });

  test('seals with the newest version of a rotated key', async () => {
    const kms = modeOf('SSE-KMS');
    const versionOf = (key: string) => {
      const [row] = query<{ encryption: string }>('SELECT encryption FROM objects WHERE key = ?', key);
      return (JSON.parse(row?.encryption ?? '{}') as { keyVersion?: number }).keyVersion; // as the services wrote it
    };
    const whole = await store('ring', 'blob', kms);
    const old = versionOf('ring') ?? 0;
    await kmsKey(gateway, 'rotate');
    assert.ok((await read('ring')).equals(whole));
    await copy('ring', 'ring', kms.write);
    assert.equal(versionOf('ring'), old + 1);
    assert.ok((await read('ring')).equals(whole));
  });

  test('is illegal where nothing would change', async () => {
    await put('same');
    await assert.rejects(copy('same', 'same'), ILLEGAL);
    await assert.rejects(copy('same', 'same', { BucketKeyEnabled: true }), ILLEGAL);
    await put('same', { ServerSideEncryption: 'AES256' });
    modeOf('SSE-S3').check(await copy('same', 'same', { ServerSideEncryption: 'AES256' }));
    modeOf('none').check(await copy('same', 'same'));
  });

  test('is legal in a bucket that has a default encryption, as S3 has it', async () => {
    await put('same');
    const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } };
    const ServerSideEncryptionConfiguration = { Rules: [rule] };
    await client.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
    for (let time = 0; time < 2; time += 1) modeOf('SSE-S3').check(await copy('same', 'same'));
    await client.send(new DeleteBucketEncryptionCommand({ Bucket }));
  });
});
