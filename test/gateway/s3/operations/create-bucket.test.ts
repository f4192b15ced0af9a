import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { textOf } from '../../../support/strict-xml.ts';

let gateway: TestGateway;
let client: Conversation;
let other: Conversation;

before(async () => {
  gateway = await startGateway({ GATEHOUSE_REGION: 'us-east-1' });
  client = new Conversation(gateway, await gateway.addUser('amy'));
  other = new Conversation(gateway, await gateway.addUser('bob'));
});
after(() => gateway.stop());

const configuration = (inner: string) =>
  `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</CreateBucketConfiguration>`;
const location = (region: string) => configuration(`<LocationConstraint>${region}</LocationConstraint>`);
const exists = async (name: string) => (await client.send({ method: 'HEAD', target: `/${name}` })).status === 200;

describe('bucket names', () => {
  const good = [
    'abc',
    'a'.repeat(60),
    'b'.repeat(61),
    'c'.repeat(62),
    'd'.repeat(63),
    '123',
    '1-2-3',
    'foo.bar',
    'aa.bb-cc.dd',
    'foo-bar',
    'foo--bar',
    '0-a-9',
    '192.168.1',
    '256.1.1.1.1',
    'xn-abc',
    'a.b',
    'foo.-bar',
    'foo-.bar',
  ];
  for (const name of good) {
    test(`${name} is one`, async () => {
      const reply = await client.createBucket(name);
      assert.equal(reply.status, 200);
      assert.equal(reply.headers.get('location'), `/${name}`);
      assert.equal(reply.body.byteLength, 0);
      assert.ok(await exists(name));
    });
  }

  const bad = [
    'a',
    'ab',
    'e'.repeat(64),
    'f'.repeat(255),
    'Alpha',
    'ALPHA',
    'camelCase',
    '_alpha',
    'under_score',
    '-alpha',
    'alpha-',
    '.alpha',
    'alpha.',
    'alpha..beta',
    '192.168.5.123',
    '0.0.0.0',
    'al%20pha',
    'al%0Apha',
    'alpha%21',
    '%D8%B3%D9%84%D8%A7%D9%85',
    '%F0%9F%98%80%F0%9F%98%80',
    'xn--alpha',
    'sthree-alpha',
    'amzn-s3-demo-alpha',
    'alpha-s3alias',
    'alpha--ol-s3',
    'alpha.mrap',
    'alpha--x-s3',
    'alpha--table-s3',
  ];
  for (const name of bad) {
    test(`${name} is none, for any operation`, async () => {
      const error = await client.fail({ method: 'PUT', target: `/${name}`, body: '' }, 400, 'InvalidBucketName');
      assert.equal(textOf(error, 'BucketName'), decodeURIComponent(name));
      await client.fail({ target: `/${name}` }, 400, 'InvalidBucketName');
      await client.fail({ method: 'PUT', target: `/${name}/key`, body: '' }, 400, 'InvalidBucketName');
      await client.fail({ method: 'DELETE', target: `/${name}` }, 400, 'InvalidBucketName');
    });
  }
});

describe('a name that is taken', () => {
  test('by oneself is BucketAlreadyOwnedByYou, also in us-east-1, and keeps its objects', async () => {
    await client.createBucket('mine');
    await client.put('mine', 'kept', { body: 'kept' });
    const error = await client.fail({ method: 'PUT', target: '/mine', body: '' }, 409, 'BucketAlreadyOwnedByYou');
    assert.equal(textOf(error, 'BucketName'), 'mine');
    assert.equal(await client.read('mine', 'kept'), 'kept');
  });

  test('by somebody else is BucketAlreadyExists and stays theirs', async () => {
    await client.createBucket('theirs');
    await other.fail({ method: 'PUT', target: '/theirs', body: '' }, 409, 'BucketAlreadyExists');
    assert.ok(await exists('theirs'));
    await other.fail({ target: '/theirs' }, 403, 'AccessDenied');
  });

  test('is free again once it was deleted, for anybody', async () => {
    await client.createBucket('passed-on');
    await client.succeed({ method: 'DELETE', target: '/passed-on' });
    await other.createBucket('passed-on');
  });

  test('by twenty at once goes to exactly one', async () => {
    const request = { method: 'PUT', target: '/contended', body: '' };
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? client : other).send(request)),
    );
    const statuses = replies.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [200, ...Array(19).fill(409)]);
  });
});

describe('a location constraint', () => {
  for (const [what, body] of [
    ['absent', ''],
    ['absent from the configuration', configuration('')],
    ['empty', location('')],
    ['that is the region', location('us-east-1')],
    [
      'in a document with declaration, comment and layout',
      `<?xml version="1.0" encoding="UTF-8"?>\n<!-- mine -->\n${configuration('\n  <LocationConstraint>us-east-1</LocationConstraint>\n')}\n`,
    ],
    ['in a document without the namespace', '<CreateBucketConfiguration></CreateBucketConfiguration>'],
  ] as const) {
    test(`${what} creates the bucket here`, async () => {
      const name = `located-${what.length}`;
      await client.succeed({ method: 'PUT', target: `/${name}`, body });
      const xml = await client.get(`/${name}`, { location: '' });
      assert.deepEqual([xml.name, xml.text], ['LocationConstraint', '']);
    });
  }

  for (const region of ['eu-west-1', 'nowhere', 'US-EAST-1', ' us-east-1', '../etc']) {
    test(`of ${JSON.stringify(region)} is InvalidLocationConstraint and creates nothing`, async () => {
      const request = { method: 'PUT', target: '/elsewhere', body: location(region) };
      const error = await client.fail(request, 400, 'InvalidLocationConstraint');
      assert.equal(textOf(error, 'LocationConstraint'), region);
      assert.ok(!(await exists('elsewhere')));
    });
  }
});

describe('a body', () => {
  for (const [what, body] of [
    ['not XML', 'hello'],
    ['cut short', '<CreateBucketConfiguration><LocationConstraint>us-east-1'],
    ['of another root', '<BucketConfiguration></BucketConfiguration>'],
    ['of two roots', `${configuration('')}${configuration('')}`],
    ['with a DTD', `<!DOCTYPE a [<!ENTITY e "us-east-1">]>${location('&e;')}`],
    ['with an unknown entity', location('&region;')],
    ['with an element that S3 has not', configuration('<Colour>blue</Colour>')],
    ['not UTF-8', Buffer.concat([Buffer.from('<CreateBucketConfiguration>'), Buffer.from([0xff, 0xfe])])],
    ['nested too deep', '<CreateBucketConfiguration>'.repeat(100)],
  ] as const) {
    test(`that is ${what} is MalformedXML and creates nothing`, async () => {
      await client.fail({ method: 'PUT', target: '/malformed', body }, 400, 'MalformedXML');
      assert.ok(!(await exists('malformed')));
    });
  }

  for (const inner of ['<Bucket><Type>Directory</Type></Bucket>', '<Location><Name>use1-az4</Name></Location>']) {
    test(`that asks for ${inner} is 501 and creates nothing`, async () => {
      await client.fail({ method: 'PUT', target: '/unfinished', body: configuration(inner) }, 501, 'NotImplemented');
      assert.ok(!(await exists('unfinished')));
    });
  }

  test('that is too long is refused', async () => {
    const body = configuration(' '.repeat(300_000));
    await client.fail({ method: 'PUT', target: '/lengthy', body }, 400, 'MaxMessageLengthExceeded');
  });

  test('that its digest denies creates nothing', async () => {
    const headers = { 'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==' };
    await client.fail({ method: 'PUT', target: '/digest', body: location(''), headers }, 400, 'BadDigest');
    const request = { method: 'PUT', target: '/digest', body: location(''), payload: '0'.repeat(64) };
    await client.fail(request, 400, 'XAmzContentSHA256Mismatch');
    assert.ok(!(await exists('digest')));
  });

  test('without a length is not ignored', async () => {
    const xml = location('eu-west-1');
    const body = `${xml.length.toString(16)}\r\n${xml}\r\n0\r\n\r\n`;
    const request = {
      method: 'PUT',
      target: '/no-length',
      body,
      withoutLength: true,
      payload: 'UNSIGNED-PAYLOAD',
      unsignedHeaders: { 'transfer-encoding': 'chunked' },
    };
    await client.fail(request, 411, 'MissingContentLength');
    assert.ok(!(await exists('no-length')));
  });
});

describe('headers that say what is not to be had', () => {
  for (const [header, value, status, code] of [
    ['x-amz-acl', 'public-read', 400, 'InvalidBucketAclWithObjectOwnership'],
    ['x-amz-acl', 'everybody', 400, 'InvalidArgument'],
    ['x-amz-grant-read', 'id=abc', 400, 'InvalidBucketAclWithObjectOwnership'],
    ['x-amz-object-ownership', 'Everybody', 400, 'InvalidArgument'],
  ] as const) {
    test(`${header}: ${value} is ${code} and creates nothing`, async () => {
      await client.fail({ method: 'PUT', target: '/headers', body: '', headers: { [header]: value } }, status, code);
      assert.ok(!(await exists('headers')));
    });
  }

  test('x-amz-acl: private asks for what is, and so does BucketOwnerEnforced', async () => {
    const headers = { 'x-amz-acl': 'private', 'x-amz-object-ownership': 'BucketOwnerEnforced' };
    await client.succeed({ method: 'PUT', target: '/private', body: '', headers });
  });
});

test('without a Content-Length a bucket is created, as there is no body', async () => {
  await client.succeed({ method: 'PUT', target: '/bodiless' });
});

test('an anonymous request creates nothing', async () => {
  const anonymous = new Conversation(gateway, 'anonymous');
  await anonymous.fail({ method: 'PUT', target: '/anonymous', body: '' }, 403, 'AccessDenied');
  assert.ok(!(await exists('anonymous')));
});
