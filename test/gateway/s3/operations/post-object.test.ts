import assert from 'node:assert/strict';
import { createHmac, hash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { CHECKSUM_ALGORITHMS, checksumOf } from '../../../../gateway/services/checksums.ts';
import { deriveSigningKey } from '../../../../signer/index.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';

const BUCKET = 'inbox';
const LARGE = Buffer.alloc(1_500_000, 'browser upload\r\n--');

let gateway: TestGateway;
let client: S3Client;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
});
after(() => gateway.stop());

type Fields = readonly (readonly [string, string])[];
type File = Blob | string;

function presign(key: string, options: Partial<PresignedPostOptions> = {}) {
  return createPresignedPost(client, { Bucket: BUCKET, Key: key, ...options });
}

interface FormOutcome {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  readonly code: string | undefined;
}

async function outcomeOf(response: Response): Promise<FormOutcome> {
  const body = await response.text();
  const { status, headers } = response;
  return { status, headers, body, code: /<Code>(.*?)<\/Code>/.exec(body)?.[1] };
}

/** What a browser does with a form. */
async function post(fields: Fields, file?: { readonly content: File; readonly name?: string }, path = `/${BUCKET}`) {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  if (file !== undefined) {
    const blob = typeof file.content === 'string' ? new Blob([file.content]) : file.content;
    form.append('file', blob, file.name ?? 'upload.bin');
  }
  return outcomeOf(await fetch(gateway.s3Url + path, { method: 'POST', body: form, redirect: 'manual' }));
}

/** Signs a form and sends it with a file. */
async function upload(key: string, options: Partial<PresignedPostOptions> & { file?: File; fileName?: string } = {}) {
  const { file = `contents of ${key}`, fileName = 'upload.bin', ...policy } = options;
  const { fields } = await presign(key, policy);
  return post(Object.entries(fields), { content: file, name: fileName });
}

async function get(Key: string) {
  const found = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key, ChecksumMode: 'ENABLED' }));
  return { ...found, bytes: Buffer.from((await found.Body?.transformToByteArray()) ?? []) };
}

async function keysUnder(prefix: string): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
  return Contents.map(({ Key = '' }) => Key);
}

/** The fields of a form with a policy that no SDK would write. */
function signPolicy(policy: unknown, secretKey = gateway.secretKey): Fields {
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const date = timestamp.slice(0, 8);
  const scope = { date, region: 'us-east-1', service: 's3' };
  const encoded = Buffer.from(typeof policy === 'string' ? policy : JSON.stringify(policy)).toString('base64');
  const signature = createHmac('sha256', deriveSigningKey({ secretKey, scope })).update(encoded).digest('hex');
  return [
    ['policy', encoded],
    ['x-amz-algorithm', 'AWS4-HMAC-SHA256'],
    ['x-amz-credential', `${gateway.accessKey}/${date}/us-east-1/s3/aws4_request`],
    ['x-amz-date', timestamp],
    ['x-amz-signature', signature],
  ];
}

/** A policy that allows anything under a prefix for an hour, and further conditions. */
function policyFor(prefix: string, ...conditions: readonly unknown[]) {
  const any = ['x-amz-algorithm', 'x-amz-credential', 'x-amz-date'].map((name) => ['starts-with', `$${name}`, '']);
  return {
    expiration: new Date(Date.now() + 3_600_000).toISOString(),
    conditions: [{ bucket: BUCKET }, ['starts-with', '$key', prefix], ...any, ...conditions],
  };
}

test('a form stores its file under its key and answers 204', async () => {
  const { status, headers, body } = await upload('plain/a b/ü.txt');
  assert.equal(status, 204);
  assert.equal(body, '');
  assert.equal(headers.get('etag'), `"${hash('md5', 'contents of plain/a b/ü.txt')}"`);
  assert.equal(headers.get('location'), `${gateway.s3Url}/${BUCKET}/plain%2Fa%20b%2F%C3%BC.txt`);
  const found = await get('plain/a b/ü.txt');
  assert.equal(found.bytes.toString(), 'contents of plain/a b/ü.txt');
  assert.equal(found.ContentType, 'binary/octet-stream');
});

for (const [what, file] of [
  ['an empty file', Buffer.alloc(0)],
  ['a file of one byte', Buffer.from('x')],
  ['a file that ends in what looks like a boundary', Buffer.from('\r\n--\r\n------')],
  ['a file around the inline limit', Buffer.alloc(32 * 1024, 7)],
  ['a large file', LARGE],
] as const) {
  test(`${what} arrives byte for byte`, async () => {
    const key = `bytes/${what}`;
    const { status } = await upload(key, { file: new Blob([file]) });
    assert.equal(status, 204);
    const { bytes, ETag } = await get(key);
    assert.ok(bytes.equals(file));
    assert.equal(ETag, `"${hash('md5', file)}"`);
  });
}

test('fields become headers and metadata of the object', async () => {
  const Fields = {
    'Content-Type': 'image/png',
    'Cache-Control': 'max-age=60',
    'Content-Disposition': 'attachment; filename="ü.png"',
    'x-amz-meta-Author': 'Änne',
    'x-amz-meta-tag': 'a, b',
  };
  const { status } = await upload('fields/a.png', { Fields });
  assert.equal(status, 204);
  const found = await get('fields/a.png');
  assert.equal(found.ContentType, 'image/png');
  assert.equal(found.CacheControl, 'max-age=60');
  assert.deepEqual(Object.keys(found.Metadata ?? {}), ['author', 'tag']);
  const raw = await gateway.fetchSigned(`/${BUCKET}/fields/a.png`);
  assert.equal(Buffer.from(raw.headers.get('x-amz-meta-author') ?? '', 'latin1').toString(), 'Änne');
  assert.equal(await raw.text(), 'contents of fields/a.png');
});

/** What a form writes where the name of the user's file belongs. */
const FILE_NAME = ['$', '{filename}'].join('');

test('the file name, without its path, is filled in in every field before the policy is held against them', async () => {
  for (const [name, expected] of [
    ['mouse.jpg', 'mouse.jpg'],
    ['C:\\Program Files\\pets\\mouse.jpg', 'mouse.jpg'],
    ['Mäuse $& $1.jpg', 'Mäuse $& $1.jpg'],
  ] as const) {
    const policy = policyFor('user/', ['eq', '$x-amz-meta-name', `was ${expected}`]);
    const fields: Fields = [
      ['key', `user/${FILE_NAME}`],
      ['x-amz-meta-name', `was ${FILE_NAME}`],
      ...signPolicy(policy),
    ];
    assert.equal((await post(fields, { content: 'x', name })).status, 204);
    assert.deepEqual(await keysUnder('user/'), [`user/${expected}`]);
    const path = `/${BUCKET}/user/${encodeURIComponent(expected)}`;
    const { headers } = await gateway.fetchSigned(path, { method: 'HEAD' });
    assert.equal(Buffer.from(headers.get('x-amz-meta-name') ?? '', 'latin1').toString(), `was ${expected}`);
    await gateway.fetchSigned(path, { method: 'DELETE' });
  }
});

test('a form that an SDK presigned for any file name takes any', async () => {
  const { status } = await upload(`any/${FILE_NAME}`, { fileName: 'cat.jpg' });
  assert.equal(status, 204);
  assert.deepEqual(await keysUnder('any/'), ['any/cat.jpg']);
});

test('success_action_status 201 answers with XML, 200 without, anything else with 204', async () => {
  const created = await upload('status/a&b', { Fields: { success_action_status: '201' } });
  assert.equal(created.status, 201);
  assert.equal(created.headers.get('content-type'), 'application/xml');
  const etag = hash('md5', 'contents of status/a&b');
  assert.equal(
    created.body,
    `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse><Location>${gateway.s3Url}/${BUCKET}/status%2Fa%26b</Location>` +
      `<Bucket>${BUCKET}</Bucket><Key>status/a&amp;b</Key><ETag>&quot;${etag}&quot;</ETag></PostResponse>`,
  );
  const ok = await upload('status/b', { Fields: { success_action_status: '200' } });
  assert.deepEqual([ok.status, ok.body], [200, '']);
  assert.equal((await upload('status/c', { Fields: { success_action_status: '404' } })).status, 204);
});

test('success_action_redirect sends the browser on with bucket, key and ETag', async () => {
  const redirect = 'https://example.com/done?from=form';
  const { status, headers } = await upload('redirect/a b', { Fields: { success_action_redirect: redirect } });
  assert.equal(status, 303);
  const location = new URL(headers.get('location') ?? '');
  assert.equal(location.origin + location.pathname, 'https://example.com/done');
  assert.deepEqual(Object.fromEntries(location.searchParams), {
    from: 'form',
    bucket: BUCKET,
    key: 'redirect/a b',
    etag: `"${hash('md5', 'contents of redirect/a b')}"`,
  });
});

test('a redirect that is no web address counts as absent', async () => {
  for (const redirect of ['not a url', 'javascript:alert(1)', 'http://']) {
    const { status } = await upload('redirect/none', { Fields: { success_action_redirect: redirect } });
    assert.equal(status, 204);
  }
});

test('Content-MD5 and checksum fields are compared with the file', async () => {
  const file = 'checked';
  const Fields = {
    'Content-MD5': hash('md5', file, 'base64'),
    'x-amz-checksum-crc32c': checksumOf('CRC32C', Buffer.from(file)).toString('base64'),
  };
  const { status, headers } = await upload('sum/a', { file, Fields });
  assert.equal(status, 204);
  assert.equal(headers.get('x-amz-checksum-crc32c'), Fields['x-amz-checksum-crc32c']);
  assert.equal((await get('sum/a')).ChecksumCRC32C, Fields['x-amz-checksum-crc32c']);
  const computed = await upload('sum/b', { file, Fields: { 'x-amz-checksum-algorithm': 'SHA256' } });
  assert.equal(computed.headers.get('x-amz-checksum-sha256'), hash('sha256', file, 'base64'));

  for (const content of ['chequed', LARGE.toString()]) {
    for (const name of ['Content-MD5', 'x-amz-checksum-crc32c'] as const) {
      const { status, code } = await upload('sum/wrong', { file: content, Fields: { [name]: Fields[name] } });
      assert.deepEqual({ status, code }, { status: 400, code: 'BadDigest' });
    }
  }
  assert.deepEqual(await keysUnder('sum/wrong'), []);
});

for (const algorithm of CHECKSUM_ALGORITHMS) {
  test(`a ${algorithm} field is compared, kept and told`, async () => {
    const [name, file] = [`x-amz-checksum-${algorithm.toLowerCase()}`, 'checked'];
    const value = checksumOf(algorithm, Buffer.from(file)).toString('base64');
    const { status, headers } = await upload('sum/each', { file, Fields: { [name]: value } });
    assert.equal(status, 204);
    assert.deepEqual([headers.get(name), headers.get('x-amz-checksum-type')], [value, 'FULL_OBJECT']);
    const stored = await client.send(
      new HeadObjectCommand({ Bucket: BUCKET, Key: 'sum/each', ChecksumMode: 'ENABLED' }),
    );
    assert.equal(stored[`Checksum${algorithm}`], value);
    const { headers: asked } = await upload('sum/asked', { file, Fields: { 'x-amz-checksum-algorithm': algorithm } });
    assert.equal(asked.get(name), value);
    const wrong = await upload('sum/each', { file: 'chequed', Fields: { [name]: value } });
    assert.deepEqual([wrong.status, wrong.code], [400, 'BadDigest']);
  });
}

test('content-length-range is enforced at both ends and nothing is stored', async () => {
  const Conditions: PresignedPostOptions['Conditions'] = [['content-length-range', 10, 100_000]];
  const small = await upload('range/small', { file: '123456789', Conditions });
  assert.deepEqual([small.status, small.code], [400, 'EntityTooSmall']);
  assert.match(small.body, /<ProposedSize>9<\/ProposedSize><MinSizeAllowed>10<\/MinSizeAllowed>/);
  for (const size of [100_001, LARGE.byteLength]) {
    const large = await upload('range/large', { file: new Blob([Buffer.alloc(size)]), Conditions });
    assert.deepEqual([large.status, large.code], [400, 'EntityTooLarge']);
    assert.match(large.body, /<MaxSizeAllowed>100000<\/MaxSizeAllowed>/);
  }
  for (const size of [10, 100_000]) {
    assert.equal(
      (await upload(`range/fits/${size}`, { file: new Blob([Buffer.alloc(size)]), Conditions })).status,
      204,
    );
  }
  assert.deepEqual(await keysUnder('range/'), ['range/fits/10', 'range/fits/100000']);
});

test('a form that breaks its policy is AccessDenied with the condition that failed', async () => {
  const { fields } = await presign('policy/a', { Conditions: [['eq', '$Content-Type', 'text/plain']] });
  const file = { content: 'x' };
  const wrongType = await post([...Object.entries(fields), ['Content-Type', 'text/html']], file);
  assert.deepEqual([wrongType.status, wrongType.code], [403, 'AccessDenied']);
  assert.match(
    wrongType.body,
    /Invalid according to Policy: Policy Condition failed: \[&quot;eq&quot;, &quot;\$Content-Type&quot;, &quot;text\/plain&quot;\]/,
  );
  const wrongKey = await post(Object.entries({ ...fields, key: 'policy/b', 'Content-Type': 'text/plain' }), file);
  assert.deepEqual([wrongKey.status, wrongKey.code], [403, 'AccessDenied']);
  const extra = await post([...Object.entries(fields), ['Content-Type', 'text/plain'], ['x-amz-meta-a', 'b']], file);
  assert.match(extra.body, /Invalid according to Policy: Extra input fields: x-amz-meta-a/);
  const ignored = await post([...Object.entries(fields), ['Content-Type', 'text/plain'], ['x-ignore-a', 'b']], file);
  assert.equal(ignored.status, 204);
  assert.deepEqual(await keysUnder('policy/'), ['policy/a']);
});

test('a policy holds for its bucket alone', async () => {
  await client.send(new CreateBucketCommand({ Bucket: 'outbox' }));
  const { fields } = await presign('elsewhere');
  const { status, code } = await post(Object.entries(fields), { content: 'x' }, '/outbox');
  assert.deepEqual({ status, code }, { status: 403, code: 'AccessDenied' });
});

test('an expired policy is AccessDenied', async () => {
  const policy = { ...policyFor('late/'), expiration: new Date(Date.now() - 1000).toISOString() };
  const { status, code, body } = await post([['key', 'late/a'], ...signPolicy(policy)], { content: 'x' });
  assert.deepEqual({ status, code }, { status: 403, code: 'AccessDenied' });
  assert.match(body, /Invalid according to Policy: Policy expired\./);
});

test('a policy that was changed, or signed with another secret, is SignatureDoesNotMatch', async () => {
  const key = ['key', 'forged/a'] as const;
  const forged = await post([key, ...signPolicy(policyFor('forged/'), 'another secret')], { content: 'x' });
  assert.deepEqual([forged.status, forged.code], [403, 'SignatureDoesNotMatch']);
  const { fields } = await presign('forged/b');
  const other = Buffer.from(JSON.stringify(policyFor(''))).toString('base64');
  const changed = await post(Object.entries({ ...fields, Policy: other }), { content: 'x' });
  assert.deepEqual([changed.status, changed.code], [403, 'SignatureDoesNotMatch']);
  const unknown = Object.entries({ ...fields, 'X-Amz-Credential': 'NOBODY/20260101/us-east-1/s3/aws4_request' });
  assert.equal((await post(unknown, { content: 'x' })).code, 'InvalidAccessKeyId');
  assert.deepEqual(await keysUnder('forged/'), []);
});

test('a policy that is no policy is InvalidPolicyDocument', async () => {
  for (const policy of ['not JSON', {}, { expiration: 'tomorrow', conditions: [] }]) {
    const { status, code } = await post([['key', 'a'], ...signPolicy(policy)], { content: 'x' });
    assert.deepEqual({ status, code }, { status: 400, code: 'InvalidPolicyDocument' });
  }
});

test('a form without a policy is anonymous, and nothing is open to anonymous requests', async () => {
  for (const content of ['x', LARGE.toString()]) {
    const { status, code } = await post([['key', 'anonymous']], { content });
    assert.deepEqual({ status, code }, { status: 403, code: 'AccessDenied' });
  }
  assert.deepEqual(await keysUnder('anonymous'), []);
});

test('a form signed by somebody who may not write there is AccessDenied', async () => {
  const stranger = gateway.client(await gateway.addUser('form-stranger'));
  const { fields } = await createPresignedPost(stranger, { Bucket: BUCKET, Key: 'theirs' });
  const { status, code } = await post(Object.entries(fields), { content: 'x' });
  assert.deepEqual({ status, code }, { status: 403, code: 'AccessDenied' });
});

test('a form needs a key, and one file behind all fields', async () => {
  const signed = signPolicy(policyFor('need/'));
  const noKey = await post(signed, { content: 'x' });
  assert.deepEqual([noKey.status, noKey.code], [400, 'InvalidArgument']);
  assert.match(noKey.body, /Bucket POST must contain a field named &apos;key&apos;\..*<ArgumentName>key</);
  const noFile = await post([['key', 'need/a'], ...signed]);
  assert.deepEqual([noFile.status, noFile.code], [400, 'IncorrectNumberOfFilesInPostRequest']);

  const form = new FormData();
  form.append('file', new Blob(['first']), 'first');
  for (const [name, value] of [['key', 'need/late'] as const, ...signed]) form.append(name, value);
  const late = await outcomeOf(await fetch(`${gateway.s3Url}/${BUCKET}`, { method: 'POST', body: form }));
  assert.deepEqual([late.status, late.code], [400, 'InvalidArgument']);
  assert.deepEqual(await keysUnder('need/'), []);
});

test('two files are one too many, and neither is stored', async () => {
  const { fields } = await presign('twice');
  for (const content of ['one', LARGE.toString()]) {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    for (const name of ['one', 'two']) form.append('file', new Blob([content]), name);
    const { status, code } = await outcomeOf(await fetch(`${gateway.s3Url}/${BUCKET}`, { method: 'POST', body: form }));
    assert.deepEqual({ status, code }, { status: 400, code: 'IncorrectNumberOfFilesInPostRequest' });
  }
  assert.deepEqual(await keysUnder('twice'), []);
});

test('fields behind the file are ignored', async () => {
  const { fields } = await presign('behind');
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob(['kept']), 'name');
  form.append('submit', 'Upload');
  form.append('Content-Type', 'text/evil');
  const { status } = await outcomeOf(await fetch(`${gateway.s3Url}/${BUCKET}`, { method: 'POST', body: form }));
  assert.equal(status, 204);
  const found = await get('behind');
  assert.deepEqual([found.bytes.toString(), found.ContentType], ['kept', 'binary/octet-stream']);
});

test('a field given twice is InvalidArgument', async () => {
  const { fields } = await presign('double');
  const { status, code } = await post([...Object.entries(fields), ['key', 'other']], { content: 'x' });
  assert.deepEqual({ status, code }, { status: 400, code: 'InvalidArgument' });
});

test('more than 20 KB in front of the file is MaxPostPreDataLengthExceededError', async () => {
  const { fields } = await presign('wide');
  const long: Fields = [['x-ignore-a', 'a'.repeat(21_000)]];
  const many: Fields = Array.from({ length: 300 }, (_, index) => [`x-ignore-${index}`, 'a'.repeat(70)]);
  for (const extra of [long, many]) {
    const { status, code } = await post([...extra, ...Object.entries(fields)], { content: 'x' });
    assert.deepEqual({ status, code }, { status: 400, code: 'MaxPostPreDataLengthExceededError' });
  }
});

test('user metadata is limited as in PutObject', async () => {
  const { status, code } = await upload('meta', { Fields: { 'x-amz-meta-a': 'b'.repeat(2048) } });
  assert.deepEqual({ status, code }, { status: 400, code: 'MetadataTooLarge' });
});

test('a key that is too long is KeyTooLongError', async () => {
  const { status, code } = await upload('k'.repeat(1025));
  assert.deepEqual({ status, code }, { status: 400, code: 'KeyTooLongError' });
});

test('fields that ask for what is not supported are refused', async () => {
  for (const Fields of [
    { 'x-amz-server-side-encryption': 'aws:kms:dsse' },
    { 'x-amz-website-redirect-location': '/' },
  ]) {
    const { status, code } = await upload('unsupported', { Fields: Fields as Record<string, string> });
    assert.deepEqual({ status, code }, { status: 501, code: 'NotImplemented' }, JSON.stringify(Fields));
  }
  for (const [Fields, expected] of [
    [{ acl: 'public-read' }, 'AccessControlListNotSupported'],
    [{ 'x-amz-storage-class': 'GLACIER' }, 'InvalidStorageClass'],
  ] as const) {
    const { status, code } = await upload('unsupported', { Fields: Fields as Record<string, string> });
    assert.deepEqual({ status, code }, { status: 400, code: expected });
  }
  assert.equal((await upload('private', { Fields: { acl: 'private' } })).status, 204);
  assert.deepEqual(await keysUnder('unsupported'), []);
});

test('a bucket that is not there is NoSuchBucket', async () => {
  const { fields } = await createPresignedPost(client, { Bucket: 'not-there-at-all', Key: 'x' });
  const { status, code } = await post(Object.entries(fields), { content: 'x' }, '/not-there-at-all');
  assert.deepEqual({ status, code }, { status: 404, code: 'NoSuchBucket' });
});

test('a POST that is no form is RequestIsNotMultiPartContent', async () => {
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/mixed; boundary=x']) {
    const response = await fetch(`${gateway.s3Url}/${BUCKET}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: 'key=a&file=b',
    });
    assert.equal((await outcomeOf(response)).code, 'RequestIsNotMultiPartContent');
  }
});

const BOUNDARY = '----form';

function part(disposition: string, content: string): string {
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;
}

async function postRaw(body: string, contentType = `multipart/form-data; boundary=${BOUNDARY}`) {
  return outcomeOf(
    await fetch(`${gateway.s3Url}/${BUCKET}`, { method: 'POST', headers: { 'content-type': contentType }, body }),
  );
}

async function signedParts(key: string): Promise<string> {
  const { fields } = await presign(key);
  return Object.entries(fields)
    .map(([name, value]) => part(`name="${name}"`, value))
    .join('');
}

test('a form that breaks off or is not well-formed is MalformedPOSTRequest and stores nothing', async () => {
  const head = await signedParts('broken');
  const file = part('name="file"; filename="a"', 'some bytes');
  const whole = `${head}${file}--${BOUNDARY}--\r\n`;
  const broken = [
    '',
    'no form at all',
    `--${BOUNDARY}\r\n`,
    head.slice(0, 100),
    head,
    `${head}${file}`.slice(0, -8),
    `${head}${file}`,
    `${head}${file}--${BOUNDARY}`,
    `${head}${part('name="file"; filename="a"', 'long'.repeat(100_000)).slice(0, -2)}`,
    whole.replaceAll(BOUNDARY, 'another'),
  ];
  for (const body of broken) {
    const { status, code } = await postRaw(body);
    assert.deepEqual({ status, code }, { status: 400, code: 'MalformedPOSTRequest' }, JSON.stringify(body.slice(-60)));
  }
  const { code } = await postRaw(whole, 'multipart/form-data');
  assert.equal(code, 'MalformedPOSTRequest');
  assert.deepEqual(await keysUnder('broken'), []);
  assert.equal((await postRaw(whole)).status, 204);
});

test('text in a field named file is the file', async () => {
  const { status } = await postRaw(
    `preamble\r\n${await signedParts('text')}${part('name="file"', 'just text')}--${BOUNDARY}--\r\nepilogue`,
  );
  assert.equal(status, 204);
  assert.equal((await get('text')).bytes.toString(), 'just text');
});

test('parts without a name are passed over', async () => {
  const nameless = `${part('filename="x"', 'y')}--${BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nz\r\n`;
  const file = part('name="file"; filename="a"', 'named');
  const { status } = await postRaw(`${nameless}${await signedParts('nameless')}${nameless}${file}--${BOUNDARY}--\r\n`);
  assert.equal(status, 204);
  assert.equal((await get('nameless')).bytes.toString(), 'named');
});

test('a form that arrives byte by byte is read all the same', async () => {
  const body = Buffer.from(
    `${await signedParts('slow')}${part('name="file"; filename="a"', 'slow\r\n--and steady')}--${BOUNDARY}--\r\n`,
  );
  const { hostname, port } = new URL(gateway.s3Url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  socket.write(
    `POST /${BUCKET} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: close\r\nContent-Length: ${body.byteLength}\r\n` +
      `Content-Type: multipart/form-data; boundary=${BOUNDARY}\r\n\r\n`,
  );
  for (const byte of body) {
    socket.write(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  let reply = '';
  for await (const piece of socket) reply += piece;
  assert.match(reply, /^HTTP\/1\.1 204 /);
  assert.equal((await get('slow')).bytes.toString(), 'slow\r\n--and steady');
});

test('a client that goes away in the middle of its file leaves nothing', async () => {
  const head = `${await signedParts('gone')}--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`;
  const { hostname, port } = new URL(gateway.s3Url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(
    `POST /${BUCKET} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Length: 10000000\r\n` +
      `Content-Type: multipart/form-data; boundary=${BOUNDARY}\r\n\r\n${head}${'a'.repeat(500_000)}`,
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(await keysUnder('gone'), []);
});
