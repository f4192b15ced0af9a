import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { operations } from '../../../gateway/s3/operations/index.ts';
import { OPERATOR } from '../../../gateway/services/audit.ts';
import { presignUrl } from '../../../signer/index.ts';
import { Conversation } from '../../support/conversation.ts';
import { type Credentials, startGateway, type TestGateway } from '../../support/gateway.ts';
import { textOf } from '../../support/strict-xml.ts';
import { assertFailure, type ExpectedFailure, Wire, type WireReply } from '../../support/wire.ts';
import { prepare, type WireRequest } from '../../support/wire-request.ts';

const BUCKET = 'vault';
const MINUTE_MS = 60_000;

let gateway: TestGateway;
let owner: Credentials;
let client: Conversation;
let anonymous: Conversation;

before(async () => {
  gateway = await startGateway();
  owner = await gateway.addUser('owner');
  client = new Conversation(gateway, owner);
  anonymous = new Conversation(gateway, 'anonymous');
  await client.createBucket(BUCKET);
  await client.put(BUCKET, 'key', { body: 'precious' });
});
after(() => gateway.stop());

const GET = { target: `/${BUCKET}/key` };

/**
 * A request for each operation on a bucket, but the form, whose proof is not in a header, and the deletion of several
 * objects, of which each is refused by itself.
 */
const REQUESTS = operations
  .filter(({ name, scope }) => scope !== 'service' && !['PostObject', 'CreateBucket', 'DeleteObjects'].includes(name))
  .map(({ name, method, scope, query = [], header }): { name: string; request: WireRequest } => {
    const pairs = query.map((pair) => (pair.includes('=') ? pair : `${pair}=1`)).sort();
    const target = (scope === 'bucket' ? `/${BUCKET}` : GET.target) + (pairs.length === 0 ? '' : `?${pairs.join('&')}`);
    const headers = header === undefined ? {} : { [header]: `${BUCKET}/key` };
    const body = method === 'PUT' || method === 'POST' ? { body: 'overwritten' } : {};
    return { name, request: { method, target, headers, ...body } };
  });

describe('nobody', () => {
  for (const { name, request } of [{ name: 'ListBuckets', request: { target: '/' } }, ...REQUESTS]) {
    test(`may not ${name}`, async () => {
      const reply = await anonymous.send(request);
      if (request.method === 'HEAD') assert.equal(reply.status, 403);
      else assertFailure(reply, { status: 403, code: 'AccessDenied' });
      assert.equal(await client.read(BUCKET, 'key'), 'precious');
    });
  }
});

describe('another account', () => {
  for (const { name, request } of REQUESTS) {
    test(`may not ${name}, and root may`, async () => {
      const stranger = new Conversation(gateway, await gateway.addUser(`stranger-${name}`));
      const reply = await stranger.send(request);
      if (request.method === 'HEAD') assert.equal(reply.status, 403);
      else assertFailure(reply, { status: 403, code: 'AccessDenied' });
      assert.equal(await client.read(BUCKET, 'key'), 'precious');
      if (request.method !== 'GET' && request.method !== 'HEAD') return;
      assert.notEqual((await new Conversation(gateway).send(request)).status, 403);
    });
  }

  test('may not copy from a bucket of somebody else, nor into it', async () => {
    const credentials = await gateway.addUser('copier');
    const copier = new Conversation(gateway, credentials);
    await copier.createBucket('copies');
    await copier.put('copies', 'own', { body: 'own' });
    const copy = (target: string, source: string) => ({
      method: 'PUT',
      target,
      body: '',
      headers: { 'x-amz-copy-source': source },
    });
    await copier.fail(copy('/copies/stolen', `${BUCKET}/key`), 403, 'AccessDenied');
    await copier.fail(copy(`/${BUCKET}/planted`, 'copies/own'), 403, 'AccessDenied');
    assert.equal(await copier.read('copies', 'stolen'), undefined);
    assert.equal(await client.read(BUCKET, 'planted'), undefined);
  });
});

for (const [name, asker] of [
  ['nobody', async () => anonymous],
  ['another account', async () => new Conversation(gateway, await gateway.addUser('deleter'))],
] as const) {
  test(`${name} deletes none of several objects`, async () => {
    const body = '<Delete><Object><Key>key</Key></Object><Object><Key>missing</Key></Object></Delete>';
    const digest = createHash('md5').update(body).digest('base64');
    const headers = { 'content-md5': digest };
    const reply = await (await asker()).send({ method: 'POST', target: `/${BUCKET}?delete`, headers, body });
    assert.equal(reply.status, 200);
    assert.equal(reply.body.toString().match(/<Code>AccessDenied<\/Code>/g)?.length, 2);
    assert.equal(await client.read(BUCKET, 'key'), 'precious');
  });
}

describe('root', () => {
  test('may do everything in the buckets of others', async () => {
    const root = new Conversation(gateway);
    await root.put(BUCKET, 'by-root', { body: 'root' });
    assert.equal(await client.read(BUCKET, 'by-root'), 'root');
    await root.succeed({ method: 'DELETE', target: `/${BUCKET}/by-root` });
  });
});

describe('a signature', () => {
  test('with a wrong secret is SignatureDoesNotMatch with what the server signed', async () => {
    const credentials = { ...owner, secretKey: `${owner.secretKey}x` };
    const error = await client.fail(
      { ...GET, credentials, headers: { 'x-amz-meta-a': '1' } },
      403,
      'SignatureDoesNotMatch',
    );
    assert.equal(textOf(error, 'AWSAccessKeyId'), owner.accessKey);
    assert.match(textOf(error, 'SignatureProvided') ?? '', /^[0-9a-f]{64}$/);
    const toSign = textOf(error, 'StringToSign') ?? '';
    assert.match(toSign, /^AWS4-HMAC-SHA256\n\d{8}T\d{6}Z\n\d{8}\/us-east-1\/s3\/aws4_request\n[0-9a-f]{64}$/);
    assert.equal(Buffer.from((textOf(error, 'StringToSignBytes') ?? '').replaceAll(' ', ''), 'hex').toString(), toSign);
    const canonical = textOf(error, 'CanonicalRequest') ?? '';
    assert.ok(canonical.startsWith(`GET\n/${BUCKET}/key\n\nhost:127.0.0.1:`), canonical);
    assert.ok(canonical.includes('\nx-amz-meta-a:1\n'));
    const bytes = (textOf(error, 'CanonicalRequestBytes') ?? '').replaceAll(' ', '');
    assert.equal(Buffer.from(bytes, 'hex').toString(), canonical);
    assert.ok(!JSON.stringify(error).includes(owner.secretKey));
  });

  test('over anything else than what came is SignatureDoesNotMatch', async () => {
    const good = { ...GET, headers: { 'x-amz-meta-a': '1', range: 'bytes=0-1' } };
    await client.succeed(good);
    for (const change of [
      (head: string) => head.replace('GET ', 'DELETE '),
      (head: string) => head.replace('/key ', '/kez '),
      (head: string) => head.replace('/key ', '/key?versionId=null '),
      (head: string) => head.replace('bytes=0-1', 'bytes=0-2'),
      (head: string) => head.replace('x-amz-meta-a: 1', 'x-amz-meta-a: 2'),
      (head: string) => head.replace('host: 127.0.0.1', 'host: 127.0.0.2'),
    ]) {
      assertFailure(await tampered(good, change), { status: 403, code: 'SignatureDoesNotMatch' });
    }
    assert.equal(await client.read(BUCKET, 'key'), 'precious');
  });

  test('must cover the host and every x-amz- header', async () => {
    const added = await tampered(GET, (head) => head.replace('\r\n\r\n', '\r\nx-amz-acl: private\r\n\r\n'));
    const error = assertFailure(added, { status: 403, code: 'AccessDenied' });
    assert.match(textOf(error, 'Message') ?? '', /headers present in the request which were not signed/);
    assert.equal(textOf(error, 'HeadersNotSigned'), 'x-amz-acl');
    const forge = (authorization: string) => authorization.replace('host;', '');
    await client.fail({ ...GET, signing: { forge } }, 403, 'AccessDenied');
  });

  test('of an access key that nobody has is InvalidAccessKeyId', async () => {
    const credentials = { accessKey: 'AKIANOBODYHASTHIS', secretKey: 'x'.repeat(40) };
    const error = await client.fail({ ...GET, credentials }, 403, 'InvalidAccessKeyId');
    assert.equal(textOf(error, 'AWSAccessKeyId'), credentials.accessKey);
  });

  test('of a disabled account is AccountProblem, told only to who holds the secret', async () => {
    const credentials = await gateway.addUser('leaver');
    const leaver = new Conversation(gateway, credentials);
    await leaver.succeed({ target: '/' });
    await gateway.services.accounts.disable('leaver');
    await leaver.fail({ target: '/' }, 403, 'AccountProblem');
    const guessed = { ...credentials, secretKey: 'guessed-secret' };
    await leaver.fail({ target: '/', credentials: guessed }, 403, 'SignatureDoesNotMatch');
  });

  test('of a deleted key is InvalidAccessKeyId at once', async () => {
    const credentials = await gateway.addUser('rotating');
    const rotating = new Conversation(gateway, credentials);
    await rotating.succeed({ target: '/' });
    await gateway.services.accessKeys.delete({ ...credentials, accountId: credentials.id }, OPERATOR);
    await rotating.fail({ target: '/' }, 403, 'InvalidAccessKeyId');
  });

  test('with a session token is InvalidToken: the gateway has given none', async () => {
    await client.fail({ ...GET, headers: { 'x-amz-security-token': 'FQoGZXIvYXdzEBYaD' } }, 400, 'InvalidToken');
  });

  for (const minutes of [-14, 14]) {
    test(`of a clock that is ${minutes} minutes off is taken`, async () => {
      await client.succeed({ ...GET, signing: { now: new Date(Date.now() + minutes * MINUTE_MS) } });
    });
  }

  for (const minutes of [-16, 16, -60 * 24 * 365]) {
    test(`of a clock that is ${minutes} minutes off is RequestTimeTooSkewed`, async () => {
      const now = new Date(Date.now() + minutes * MINUTE_MS);
      const error = await client.fail({ ...GET, signing: { now } }, 403, 'RequestTimeTooSkewed');
      assert.equal(textOf(error, 'MaxAllowedSkewMilliseconds'), '900000');
      assert.ok(Math.abs(Date.parse(textOf(error, 'ServerTime') ?? '') - Date.now()) < MINUTE_MS);
      assert.ok(textOf(error, 'RequestTime'));
    });
  }

  test('for another region is AuthorizationHeaderMalformed with the right one', async () => {
    const error = await client.fail({ ...GET, signing: { region: 'eu-west-1' } }, 400, 'AuthorizationHeaderMalformed');
    assert.equal(textOf(error, 'Region'), 'us-east-1');
    assert.match(textOf(error, 'Message') ?? '', /the region 'eu-west-1' is wrong; expecting 'us-east-1'/);
  });

  test('for another service is AuthorizationHeaderMalformed', async () => {
    await client.fail({ ...GET, signing: { service: 'ec2' } }, 400, 'AuthorizationHeaderMalformed');
  });
});

describe('an Authorization header', () => {
  const malformed = { status: 400, code: 'AuthorizationHeaderMalformed' };
  const unsupported = { status: 400, code: 'InvalidArgument' };
  const cases: readonly (readonly [what: string, forge: (good: string) => string, expected: ExpectedFailure])[] = [
    ['of the scheme alone', () => 'AWS4-HMAC-SHA256', unsupported],
    ['of the scheme and a space', () => 'AWS4-HMAC-SHA256 ', unsupported],
    ['without Credential', (good) => good.replace(/Credential=[^,]*, /, ''), malformed],
    ['without SignedHeaders', (good) => good.replace(/SignedHeaders=[^,]*, /, ''), malformed],
    ['without Signature', (good) => good.replace(/, Signature=.*/, ''), malformed],
    ['with an empty Credential', (good) => good.replace(/Credential=[^,]*/, 'Credential='), malformed],
    ['with an empty Signature', (good) => good.replace(/Signature=.*/, 'Signature='), malformed],
    ['with an empty SignedHeaders', (good) => good.replace(/SignedHeaders=[^,]*/, 'SignedHeaders='), malformed],
    ['with a short credential', (good) => good.replace('/us-east-1/', '/'), malformed],
    ['with another terminator', (good) => good.replace('aws4_request', 'aws5_request'), malformed],
    ['with a date that is none', (good) => good.replace(/\/\d{8}\//, '/yesterday/'), malformed],
    ['with another date', (good) => good.replace(/\/\d{8}\//, '/20000101/'), malformed],
    ['with an unknown component', (good) => `${good}, Colour=blue`, malformed],
    ['with another algorithm', (good) => good.replace('SHA256', 'SHA512'), unsupported],
    ['of Basic', () => 'Basic dXNlcjpwYXNzd29yZA==', unsupported],
    ['of Bearer', () => 'Bearer abc.def.ghi', unsupported],
    ['of garbage', () => 'garbage', unsupported],
    ['that is empty', () => '', unsupported],
    [
      'of Signature V2',
      () => 'AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=',
      { status: 400, code: 'InvalidRequest' },
    ],
    [
      'of Signature V4A',
      (good) => good.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256'),
      { status: 501, code: 'NotImplemented' },
    ],
    [
      'with a signature in capitals',
      (good) => good.replace(/Signature=.*/, (text) => `Signature=${text.slice(10).toUpperCase()}`),
      { status: 403, code: 'SignatureDoesNotMatch' },
    ],
    ['with a signature of another length', (good) => `${good}00`, { status: 403, code: 'SignatureDoesNotMatch' }],
    [
      'with a signature that is no hexadecimal',
      (good) => good.replace(/Signature=.*/, 'Signature=zzzz'),
      { status: 403, code: 'SignatureDoesNotMatch' },
    ],
  ];
  for (const [what, forge, expected] of cases) {
    test(`${what} is ${expected.code}`, async () => {
      assertFailure(await client.send({ ...GET, signing: { forge } }), { ...expected, hint: what });
    });
  }

  test('without spaces behind its commas is as good', async () => {
    await client.succeed({ ...GET, signing: { forge: (good) => good.replaceAll(', ', ',') } });
  });

  test('without a date is AccessDenied', async () => {
    const dateless = await tampered(GET, (head) => head.replace(/x-amz-date: [^\r]*\r\n/, ''));
    assertFailure(dateless, { status: 403, code: 'AccessDenied' });
    const undated = await tampered(GET, (head) => head.replace(/x-amz-date: [^\r]*/, 'x-amz-date: yesterday'));
    assertFailure(undated, { status: 403, code: 'AccessDenied' });
  });

  test('without x-amz-content-sha256 is InvalidRequest', async () => {
    const reply = await tampered(GET, (head) => head.replace(/x-amz-content-sha256: [^\r]*\r\n/, ''));
    assertFailure(reply, { status: 400, code: 'InvalidRequest' });
  });

  test('beside a signature in the query is InvalidArgument', async () => {
    const url = presigned();
    await client.fail({ target: url.pathname + url.search }, 400, 'InvalidArgument');
  });
});

describe('a presigned URL', () => {
  test('gives what it is for, and only that', async () => {
    const url = presigned();
    const fetched = await fetch(url);
    assert.deepEqual([fetched.status, await fetched.text()], [200, 'precious']);
    assert.equal((await fetch(url, { method: 'DELETE' })).status, 403);
    assert.equal((await fetch(url.href.replace('/key', '/other'))).status, 403);
  });

  for (const [what, change, status, code] of [
    ['that has expired', { now: Date.now() - 10 * MINUTE_MS }, 403, 'AccessDenied'],
    ['of the future', { now: Date.now() + 20 * MINUTE_MS }, 403, 'AccessDenied'],
    ['for another region', { region: 'eu-west-1' }, 400, 'AuthorizationQueryParametersError'],
    [
      'of an unknown key',
      { credentials: { accessKey: 'NOBODY', secretKey: 'x'.repeat(40) } },
      403,
      'InvalidAccessKeyId',
    ],
  ] as const) {
    test(`${what} is ${code}`, async () => {
      const url = presigned(change);
      await anonymous.fail({ target: url.pathname + url.search }, status, code);
    });
  }

  test('that has expired tells when', async () => {
    const url = presigned({ now: Date.now() - 10 * MINUTE_MS });
    const error = await anonymous.fail({ target: url.pathname + url.search }, 403, 'AccessDenied');
    assert.equal(textOf(error, 'Message'), 'Request has expired');
    assert.ok(Date.parse(textOf(error, 'Expires') ?? '') < Date.parse(textOf(error, 'ServerTime') ?? ''));
  });

  for (const [name, value] of [
    ['X-Amz-Expires', '0'],
    ['X-Amz-Expires', '-1'],
    ['X-Amz-Expires', '604801'],
    ['X-Amz-Expires', 'soon'],
    ['X-Amz-Expires', ''],
    ['X-Amz-Date', 'yesterday'],
    ['X-Amz-Date', ''],
    ['X-Amz-Credential', 'garbage'],
    ['X-Amz-Credential', ''],
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA1'],
    ['X-Amz-SignedHeaders', ''],
    ['X-Amz-Signature', ''],
  ] as const) {
    test(`with ${name}=${value} is AuthorizationQueryParametersError`, async () => {
      const url = presigned();
      const changed = url.search.replace(new RegExp(`${name}=[^&]*`), `${name}=${value}`);
      await anonymous.fail({ target: url.pathname + changed }, 400, 'AuthorizationQueryParametersError');
    });

    test(`without ${name} is no anonymous request`, async () => {
      const url = presigned();
      const changed = url.search.replace(new RegExp(`${name}=[^&]*&?`), '');
      await anonymous.fail({ target: url.pathname + changed }, 400, 'AuthorizationQueryParametersError');
    });
  }

  test('with a changed signature or an added parameter is SignatureDoesNotMatch', async () => {
    const { pathname, search } = presigned();
    for (const changed of [
      search.replace(/X-Amz-Signature=./, (text) => text.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))),
      `${search}&response-content-type=text%2Fhtml`,
      `${search}&x-amz-acl=private`,
    ]) {
      await anonymous.fail({ target: pathname + changed }, 403, 'SignatureDoesNotMatch');
    }
  });
});

function presigned(change: Partial<Parameters<typeof presignUrl>[0]> = {}): URL {
  return presignUrl({
    method: 'GET',
    url: new URL(gateway.s3Url + GET.target),
    credentials: owner,
    region: 'us-east-1',
    expiresInSeconds: 300,
    now: Date.now(),
    ...change,
  });
}

/** Sends a signed head after a change that its signature does not know of. */
async function tampered(request: WireRequest, change: (head: string) => string): Promise<WireReply> {
  const { head } = prepare(gateway.s3Url, { credentials: owner, ...request });
  assert.notEqual(change(head), head);
  const wire = await Wire.open(gateway.s3Url);
  try {
    return await wire.send(change(head)).reply();
  } finally {
    wire.close();
  }
}
