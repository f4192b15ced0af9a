import assert from 'node:assert/strict';
import { createHash, hash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  type CompletedPart,
  type CompleteMultipartUploadCommandInput,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { CHECKSUM_ALGORITHMS, checksumOf } from '../../../../gateway/services/checksums.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { checksumField, PART_BYTES, partBody, TestUpload } from '../../../support/multipart.ts';
import { elementText, s3Failure } from '../../../support/s3-failure.ts';

const Bucket = 'completed';
const BODIES = [partBody(), partBody(PART_BYTES + 1), partBody(77)];
const WHOLE = Buffer.concat(BODIES);
const ETAG = `"${createHash('md5')
  .update(Buffer.concat(BODIES.map(md5)))
  .digest('hex')}-3"`;

let gateway: TestGateway;
let client: S3Client;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(() => gateway.stop());

function md5(body: Buffer): Buffer {
  return hash('md5', body, 'buffer');
}

async function upload(Key: string, input: object = {}, bodies: readonly Buffer[] = BODIES): Promise<TestUpload> {
  return (await TestUpload.begin(client, { Bucket, Key, ...input })).sendAll(bodies);
}

/** An upload of one short part, where the bytes do not matter. */
function shortUpload(Key: string): Promise<TestUpload> {
  return upload(Key, {}, [Buffer.from('short')]);
}

function head(Key: string) {
  return client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
}

function postXml(target: TestUpload, body: string): Promise<Response> {
  const path = `/${Bucket}/${target.target.Key}?uploadId=${target.id}`;
  return gateway.fetchSigned(path, { method: 'POST', body, headers: { 'content-type': 'application/xml' } });
}

async function failsXml(response: Response, code: string, status = 400): Promise<string> {
  const xml = await response.text();
  assert.equal(response.status, status, xml);
  assert.equal(elementText(xml, 'Code'), code);
  return xml;
}

test('the parts become one object, whose ETag is the MD5 of their MD5s with their number', async () => {
  const begun = await upload('whole');
  const completed = await begun.complete();
  assert.equal(completed.ETag, ETAG);
  assert.equal(completed.Bucket, Bucket);
  assert.equal(completed.Key, 'whole');
  assert.equal(completed.Location, `${gateway.s3Url}/${Bucket}/whole`);
  const found = await client.send(new GetObjectCommand({ Bucket, Key: 'whole' }));
  assert.equal(found.ETag, ETAG);
  assert.ok(WHOLE.equals((await found.Body?.transformToByteArray()) ?? Buffer.alloc(0)));
});

test('the reply has its elements in the order that S3 documents', async () => {
  const begun = await shortUpload('a b');
  const [part] = begun.parts.values();
  const body = `<CompleteMultipartUpload><Part><ETag>${part?.ETag}</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>`;
  const path = `/${Bucket}/a%20b?uploadId=${begun.id}`;
  const response = await gateway.fetchSigned(path, { method: 'POST', body });
  const xml = await response.text();
  assert.match(xml, /<CompleteMultipartUploadResult xmlns="http:\/\/s3.amazonaws.com\/doc\/2006-03-01\/">/);
  assert.deepEqual(
    Array.from(xml.matchAll(/<(\w+)>/g), ([, name]) => name),
    ['Location', 'Bucket', 'Key', 'ETag'],
  );
  assert.equal(elementText(xml, 'Location'), `${gateway.s3Url}/${Bucket}/a%20b`);
});

test('a completed upload is listed as an object and not as an upload any more', async () => {
  const begun = await shortUpload('moved');
  await begun.complete();
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'moved' }));
  assert.deepEqual(Uploads, []);
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'moved' }));
  assert.deepEqual(
    Contents.map(({ Key, Size }) => [Key, Size]),
    [['moved', 5]],
  );
});

test('quotes around the ETags of the parts are optional', async () => {
  for (const etag of [`"${hash('md5', 'short')}"`, hash('md5', 'short'), `&quot;${hash('md5', 'short')}&quot;`]) {
    const begun = await shortUpload('quotes');
    const part = `<Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part>`;
    const response = await postXml(begun, `<CompleteMultipartUpload>${part}</CompleteMultipartUpload>`);
    assert.equal(response.status, 200);
  }
});

test('a document with namespace, declaration and layout is understood', async () => {
  const begun = await shortUpload('pretty');
  const body = `<?xml version="1.0" encoding="UTF-8"?>
    <CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
      <Part>
        <PartNumber> 1 </PartNumber>
        <ETag> "${hash('md5', 'short')}" </ETag>
      </Part>
    </CompleteMultipartUpload>`;
  assert.equal((await postXml(begun, body)).status, 200);
});

test('completing twice gives the same answer, also when the condition would fail by now', async () => {
  const begun = await upload('twice', { ChecksumAlgorithm: 'CRC32' }, [Buffer.from('short')]);
  const first = await begun.complete(undefined, { IfNoneMatch: '*' });
  const second = await begun.complete(undefined, { IfNoneMatch: '*' });
  const { $metadata: _, ...one } = first;
  const { $metadata: __, ...other } = second;
  assert.deepEqual(other, one);
  assert.ok(first.ChecksumCRC32);
});

test('completing at the same time gives the same answer to all', async () => {
  const begun = await shortUpload('together');
  const answers = await Promise.all(Array.from({ length: 8 }, () => begun.complete()));
  assert.deepEqual(new Set(answers.map(({ ETag }) => ETag)).size, 1);
});

test('completing again after the object was replaced or deleted finds no upload', async () => {
  const gone = s3Failure('NoSuchUpload', 404, /upload does not exist/);
  const replaced = await shortUpload('replaced');
  await replaced.complete();
  await client.send(new PutObjectCommand({ Bucket, Key: 'replaced', Body: 'new' }));
  await assert.rejects(replaced.complete(), gone);
  const deleted = await shortUpload('deleted');
  await deleted.complete();
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'deleted' }));
  await assert.rejects(deleted.complete(), gone);
});

test('an upload that does not exist, or is of another key, cannot be completed', async () => {
  const begun = await shortUpload('mine');
  const gone = s3Failure('NoSuchUpload', 404, /upload does not exist/);
  await assert.rejects(begun.complete(undefined, { UploadId: 'nothing' }), gone);
  await assert.rejects(begun.complete(undefined, { Key: 'yours' }), gone);
});

test('parts out of order are refused, and so is one listed twice', async () => {
  const begun = await upload('disorder');
  const [one, two] = [...begun.parts.values()] as [CompletedPart, CompletedPart];
  const refused = s3Failure('InvalidPartOrder', 400, /not in ascending order/);
  await assert.rejects(begun.complete([two, one]), refused);
  await assert.rejects(begun.complete([one, one]), refused);
});

test('a part that was not uploaded, or has another ETag, is refused', async () => {
  const begun = await upload('mistaken');
  const [one, two] = [...begun.parts.values()] as [CompletedPart, CompletedPart];
  const refused = s3Failure('InvalidPart', 400, /could not be found/);
  await assert.rejects(begun.complete([one, { ...two, PartNumber: 9 }]), refused);
  await assert.rejects(begun.complete([one, { ...two, ETag: `"${'0'.repeat(32)}"` }]), refused);
  await begun.complete([one, two]);
});

test('a part below 5 MiB that is not the last is refused with its number', async () => {
  const begun = await upload('small', {}, [partBody(PART_BYTES - 1), partBody(1)]);
  await assert.rejects(begun.complete(), s3Failure('EntityTooSmall', 400, /smaller than the minimum allowed size/));
  const list = [...begun.parts.values()]
    .map(({ ETag, PartNumber }) => `<Part><ETag>${ETag}</ETag><PartNumber>${PartNumber}</PartNumber></Part>`)
    .join('');
  const response = await postXml(begun, `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`);
  const xml = await failsXml(response, 'EntityTooSmall');
  assert.equal(elementText(xml, 'PartNumber'), '1');
  assert.equal(elementText(xml, 'ProposedSize'), String(PART_BYTES - 1));
  assert.equal(elementText(xml, 'MinSizeAllowed'), String(PART_BYTES));
});

test('parts that are not listed do not become part of the object', async () => {
  const begun = await upload('selected');
  const [, two, three] = [...begun.parts.values()] as [CompletedPart, CompletedPart, CompletedPart];
  await begun.complete([two, three]);
  const found = await client.send(new GetObjectCommand({ Bucket, Key: 'selected' }));
  const expected = Buffer.concat(BODIES.slice(1));
  assert.ok(expected.equals((await found.Body?.transformToByteArray()) ?? Buffer.alloc(0)));
});

/** Documents that are no list of parts. */
const MALFORMED: readonly [what: string, document: string][] = [
  ['an empty body', ''],
  ['no parts', '<CompleteMultipartUpload/>'],
  ['no XML', 'parts'],
  ['another root', '<Complete><Part><PartNumber>1</PartNumber><ETag>a</ETag></Part></Complete>'],
  ['an unclosed element', '<CompleteMultipartUpload><Part>'],
  ['a part without ETag', '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>'],
  ['a part without number', '<CompleteMultipartUpload><Part><ETag>a</ETag></Part></CompleteMultipartUpload>'],
  [
    'a number that is none',
    '<CompleteMultipartUpload><Part><PartNumber>one</PartNumber><ETag>a</ETag></Part></CompleteMultipartUpload>',
  ],
  [
    'an entity declaration',
    '<!DOCTYPE a [<!ENTITY b "c">]><CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>&b;</ETag></Part></CompleteMultipartUpload>',
  ],
];

for (const [what, document] of MALFORMED) {
  test(`${what} is malformed XML`, async () => {
    await failsXml(await postXml(await shortUpload('malformed'), document), 'MalformedXML');
  });
}

test('more than 10,000 parts are malformed XML, and 10,000 with all that they may have are not', async () => {
  const begun = await shortUpload('many');
  const checksums = CHECKSUM_ALGORITHMS.map((algorithm) => {
    const value = checksumOf(algorithm, Buffer.from('part')).toString('base64');
    return `<Checksum${algorithm}>${value}</Checksum${algorithm}>`;
  });
  const more = `<ETag>"${'0'.repeat(32)}"</ETag>${checksums.join('')}`;
  const list = (count: number) => {
    const parts = Array.from(
      { length: count },
      (_, index) => `<Part><PartNumber>${Math.min(index + 1, 10_000)}</PartNumber>${more}</Part>`,
    );
    return `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
  };
  await failsXml(await postXml(begun, list(10_001)), 'MalformedXML');
  await failsXml(await postXml(begun, list(10_000)), 'InvalidPart');
});

for (const number of [0, -1, 10_001]) {
  test(`part number ${number} cannot be listed`, async () => {
    const part = `<Part><PartNumber>${number}</PartNumber><ETag>a</ETag></Part>`;
    const document = `<CompleteMultipartUpload>${part}</CompleteMultipartUpload>`;
    const xml = await failsXml(await postXml(await shortUpload('numbers'), document), 'InvalidArgument');
    assert.equal(elementText(xml, 'Message'), 'Part number must be an integer between 1 and 10000, inclusive');
  });
}

test('a document above the limit is refused', async () => {
  const response = await postXml(await shortUpload('huge'), ' '.repeat(9 * 1024 * 1024));
  await failsXml(response, 'MaxMessageLengthExceeded');
});

for (const algorithm of CHECKSUM_ALGORITHMS.filter((name) => name !== 'CRC64NVME')) {
  test(`a composite ${algorithm} is stored and returned`, async () => {
    const begun = await upload('composite', { ChecksumAlgorithm: algorithm });
    const digests = Buffer.concat(BODIES.map((body) => checksumOf(algorithm, body)));
    const value = `${checksumOf(algorithm, digests).toString('base64')}-3`;
    const completed = await begun.complete(undefined, { [`Checksum${algorithm}`]: value, ChecksumType: 'COMPOSITE' });
    assert.equal(completed[`Checksum${algorithm}`], value);
    assert.equal(completed.ChecksumType, 'COMPOSITE');
    const found = await head('composite');
    assert.equal(found[`Checksum${algorithm}`], value);
    assert.equal(found.ChecksumType, 'COMPOSITE');
  });
}

for (const algorithm of ['MD5', 'SHA512', 'XXHASH128', 'XXHASH3', 'XXHASH64'] as const) {
  test(`a ${algorithm} needs an upload that was created for it`, async () => {
    const body = Buffer.from('short');
    const begun = await upload('unspecified', {}, [body]);
    const value = checksumField(algorithm, body);
    await begun.send(1, body, value);
    const [part] = [...begun.parts.values()] as [CompletedPart];
    await assert.rejects(begun.complete([{ ...part, ...value }]), s3Failure('InvalidPart', 400, /could not be found/));
    await assert.rejects(
      begun.complete([part], value),
      s3Failure(
        'InvalidRequest',
        400,
        new RegExp(`expected checksum Type: null, actual checksum Type: ${algorithm.toLowerCase()}$`),
      ),
    );
    await begun.complete([part]);
  });
}

for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
  test(`a ${algorithm} of an upload that was not created for it is accepted and not stored`, async () => {
    const body = Buffer.from('short');
    const begun = await upload('unspecified', {}, [body]);
    const [part] = [...begun.parts.values()] as [CompletedPart];
    const completed = await begun.complete(
      [{ ...part, ...checksumField(algorithm, body) }],
      checksumField(algorithm, body),
    );
    assert.equal(completed[`Checksum${algorithm}`], undefined);
    assert.equal((await head('unspecified')).ChecksumType, undefined);
  });
}

for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME'] as const) {
  test(`a full-object ${algorithm} is that of the whole object, and is verified`, async () => {
    const begun = await upload('full', { ChecksumAlgorithm: algorithm, ChecksumType: 'FULL_OBJECT' });
    const value = checksumOf(algorithm, WHOLE).toString('base64');
    const wrong = randomBytes(algorithm === 'CRC64NVME' ? 8 : 4).toString('base64');
    await assert.rejects(
      begun.complete(undefined, { [`Checksum${algorithm}`]: wrong, ChecksumType: 'FULL_OBJECT' }),
      s3Failure('BadDigest', 400, new RegExp(`${algorithm} you specified did not match`)),
    );
    const completed = await begun.complete(undefined, { [`Checksum${algorithm}`]: value, ChecksumType: 'FULL_OBJECT' });
    assert.equal(completed[`Checksum${algorithm}`], value);
    assert.equal(completed.ChecksumType, 'FULL_OBJECT');
    assert.equal((await head('full'))[`Checksum${algorithm}`], value);
  });
}

test('a wrong checksum of one part is refused', async () => {
  const begun = await upload('wrong-part', { ChecksumAlgorithm: 'SHA256' });
  const [one, ...others] = [...begun.parts.values()] as [CompletedPart, ...CompletedPart[]];
  const wrong = { ...one, ChecksumSHA256: randomBytes(32).toString('base64') };
  await assert.rejects(begun.complete([wrong, ...others]), s3Failure('InvalidPart', 400, /could not be found/));
});

test('a composite upload needs the checksum of every part', async () => {
  const begun = await upload('unsummed', { ChecksumAlgorithm: 'SHA256' });
  const [one, two] = [...begun.parts.values()] as [CompletedPart, CompletedPart];
  const { ChecksumSHA256: _, ...bare } = two;
  await assert.rejects(
    begun.complete([one, bare]),
    s3Failure('InvalidRequest', 400, /using a sha256 checksum.*missing for part 2/),
  );
});

/** What is said of an upload of composite SHA-256, and does not fit it. */
const CONTRADICTIONS: readonly [what: string, input: Partial<CompleteMultipartUploadCommandInput>, message: RegExp][] =
  [
    ['another algorithm', { ChecksumCRC32: 'AAAAAA==' }, /expected checksum Type: sha256, actual checksum Type: crc32/],
    ['another type', { ChecksumType: 'FULL_OBJECT' }, /COMPOSITE checksum mode/],
    ['another size', { MpuObjectSize: 5 }, /x-amz-mp-object-size/],
    ['a value that cannot be', { ChecksumSHA256: 'short' }, /x-amz-checksum-sha256 header is invalid/],
    ['a number of parts that cannot be', { ChecksumCRC32: 'AAAAAA==-x' }, /x-amz-checksum-crc32 header is invalid/],
  ];

for (const [what, input, message] of CONTRADICTIONS) {
  test(`${what} than the upload's is refused`, async () => {
    const begun = await upload('contradicted', { ChecksumAlgorithm: 'SHA256' }, [Buffer.from('short!')]);
    await assert.rejects(begun.complete(undefined, input), s3Failure('InvalidRequest', 400, message));
    await begun.complete(undefined, { MpuObjectSize: 6 });
  });
}

test('If-None-Match: * completes only where there is no object, and keeps the upload', async () => {
  await client.send(new PutObjectCommand({ Bucket, Key: 'taken', Body: 'first' }));
  const begun = await shortUpload('taken');
  await assert.rejects(
    begun.complete(undefined, { IfNoneMatch: '*' }),
    s3Failure('PreconditionFailed', 412, /pre-conditions/),
  );
  assert.equal((await head('taken')).ETag, `"${hash('md5', 'first')}"`);
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'taken' }));
  await begun.complete(undefined, { IfNoneMatch: '*' });
});

test('If-Match completes only over the object that it names', async () => {
  await client.send(new PutObjectCommand({ Bucket, Key: 'matched', Body: 'first' }));
  const begun = await shortUpload('matched');
  await assert.rejects(
    begun.complete(undefined, { IfMatch: `"${hash('md5', 'other')}"` }),
    s3Failure('PreconditionFailed', 412, /pre-conditions/),
  );
  await begun.complete(undefined, { IfMatch: `"${hash('md5', 'first')}"` });
  const missing = await shortUpload('unmatched');
  await assert.rejects(
    missing.complete(undefined, { IfMatch: '"any"' }),
    s3Failure('NoSuchKey', 404, /key does not exist/),
  );
});

test('of many uploads that complete with If-None-Match: * exactly one wins', async () => {
  const uploads = await Promise.all(Array.from({ length: 8 }, () => shortUpload('race')));
  const outcomes = await Promise.allSettled(uploads.map((begun) => begun.complete(undefined, { IfNoneMatch: '*' })));
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') s3Failure('PreconditionFailed', 412, /pre-conditions/)(outcome.reason);
  }
});

test('the usage of the owner counts parts as they come, and the object by its listed parts alone', async () => {
  const { id, ...credentials } = await gateway.addUser('counted');
  const own = gateway.client(credentials);
  await own.send(new CreateBucketCommand({ Bucket: 'counted' }));
  const usage = async () => {
    const account = (await gateway.services.accounts.list()).find((each) => each.id === id);
    return [account?.object_count, account?.logical_bytes];
  };
  const begun = await TestUpload.begin(own, { Bucket: 'counted', Key: 'key' });
  const part = await begun.send(1, Buffer.from('listed'));
  await begun.send(2, Buffer.from('not listed'));
  assert.deepEqual(await usage(), [0, 16]);
  await begun.complete([part]);
  assert.deepEqual(await usage(), [1, 6]);
});
