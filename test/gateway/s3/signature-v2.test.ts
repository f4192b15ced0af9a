import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { notImplementedOperations, operations } from '../../../gateway/s3/operations/index.ts';
import { isSignedByV2 } from '../../../signer/index.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { type PresignV2Input, presignV2, signFormV2 } from '../../support/signature-v2.ts';
import { exchange } from '../../support/wire-request.ts';

let gateway: TestGateway;

before(async () => {
  gateway = await startGateway({ GATEHOUSE_S3_DOMAIN: 's3.test' });
  for (const name of ['first', 'second']) await gateway.client().send(new CreateBucketCommand({ Bucket: name }));
  for (const name of ['first', 'second']) {
    await gateway.client().send(new PutObjectCommand({ Bucket: name, Key: 'a key', Body: `in ${name}` }));
  }
});
after(() => gateway.stop());

test('a presigned PUT, GET, HEAD and DELETE do what was signed', async () => {
  for (const key of ['plain', 'a b', 'a+b', '100%', 'a%20b', 'a//b', '../..', 'é日本🙂', 'x?y=z&a#b', 'end/']) {
    const path = `/first/${key.split('/').map(encodeURIComponent).join('/')}`;
    const put = await ask({ method: 'PUT', target: presign({ method: 'PUT', path }), body: key });
    assert.equal(put.status, 200, key);
    const got = await ask({ target: presign({ path }) });
    assert.equal(got.status, 200, key);
    assert.equal(got.body.toString(), key);
    assert.equal((await ask({ method: 'HEAD', target: presign({ method: 'HEAD', path }) })).status, 200, key);
    assert.equal((await ask({ method: 'DELETE', target: presign({ method: 'DELETE', path }) })).status, 204, key);
    assert.equal((await ask({ target: presign({ path }) })).status, 404, key);
  }
});

test('a presigned GET obeys the overrides that are signed in it, and headers that are not', async () => {
  const query = { 'response-content-disposition': 'attachment; filename="a b+é.txt"' };
  const reply = await ask({ target: presign({ path: '/first/a%20key', query }), headers: { range: 'bytes=0-1' } });
  assert.equal(reply.status, 206);
  assert.equal(reply.body.toString(), 'in');
  const disposition = Buffer.from(reply.headers.get('content-disposition') ?? '', 'latin1').toString();
  assert.equal(disposition, query['response-content-disposition']);
});

test('a presigned URL in virtual-host style opens the bucket of its host and no other', async () => {
  const target = presign({ path: '/a%20key', bucket: 'first' });
  const reply = await ask({ target, headers: { host: 'first.s3.test' } });
  assert.equal(reply.body.toString(), 'in first');
  const other = await ask({ target, headers: { host: 'second.s3.test' } });
  refuses(other, 403, 'SignatureDoesNotMatch');
});

test('a presigned PUT obeys the x-amz- headers in its query and allows no others', async () => {
  const amz = { 'x-amz-meta-colour': 'blue green' };
  const target = presign({ method: 'PUT', path: '/first/meta', amz });
  assert.equal((await ask({ method: 'PUT', target, body: 'x' })).status, 200);
  const head = new HeadObjectCommand({ Bucket: 'first', Key: 'meta' });
  assert.deepEqual((await gateway.client().send(head)).Metadata, { colour: 'blue green' });
  const added = {
    'x-amz-meta-more': '1',
    'x-amz-copy-source': '/second/a%20key',
    'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  };
  for (const [name, value] of Object.entries(added)) {
    refuses(await ask({ method: 'PUT', target, headers: { [name]: value }, body: 'y' }), 403, 'SignatureDoesNotMatch');
    const longer = `${target}&${name}=${encodeURIComponent(value)}`;
    refuses(await ask({ method: 'PUT', target: longer, body: 'y' }), 403, 'SignatureDoesNotMatch');
  }
  const headers = { 'x-amz-meta-colour': 'red' };
  refuses(await ask({ method: 'PUT', target, headers, body: 'y' }), 403, 'SignatureDoesNotMatch');
  const red = target.replace('blue%20green', 'red');
  refuses(await ask({ method: 'PUT', target: red, body: 'y' }), 403, 'SignatureDoesNotMatch');
  assert.deepEqual((await gateway.client().send(head)).Metadata, { colour: 'blue green' });
});

test('a presigned PUT takes the content type that was signed and only that', async () => {
  const target = presign({ method: 'PUT', path: '/first/typed', contentType: 'text/x-signed' });
  const typed = (type: string) => ask({ method: 'PUT', target, headers: { 'content-type': type }, body: 'x' });
  assert.equal((await typed('text/x-signed')).status, 200);
  refuses(await typed('text/html'), 403, 'SignatureDoesNotMatch');
  refuses(await ask({ method: 'PUT', target, body: 'x' }), 403, 'SignatureDoesNotMatch');
});

test('a presigned URL cannot be turned into one for a subresource', async () => {
  const target = presign({ method: 'PUT', path: '/first/a%20key' });
  for (const more of ['partNumber=1&uploadId=u', 'acl', 'retention', 'renameObject']) {
    const reply = await ask({ method: 'PUT', target: `${target}&${more}`, body: 'x' });
    assert.ok(reply.status === 403 || reply.status === 501, more);
  }
});

test('a URL for a part cannot be turned into one for the object by reading its parameters as one', async () => {
  const target = presign({ method: 'PUT', path: '/first/a%20key', query: { partNumber: '1&uploadId=u' } });
  assert.equal(elementOf((await ask({ method: 'PUT', target, body: 'x' })).body, 'Code'), 'NotImplemented');
  const asTwo = target.replace('partNumber=1%26uploadId%3Du', 'partNumber=1&uploadId=u');
  assert.equal(elementOf((await ask({ method: 'PUT', target: asTwo, body: 'x' })).body, 'Code'), 'NoSuchUpload');
});

test('every subresource that S3 has is signed, but for those that read what the URL reads anyway', () => {
  const harmless = ['list-type', 'max-directory-buckets', 'attributes'];
  for (const { name, query = [] } of [...operations, ...notImplementedOperations]) {
    const [selector] = query;
    const parameter = selector?.split('=')[0];
    if (parameter === undefined || harmless.includes(parameter)) continue;
    assert.ok(isSignedByV2(parameter), `${name}: ?${parameter} changes what a URL does, so V2 has to sign it`);
  }
});

test('a mismatch tells what the gateway signed', async () => {
  const target = presign({ path: '/first/a%20key', credentials: { ...gateway, secretKey: 'another' } });
  const reply = await ask({ target });
  refuses(reply, 403, 'SignatureDoesNotMatch');
  const signed = new URLSearchParams(target.split('?')[1]);
  const toSign = `GET\n\n\n${signed.get('Expires')}\n/first/a%20key`;
  assert.equal(elementOf(reply.body, 'StringToSign'), toSign);
  assert.equal(elementOf(reply.body, 'AWSAccessKeyId'), gateway.accessKey);
  assert.equal(elementOf(reply.body, 'SignatureProvided'), signed.get('Signature'));
  const bytes = elementOf(reply.body, 'StringToSignBytes')?.replaceAll(' ', '') ?? '';
  assert.equal(Buffer.from(bytes, 'hex').toString(), toSign);
  assert.equal(elementOf(reply.body, 'CanonicalRequest'), undefined);
});

test('an expired URL is refused with both times', async () => {
  const expires = Math.floor(Date.now() / 1000) - 1;
  const reply = await ask({ target: presign({ path: '/first/a%20key', expires }) });
  refuses(reply, 403, 'AccessDenied');
  assert.equal(elementOf(reply.body, 'Message'), 'Request has expired');
  assert.equal(Date.parse(elementOf(reply.body, 'Expires') ?? ''), expires * 1000);
  assert.ok(Date.parse(elementOf(reply.body, 'ServerTime') ?? '') > expires * 1000);
});

test('a URL of an unknown key, of a session or without all of its parameters is refused', async () => {
  const path = '/first/a%20key';
  const expires = Math.floor(Date.now() / 1000) + 60;
  refuses(
    await ask({ target: presign({ path, credentials: { ...gateway, accessKey: 'NOBODY' } }) }),
    403,
    'InvalidAccessKeyId',
  );
  refuses(await ask({ target: presign({ path, amz: { 'x-amz-security-token': 't' } }) }), 400, 'InvalidToken');
  const incomplete = ['Signature=x&Expires=1&Key-Pair-Id=k', 'AWSAccessKeyId=&Signature=&Expires=', 'AWSAccessKeyId=a'];
  for (const query of incomplete) {
    const reply = await ask({ target: `${path}?${query}` });
    refuses(reply, 403, 'AccessDenied');
    assert.match(elementOf(reply.body, 'Message') ?? '', /requires the Signature, Expires and AWSAccessKeyId/);
  }
  const odd = await ask({ target: presign({ path, expires }).replace(`Expires=${expires}`, 'Expires=soon') });
  refuses(odd, 403, 'AccessDenied');
  assert.equal(elementOf(odd.body, 'Message'), 'Invalid date (should be seconds since epoch): soon');
});

test('an account opens with its own key what it may, and nothing else', async () => {
  const user = await gateway.addUser('v2-user');
  refuses(await ask({ target: presign({ path: '/first/a%20key', credentials: user }) }), 403, 'AccessDenied');
});

test('Signature V2 beside V4 is refused, and Signature V2 in a header', async () => {
  const path = '/first/a%20key';
  const v4 = new URL(await getSignedUrl(gateway.client(), new HeadObjectCommand({ Bucket: 'first', Key: 'a key' })));
  const v2 = presign({ path });
  for (const target of [`${v2}&${v4.search.slice(1)}`, `${path}${v4.search}&${v2.split('?')[1]}`]) {
    const reply = await ask({ target });
    refuses(reply, 400, 'InvalidArgument');
    assert.match(elementOf(reply.body, 'Message') ?? '', /^Only one auth mechanism allowed;/);
  }
  refuses(await ask({ target: v2, credentials: gateway }), 400, 'InvalidArgument');
  const header = await ask({ target: path, headers: { authorization: `AWS ${gateway.accessKey}:c2ln` } });
  refuses(header, 400, 'InvalidRequest');
});

test('a form signed with Signature V2 uploads what its policy allows', async () => {
  const conditions = [{ bucket: 'first' }, ['starts-with', '$key', 'posted/'], ['content-length-range', 1, 5]];
  const fields = signFormV2({ credentials: gateway, fields: { key: 'posted/\u0024{filename}' }, conditions });
  const posted = await post('first', fields);
  assert.equal(posted.status, 204, await posted.text());
  const read = await ask({ target: presign({ path: '/first/posted/up.txt' }) });
  assert.equal(read.body.toString(), 'form');
  const refused = {
    EntityTooLarge: post('first', fields, 'too large'),
    SignatureDoesNotMatch: post('first', { ...fields, signature: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }),
    InvalidAccessKeyId: post('first', { ...fields, AWSAccessKeyId: 'NOBODY' }),
    AccessDenied: post('second', fields),
    InvalidRequest: post('first', { ...fields, 'x-amz-signature': 'f'.repeat(64) }),
  };
  for (const [code, reply] of Object.entries(refused))
    assert.match(await (await reply).text(), new RegExp(`<Code>${code}<`));
  const extra = await (await post('first', { ...fields, 'x-amz-meta-a': '1' })).text();
  assert.match(extra, /Invalid according to Policy: Extra input fields: x-amz-meta-a/);
  const { AWSAccessKeyId: _, ...rest } = fields;
  assert.match(
    await (await post('first', rest)).text(),
    /Bucket POST must contain a field named &#?\w+;AWSAccessKeyId/,
  );
});

/** With the root's key when no other is given. */
function presign(input: Omit<PresignV2Input, 'credentials'> & Partial<PresignV2Input>): string {
  return presignV2({ credentials: gateway, ...input });
}

type Ask = Parameters<typeof exchange>[1];

/** As it is, without the tidying and the headers of its own that fetch has. */
function ask(request: Ask): ReturnType<typeof exchange> {
  return exchange(gateway.s3Url, request);
}

function refuses(reply: { readonly status: number; readonly body: Buffer }, status: number, code: string): void {
  assert.equal(elementOf(reply.body, 'Code'), code);
  assert.equal(reply.status, status);
}

function elementOf(body: Buffer, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(body.toString())?.[1];
}

function post(bucket: string, fields: Readonly<Record<string, string>>, content = 'form'): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([content]), 'up.txt');
  return fetch(`${gateway.s3Url}/${bucket}`, { method: 'POST', body: form });
}
