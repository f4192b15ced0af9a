import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  IdempotencyParameterMismatch,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  paginateListObjectsV2,
  paginateListParts,
  RenameObjectCommand,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
  UploadPartCommand,
  UploadPartCopyCommand,
  waitUntilObjectExists,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type ChecksumAlgorithm, createChecksum } from '../../gateway/services/checksums.ts';
import { GatewayProcess } from '../support/process.ts';
import { ODD_NAMES } from '../support/trees.ts';

const MIB = 1024 ** 2;
const Bucket = 'sdk-bucket';
const DOMAIN = 's3.gatehouse.test';

/** Names below the domain lead to this machine, as a wildcard record would. */
const lookup: LookupFunction = (_name, options, found) =>
  options.all === true ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4);

/** An implementation as the SDK takes it: it has none of the newer checksums. */
function checksumClass(algorithm: ChecksumAlgorithm) {
  return class {
    #state = createChecksum(algorithm);

    update(bytes: Uint8Array): void {
      this.#state.update(bytes);
    }

    async digest(): Promise<Uint8Array> {
      return this.#state.digest();
    }

    reset(): void {
      this.#state = createChecksum(algorithm);
    }
  };
}

/** Pieces of uneven sizes, of a length that nobody told. */
function piecesOf(body: Buffer): Readable {
  const pieces: Buffer[] = [];
  for (let start = 0, size = 1; start < body.byteLength; start += size, size = (size * 3) % 100_003) {
    pieces.push(body.subarray(start, start + size));
  }
  return Readable.from(pieces, { objectMode: false });
}

function isRefused(code: string, status: number) {
  return (error: unknown) => {
    assert.ok(error instanceof S3ServiceException, String(error));
    assert.deepEqual([error.name, error.$metadata.httpStatusCode], [code, status]);
    return true;
  };
}

describe('@aws-sdk/client-s3', { timeout: 300_000 }, () => {
  let gateway: GatewayProcess;
  let s3: S3Client;
  const clients: S3Client[] = [];
  const client = (config: S3ClientConfig = {}) => {
    const made = new S3Client({
      endpoint: gateway.s3Url,
      region: gateway.region,
      credentials: { accessKeyId: gateway.accessKey, secretAccessKey: gateway.secretKey },
      forcePathStyle: true,
      maxAttempts: 1,
      ...config,
    });
    clients.push(made);
    return made;
  };
  const virtualHosts = () =>
    client({
      forcePathStyle: false,
      endpoint: `http://${DOMAIN}:${gateway.s3Port}`,
      requestHandler: { httpAgent: new Agent({ lookup }) },
    });
  const countUploads = async () => (await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads?.length ?? 0;
  const read = async (Key: string, from = s3) => {
    const { Body } = await from.send(new GetObjectCommand({ Bucket, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };

  before(async () => {
    gateway = await GatewayProcess.start({ GATEHOUSE_S3_DOMAIN: DOMAIN });
    s3 = client();
    await s3.send(new CreateBucketCommand({ Bucket }));
  });
  after(async () => {
    for (const each of clients) each.destroy();
    await gateway.stop();
  });

  describe('bodies and checksums', () => {
    test('the default settings send a CRC32 and verify it on the way back', async () => {
      const Body = randomBytes(70_000);
      const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'default', Body }));
      assert.match(put.ChecksumCRC32 ?? '', /^.{6}==$/);
      assert.equal(put.ChecksumType, 'FULL_OBJECT');
      const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'default' }));
      assert.equal(got.ChecksumCRC32, put.ChecksumCRC32);
      assert.ok(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(Body));
    });

    for (const requestChecksumCalculation of ['WHEN_SUPPORTED', 'WHEN_REQUIRED'] as const) {
      test(`${requestChecksumCalculation} takes buffers, text, nothing and streams of a known length`, async () => {
        const sender = client({ requestChecksumCalculation });
        const body = randomBytes(300_000);
        const ContentLength = body.byteLength;
        await sender.send(new PutObjectCommand({ Bucket, Key: 'stream', Body: piecesOf(body), ContentLength }));
        assert.ok((await read('stream')).equals(body));
        await sender.send(new PutObjectCommand({ Bucket, Key: 'text', Body: 'سلام' }));
        assert.equal((await read('text')).toString(), 'سلام');
        await sender.send(new PutObjectCommand({ Bucket, Key: 'nothing' }));
        assert.equal((await read('nothing')).byteLength, 0);
      });
    }

    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
      test(`a stream with a trailing ${ChecksumAlgorithm} is verified, kept and returned`, async () => {
        const body = randomBytes(200_001);
        const Key = `trailing ${ChecksumAlgorithm}`;
        const input = { Bucket, Key, ChecksumAlgorithm, ContentLength: body.byteLength };
        const put = await s3.send(new PutObjectCommand({ ...input, Body: piecesOf(body) }));
        const name = `Checksum${ChecksumAlgorithm}` as const;
        const head = await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
        assert.ok(put[name] !== undefined && put[name] === head[name]);
        assert.ok((await read(Key)).equals(body));
      });
    }

    for (const ChecksumAlgorithm of ['SHA512', 'XXHASH64', 'XXHASH3', 'XXHASH128'] as const) {
      test(`a stream with a trailing ${ChecksumAlgorithm}, once the client can make one, as well`, async () => {
        const able = client({ checksumAlgorithms: { [ChecksumAlgorithm]: checksumClass(ChecksumAlgorithm) } });
        const body = randomBytes(200_001);
        const where = { Bucket, Key: `trailing ${ChecksumAlgorithm}` };
        const input = { ...where, ChecksumAlgorithm, ContentLength: body.byteLength };
        const put = await able.send(new PutObjectCommand({ ...input, Body: piecesOf(body) }));
        const name = `Checksum${ChecksumAlgorithm}` as const;
        const head = await able.send(new HeadObjectCommand({ ...where, ChecksumMode: 'ENABLED' }));
        assert.ok(put[name] !== undefined && put[name] === head[name]);
        assert.ok((await read(where.Key, able)).equals(body));
      });
    }

    test('a wrong checksum is refused and leaves nothing', async () => {
      const input = { Bucket, Key: 'wrong', Body: 'body', ChecksumCRC32: 'AAAAAA==' };
      await assert.rejects(s3.send(new PutObjectCommand(input)), isRefused('BadDigest', 400));
      await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: 'wrong' })), NoSuchKey);
    });

    test('every odd key is written, read, listed, copied and deleted', async () => {
      const keys = [...ODD_NAMES, 'a//b', './c', '../d', 'e/', ' lead', 'line\nbreak'].map((name) => `odd/${name}`);
      for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
      for (const Key of keys) assert.equal((await read(Key)).toString(), Key);
      const listed: (string | undefined)[] = [];
      const pages = paginateListObjectsV2({ client: s3, pageSize: 4 }, { Bucket, Prefix: 'odd/', EncodingType: 'url' });
      for await (const page of pages) listed.push(...(page.Contents ?? []).map(({ Key }) => decodeKey(Key)));
      assert.deepEqual(
        listed,
        keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
      );
      for (const Key of keys) {
        const CopySource = `${Bucket}/${encodeURIComponent(Key)}`;
        await s3.send(new CopyObjectCommand({ Bucket, Key: `copy of ${Key}`, CopySource }));
        assert.equal((await read(`copy of ${Key}`)).toString(), Key);
      }
      const Objects = keys
        .flatMap((Key) => [{ Key }, { Key: `copy of ${Key}` }])
        .filter(({ Key }) => !Key.includes('\n'));
      const { Deleted, Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
      assert.equal(Errors, undefined);
      assert.deepEqual(Deleted?.map(({ Key }) => Key).sort(), Objects.map(({ Key }) => Key).sort());
      await s3.send(new DeleteObjectCommand({ Bucket, Key: 'odd/line\nbreak' }));
      const { Contents } = await s3.send(new ListObjectsCommand({ Bucket, Prefix: 'odd/' }));
      assert.equal(Contents, undefined);
    });
  });

  describe('replies', () => {
    test('ranges, conditions and overrides', async () => {
      const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'digits', Body: '0123456789' }));
      const on = { Bucket, Key: 'digits' };
      const part = await s3.send(new GetObjectCommand({ ...on, Range: 'bytes=-4' }));
      assert.equal(part.$metadata.httpStatusCode, 206);
      assert.equal(part.ContentRange, 'bytes 6-9/10');
      assert.equal(await part.Body?.transformToString(), '6789');
      const odd = await s3.send(new GetObjectCommand({ ...on, ResponseContentType: 'text/x-odd' }));
      assert.equal(odd.ContentType, 'text/x-odd');
      await odd.Body?.transformToString();
      await assert.rejects(
        s3.send(new GetObjectCommand({ ...on, Range: 'bytes=10-' })),
        isRefused('InvalidRange', 416),
      );
      await assert.rejects(
        s3.send(new GetObjectCommand({ ...on, IfMatch: '"x"' })),
        isRefused('PreconditionFailed', 412),
      );
      await assert.rejects(s3.send(new HeadObjectCommand({ ...on, IfNoneMatch: ETag })), (error: unknown) => {
        assert.ok(error instanceof S3ServiceException);
        return error.$metadata.httpStatusCode === 304;
      });
    });

    test('conditional writes let one of many writers win', async () => {
      const writers = Array.from({ length: 8 }, (_, index) =>
        s3.send(new PutObjectCommand({ Bucket, Key: 'race', Body: `writer ${index}`, IfNoneMatch: '*' })),
      );
      const results = await Promise.allSettled(writers);
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const result of results) {
        if (result.status === 'rejected') assert.equal(result.reason.$metadata.httpStatusCode, 412);
      }
      const winner = results.findIndex(({ status }) => status === 'fulfilled');
      assert.equal((await read('race')).toString(), `writer ${winner}`);
    });

    test('errors are the SDK’s own classes', async () => {
      await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: 'absent' })), NoSuchKey);
      await assert.rejects(s3.send(new HeadObjectCommand({ Bucket, Key: 'absent' })), NotFound);
      await assert.rejects(s3.send(new HeadBucketCommand({ Bucket: 'absent-bucket' })), NotFound);
      await assert.rejects(s3.send(new DeleteBucketCommand({ Bucket })), isRefused('BucketNotEmpty', 409));
    });

    test('buckets are listed and located', async () => {
      const { Buckets, Owner } = await s3.send(new ListBucketsCommand({}));
      const mine = Buckets?.find(({ Name }) => Name === Bucket);
      assert.ok(mine?.CreationDate instanceof Date);
      assert.match(Owner?.ID ?? '', /^[0-9a-f]{64}$/);
      const { LocationConstraint } = await s3.send(new GetBucketLocationCommand({ Bucket }));
      assert.equal(LocationConstraint ?? '', '');
      await waitUntilObjectExists({ client: s3, minDelay: 1, maxWaitTime: 5 }, { Bucket, Key: 'digits' });
    });

    test('user metadata comes back, also beyond ASCII where it is encoded', async () => {
      const Metadata = { colour: 'blue', 'with-dash': 'x  y', encoded: '=?UTF-8?B?2LPZhNin2YU=?=' };
      await s3.send(new PutObjectCommand({ Bucket, Key: 'metadata', Body: '', Metadata }));
      assert.deepEqual((await s3.send(new HeadObjectCommand({ Bucket, Key: 'metadata' }))).Metadata, Metadata);
    });
  });

  describe('parts', () => {
    test('Upload sends a stream of unknown length in parts, and tells its progress', async () => {
      const body = randomBytes(18 * MIB + 5);
      const upload = new Upload({
        client: s3,
        params: { Bucket, Key: 'uploaded', Body: piecesOf(body), ContentType: 'text/x-uploaded' },
        partSize: 5 * MIB,
        queueSize: 3,
      });
      let loaded = 0;
      upload.on('httpUploadProgress', (progress) => {
        loaded = Math.max(loaded, progress.loaded ?? 0);
      });
      const { ETag, Location } = await upload.done();
      assert.match(ETag ?? '', /-4"$/);
      assert.ok(Location?.endsWith('/uploaded'));
      assert.equal(loaded, body.byteLength);
      assert.ok((await read('uploaded')).equals(body));
    });

    test('Upload sends a short stream at once', async () => {
      const source = new PassThrough();
      const upload = new Upload({ client: s3, params: { Bucket, Key: 'short', Body: source } });
      source.end('short');
      const { ETag } = await upload.done();
      assert.equal(ETag, `"${createHash('md5').update('short').digest('hex')}"`);
    });

    for (const ChecksumAlgorithm of ['CRC32C', 'CRC64NVME', 'SHA256'] as const) {
      test(`Upload with ${ChecksumAlgorithm} is verified part by part and as a whole`, async () => {
        const body = randomBytes(11 * MIB);
        const Key = `upload ${ChecksumAlgorithm}`;
        const done = await new Upload({
          client: s3,
          params: { Bucket, Key, Body: body, ChecksumAlgorithm },
          partSize: 5 * MIB,
        }).done();
        const name = `Checksum${ChecksumAlgorithm}` as const;
        assert.ok(done[name]);
        assert.equal(
          (await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' })))[name],
          done[name],
        );
        assert.ok((await read(Key)).equals(body));
        const attributes = await s3.send(
          new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['Checksum', 'ObjectParts', 'ObjectSize'] }),
        );
        assert.equal(attributes.ObjectSize, body.byteLength);
        assert.equal(attributes.ObjectParts?.TotalPartsCount, 3);
      });
    }

    test('an aborted Upload leaves no upload behind', async () => {
      const endless = Readable.from(
        (async function* () {
          while (true) yield randomBytes(MIB);
        })(),
        { objectMode: false },
      );
      const upload = new Upload({ client: s3, params: { Bucket, Key: 'aborted', Body: endless }, partSize: 5 * MIB });
      upload.on('httpUploadProgress', () => void upload.abort());
      await assert.rejects(upload.done(), { name: 'AbortError' });
      endless.destroy();
      await assert.rejects(s3.send(new HeadObjectCommand({ Bucket, Key: 'aborted' })), NotFound);
      // The SDK tells the gateway after it has told us.
      for (let tries = 0; tries < 50 && (await countUploads()) > 0; tries += 1) await sleep(100);
      assert.equal(await countUploads(), 0);
    });

    test('parts are uploaded, copied, listed and completed', async () => {
      const Key = 'by hand';
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, Metadata: { by: 'hand' } }));
      const on = { Bucket, Key, UploadId };
      const body = randomBytes(5 * MIB);
      const one = await s3.send(new UploadPartCommand({ ...on, PartNumber: 1, Body: body }));
      const two = await s3.send(
        new UploadPartCopyCommand({
          ...on,
          PartNumber: 2,
          CopySource: `${Bucket}/digits`,
          CopySourceRange: 'bytes=1-3',
        }),
      );
      const sizes: (number | undefined)[] = [];
      for await (const page of paginateListParts({ client: s3, pageSize: 1 }, on)) {
        sizes.push(...(page.Parts ?? []).map(({ Size }) => Size));
      }
      assert.deepEqual(sizes, [5 * MIB, 3]);
      const Parts = [
        { PartNumber: 1, ETag: one.ETag, ChecksumCRC32: one.ChecksumCRC32 },
        { PartNumber: 2, ETag: two.CopyPartResult?.ETag, ChecksumCRC32: two.CopyPartResult?.ChecksumCRC32 },
      ];
      await s3.send(new CompleteMultipartUploadCommand({ ...on, MultipartUpload: { Parts } }));
      assert.ok((await read(Key)).equals(Buffer.concat([body, Buffer.from('123')])));
      const head = await s3.send(new HeadObjectCommand({ Bucket, Key, PartNumber: 2 }));
      assert.deepEqual([head.ContentLength, head.PartsCount, head.Metadata], [3, 2, { by: 'hand' }]);
    });
  });

  describe('presigned', () => {
    test('GET, HEAD, PUT and DELETE', async () => {
      const on = { Bucket, Key: 'presigned +سلام' };
      const put = await getSignedUrl(s3, new PutObjectCommand({ ...on, ContentType: 'text/plain' }), { expiresIn: 60 });
      const stored = await fetch(put, { method: 'PUT', body: 'presigned', headers: { 'content-type': 'text/plain' } });
      assert.equal(stored.status, 200, await stored.text());
      const get = await getSignedUrl(s3, new GetObjectCommand({ ...on, ResponseContentType: 'text/x-odd' }));
      const got = await fetch(get);
      assert.deepEqual([await got.text(), got.headers.get('content-type')], ['presigned', 'text/x-odd']);
      const head = await fetch(await getSignedUrl(s3, new HeadObjectCommand(on)), { method: 'HEAD' });
      assert.equal(head.headers.get('content-length'), '9');
      const gone = await fetch(await getSignedUrl(s3, new DeleteObjectCommand(on)), { method: 'DELETE' });
      assert.equal(gone.status, 204);
      assert.equal((await fetch(get)).status, 404);
    });

    test('POST takes the form of a browser, and enforces its conditions', async () => {
      const { url, fields } = await createPresignedPost(s3, {
        Bucket,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: S3 replaces it by the name of the file
        Key: 'posted/${filename}',
        Conditions: [
          ['content-length-range', 1, 100],
          ['starts-with', '$Content-Type', 'text/'],
        ],
        Fields: { 'Content-Type': 'text/x-posted' },
        Expires: 60,
      });
      const send = (content: string, changes: Record<string, string> = {}) => {
        const form = new FormData();
        for (const [name, value] of Object.entries({ ...fields, ...changes })) form.append(name, value);
        form.append('file', new Blob([content]), 'from browser.txt');
        return fetch(url, { method: 'POST', body: form });
      };
      assert.equal((await send('posted')).status, 204);
      assert.equal((await read('posted/from browser.txt')).toString(), 'posted');
      const large = await send('x'.repeat(101));
      assert.equal(large.status, 400);
      assert.match(await large.text(), /<Code>EntityTooLarge<\/Code>/);
      assert.equal((await send('posted', { 'Content-Type': 'image/png' })).status, 403);
    });
  });

  describe('virtual-host style', () => {
    test('buckets are made, used and removed by host name', async () => {
      const hosted = virtualHosts();
      const own = { Bucket: 'hosted-bucket' };
      await hosted.send(new CreateBucketCommand(own));
      await hosted.send(new PutObjectCommand({ ...own, Key: 'a/b +é', Body: 'by host' }));
      const { Body } = await s3.send(new GetObjectCommand({ ...own, Key: 'a/b +é' }));
      assert.equal(await Body?.transformToString(), 'by host', 'the same object in path style');
      const { Contents } = await hosted.send(new ListObjectsCommand(own));
      assert.deepEqual(
        Contents?.map(({ Key }) => Key),
        ['a/b +é'],
      );
      const body = randomBytes(6 * MIB);
      await new Upload({
        client: hosted,
        params: { ...own, Key: 'parts', Body: piecesOf(body) },
        partSize: 5 * MIB,
      }).done();
      await hosted.send(new CopyObjectCommand({ ...own, Key: 'copy', CopySource: 'hosted-bucket/parts' }));
      const url = await getSignedUrl(hosted, new GetObjectCommand({ ...own, Key: 'copy' }));
      assert.ok(url.startsWith(`http://hosted-bucket.${DOMAIN}:`));
      const Objects = ['a/b +é', 'parts', 'copy'].map((Key) => ({ Key }));
      await hosted.send(new DeleteObjectsCommand({ ...own, Delete: { Objects } }));
      await hosted.send(new DeleteBucketCommand(own));
      await assert.rejects(hosted.send(new HeadBucketCommand(own)), NotFound);
      assert.ok((await hosted.send(new ListBucketsCommand({}))).Buckets?.some(({ Name }) => Name === Bucket));
    });
  });

  describe('renames', () => {
    /** A client of which the first reply is lost on its way. */
    const unlucky = () => {
      const made = client({ maxAttempts: 2 });
      let replies = 0;
      made.middlewareStack.add(
        (next) => async (request) => {
          const reply = await next(request);
          replies += 1;
          if (replies === 1) throw Object.assign(new Error('The connection was reset.'), { code: 'ECONNRESET' });
          return reply;
        },
        { step: 'finalizeRequest', priority: 'low', name: 'loseFirstReply' },
      );
      return { made, countReplies: () => replies };
    };

    test('an object is renamed by host name, under conditions on both ends', async () => {
      const hosted = virtualHosts();
      const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket, Key: 'draft é', Body: 'text' }));
      const rename = (input: { SourceIfMatch: string }) =>
        hosted.send(
          new RenameObjectCommand({
            ...{ Bucket, Key: 'final é', RenameSource: encodeURIComponent('draft é'), DestinationIfNoneMatch: '*' },
            ...input,
          }),
        );
      await assert.rejects(rename({ SourceIfMatch: '"another"' }), isRefused('PreconditionFailed', 412));
      await rename({ SourceIfMatch: ETag });
      assert.equal((await read('final é')).toString(), 'text');
      await assert.rejects(read('draft é'), NoSuchKey);
    });

    test('the SDK tries again after a lost reply, with the token that it gave the request itself', async () => {
      await s3.send(new PutObjectCommand({ Bucket, Key: 'lost', Body: 'found' }));
      const { made, countReplies } = unlucky();
      await made.send(new RenameObjectCommand({ Bucket, Key: 'kept', RenameSource: 'lost' }));
      assert.equal(countReplies(), 2);
      assert.equal((await read('kept')).toString(), 'found');
    });

    test('a rename that comes again after the process was killed does nothing again', async () => {
      const renamed = { Bucket, Key: 'new', RenameSource: 'old', ClientToken: 'once-and-for-all' };
      await s3.send(new PutObjectCommand({ Bucket, Key: 'old', Body: 'first' }));
      await s3.send(new RenameObjectCommand(renamed));
      await gateway.kill();
      await gateway.restart();
      s3 = client();
      await s3.send(new PutObjectCommand({ Bucket, Key: 'old', Body: 'second' }));
      await s3.send(new RenameObjectCommand(renamed));
      assert.deepEqual([(await read('old')).toString(), (await read('new')).toString()], ['second', 'first']);
      const other = s3.send(new RenameObjectCommand({ ...renamed, Key: 'other' }));
      await assert.rejects(other, IdempotencyParameterMismatch);
    });
  });

  test('what was stored is there after the process was killed and started again', async () => {
    const Body = randomBytes(100_000);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'survivor', Body }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'small survivor', Body: 'small' }));
    await gateway.kill();
    await gateway.restart();
    const again = client();
    assert.ok((await read('survivor', again)).equals(Body));
    assert.equal((await read('small survivor', again)).toString(), 'small');
  });
});

/** With `EncodingType: 'url'`, the SDK leaves decoding to its user. */
function decodeKey(key: string | undefined): string | undefined {
  return key === undefined ? undefined : decodeURIComponent(key.replaceAll('+', ' '));
}
