import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import fc from 'fast-check';
import {
  ChunkDecoder,
  type IncomingRequest,
  parseClaim,
  presignUrl,
  type VerifiedSignature,
  verifyRequest,
} from '../../signer/index.ts';
import { anyKey, encodeKey, ODD_KEYS } from './odd-keys.ts';
import { ACCESS_KEY, NOW, REGION, SECRET_KEY, verifyExample } from './vectors.ts';
import { startRecorder, type WireRecorder } from './wire-recorder.ts';

const CRC32_OF_123456789 = 'y/Q5Jg==';

let recorder: WireRecorder;
let client: S3Client;

before(async () => {
  recorder = await startRecorder();
  client = new S3Client({
    endpoint: recorder.endpoint,
    region: REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY },
  });
});

after(async () => {
  client.destroy();
  await recorder.close();
});

function verify(request: IncomingRequest): VerifiedSignature {
  const claim = parseClaim(request);
  assert.ok(claim, 'the request is anonymous');
  return verifyRequest({ request, claim, secretKey: SECRET_KEY, region: REGION, now: Date.now() });
}

/** The request that a browser or curl makes of a URL, without the normalising that URL objects do. */
function requestOf(url: string, method = 'GET'): IncomingRequest {
  const start = url.indexOf('/', 'http://'.length);
  return { method, target: url.slice(start), headers: { host: url.slice('http://'.length, start) } };
}

const metadata = fc.dictionary(
  fc.stringMatching(/^[a-z0-9-]{1,10}$/),
  fc.stringMatching(/^[!-~](?:[ -~]{0,20}[!-~])?$/),
  {
    maxKeys: 3,
  },
);

describe('Requests that @aws-sdk/client-s3 sends', () => {
  it('verify with any key and metadata', async () => {
    const put = async (Key: string, Metadata: Record<string, string>) => {
      await client.send(new PutObjectCommand({ Bucket: 'bucket', Key, Body: 'data', Metadata }));
      const request = recorder.last();
      const { claim } = verify(request);
      assert.equal(claim.payload.kind, 'signed');
      assert.equal(request.body.toString(), 'data');
    };
    for (const key of ODD_KEYS) await put(key, {});
    await fc.assert(fc.asyncProperty(anyKey, metadata, put), { numRuns: 100 });
  });

  it('verify with any prefix and delimiter in the query', async () => {
    const list = async (Prefix: string, Delimiter: string) => {
      await client.send(new ListObjectsV2Command({ Bucket: 'bucket', Prefix, Delimiter, MaxKeys: 7 }));
      verify(recorder.last());
    };
    for (const key of ODD_KEYS) await list(key, key.slice(0, 1));
    await fc.assert(fc.asyncProperty(anyKey, fc.string({ unit: 'grapheme', minLength: 1 }), list), { numRuns: 50 });
  });

  it('carry a checksum trailer when the body is a stream', async () => {
    const Body = Readable.from([Buffer.from('1234'), Buffer.from('56789')]);
    const command = new PutObjectCommand({
      Bucket: 'bucket',
      Key: 'k',
      Body,
      ContentLength: 9,
      ChecksumAlgorithm: 'CRC32',
    });
    await client.send(command);
    const request = recorder.last();
    const { claim } = verify(request);
    assert.deepEqual(claim.payload, { kind: 'chunked', signed: false, trailer: true });
    const declaredTrailers = String(request.headers['x-amz-trailer']).split(',');
    const decoder = new ChunkDecoder({ decodedLength: 9, trailer: true, declaredTrailers });
    assert.equal(Buffer.concat(decoder.push(request.body)).toString(), '123456789');
    assert.deepEqual([...decoder.end()], [['x-amz-checksum-crc32', CRC32_OF_123456789]]);
  });
});

describe('URLs that @aws-sdk/s3-request-presigner makes', () => {
  it('verify with any key', async () => {
    const presign = async (Key: string) => {
      const command = new GetObjectCommand({
        Bucket: 'bucket',
        Key,
        ResponseContentDisposition: `attachment; "${Key}"`,
      });
      verify(requestOf(await getSignedUrl(client, command, { expiresIn: 60 })));
    };
    for (const key of ODD_KEYS) await presign(key);
    await fc.assert(fc.asyncProperty(anyKey, presign), { numRuns: 100 });
  });

  it('verify with a header that the uploader must send', async () => {
    const command = new PutObjectCommand({ Bucket: 'bucket', Key: 'k', ContentType: 'image/png' });
    const url = await getSignedUrl(client, command, {
      expiresIn: 60,
      signableHeaders: new Set(['host', 'content-type']),
    });
    const request = requestOf(url, 'PUT');
    verify({ ...request, headers: { ...request.headers, 'content-type': 'image/png' } });
    const other = { ...request, headers: { ...request.headers, 'content-type': 'text/html' } };
    assert.throws(() => verify(other), { code: 'SignatureDoesNotMatch' });
  });

  it('carry the same signature as ours', async () => {
    const isReachable = (key: string) => !/(?:^|\/)\.{1,2}(?:\/|$)/.test(key);
    const compare = async (Key: string) => {
      const command = new GetObjectCommand({ Bucket: 'bucket', Key });
      const theirs = new URL(await getSignedUrl(client, command, { expiresIn: 60, signingDate: new Date(NOW) }));
      const plain = new URL(`${recorder.endpoint}/bucket/${encodeKey(Key)}`);
      for (const [name, value] of theirs.searchParams) {
        if (!name.startsWith('X-Amz-') || name === 'X-Amz-Content-Sha256') plain.searchParams.append(name, value);
      }
      const credentials = { accessKey: ACCESS_KEY, secretKey: SECRET_KEY };
      const ours = presignUrl({
        method: 'GET',
        url: plain,
        credentials,
        region: REGION,
        expiresInSeconds: 60,
        now: NOW,
      });
      assert.equal(ours.searchParams.get('X-Amz-Signature'), theirs.searchParams.get('X-Amz-Signature'));
      verifyExample(requestOf(ours.href));
    };
    for (const key of ODD_KEYS.filter(isReachable)) await compare(key);
    await fc.assert(fc.asyncProperty(anyKey.filter(isReachable), compare), { numRuns: 50 });
  });
});
