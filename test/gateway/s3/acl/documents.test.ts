import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { OPERATOR } from '../../../../gateway/services/audit.ts';
import { AclBench, ALL_USERS, AUTHENTICATED_USERS } from '../../../support/acl-bench.ts';
import { elementText } from '../../../support/s3-failure.ts';
import { textOf } from '../../../support/strict-xml.ts';

const LOG_DELIVERY = 'http://acs.amazonaws.com/groups/s3/LogDelivery';
const NOBODY = 'f'.repeat(64);
const TARGETS = ['/documents?acl=', '/documents/k?acl='];

let bench: AclBench;
before(async () => {
  bench = await AclBench.start();
  await bench.bucket('documents');
});
after(() => bench.gateway.stop());

const grantOf = (grantee: string, permission = 'READ') =>
  `<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">${grantee}</Grantee><Permission>${permission}</Permission></Grant>`;
const user = (id: string, permission?: string) => grantOf(`<ID>${id}</ID>`, permission);
const group = (uri: string, permission?: string) => grantOf(`<URI>${uri}</URI>`, permission);
const email = (address: string) => grantOf(`<EmailAddress>${address}</EmailAddress>`);
const policy = (grants: string, owner = bench.owner.canonicalId) =>
  `<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>${owner}</ID></Owner><AccessControlList>${grants}</AccessControlList></AccessControlPolicy>`;
const put = (target: string, more: { body?: string; headers?: Record<string, string> }) => ({
  method: 'PUT',
  target,
  body: '',
  ...more,
});

async function grantsOf(target: string): Promise<string[]> {
  const text = (await bench.owner.says.succeed({ target })).body.toString();
  assert.equal(elementText(text, 'ID'), bench.owner.canonicalId);
  const grants = text.matchAll(/xsi:type="(\w+)"><(?:ID|URI)>([^<]*)<.*?<Permission>([^<]*)</g);
  return Array.from(grants, ([, type, grantee, permission]) => `${type} ${grantee} ${permission}`);
}

describe('the ACL of a bucket or an object', () => {
  test('is told as it was put', async () => {
    const { says, canonicalId } = bench.owner;
    for (const target of TARGETS) {
      const grants = user(canonicalId, 'FULL_CONTROL') + user(bench.friend.canonicalId, 'WRITE_ACP');
      const groups = group(ALL_USERS) + group(AUTHENTICATED_USERS, 'READ_ACP') + group(LOG_DELIVERY, 'WRITE');
      await says.succeed(put(target, { body: policy(grants + groups) }));
      assert.deepEqual(await grantsOf(target), [
        `CanonicalUser ${canonicalId} FULL_CONTROL`,
        `CanonicalUser ${bench.friend.canonicalId} WRITE_ACP`,
        `Group ${ALL_USERS} READ`,
        `Group ${AUTHENTICATED_USERS} READ_ACP`,
        `Group ${LOG_DELIVERY} WRITE`,
      ]);
      const told = (await says.succeed({ target })).body.toString();
      await says.succeed(put(target, { body: told }));
      assert.equal((await says.succeed({ target })).body.toString(), told);
      await says.succeed(put(target, { body: policy('') }));
      assert.deepEqual(await grantsOf(target), []);
      await says.succeed(put(target, { headers: { 'x-amz-acl': 'private' } }));
      assert.deepEqual(await grantsOf(target), [`CanonicalUser ${canonicalId} FULL_CONTROL`]);
    }
  });

  test('may be put by headers, which grant nothing but what they say', async () => {
    const { canonicalId: id } = bench.friend;
    for (const target of TARGETS) {
      const headers = {
        'x-amz-grant-read': `uri="${ALL_USERS}", id="${id}"`,
        'x-amz-grant-read-acp': `id=${id}`,
        'x-amz-grant-full-control': `ID="${id}"`,
      };
      await bench.owner.says.succeed(put(target, { headers }));
      assert.deepEqual(await grantsOf(target), [
        `CanonicalUser ${id} FULL_CONTROL`,
        `Group ${ALL_USERS} READ`,
        `CanonicalUser ${id} READ`,
        `CanonicalUser ${id} READ_ACP`,
      ]);
      await bench.owner.says.succeed(put(target, { headers: { 'x-amz-acl': 'private' } }));
    }
  });

  test('finds an account by its verified e-mail, and by no other', async () => {
    const { accounts } = bench.gateway.services;
    const add = (name: string, more: object) =>
      accounts.create({ name, email: `${name}@example.org`, actor: OPERATOR, ...more });
    const { canonical_id: id } = await add('verified', { emailVerifiedAt: new Date().toISOString() });
    await add('unverified', {});
    const { says } = bench.owner;
    for (const target of TARGETS) {
      await says.succeed(put(target, { body: policy(email('Verified@Example.org')) }));
      assert.deepEqual(await grantsOf(target), [`CanonicalUser ${id} READ`]);
      await says.succeed(put(target, { headers: { 'x-amz-grant-write-acp': 'emailAddress="verified@example.org"' } }));
      assert.deepEqual(await grantsOf(target), [`CanonicalUser ${id} WRITE_ACP`]);
      for (const address of ['unverified@example.org', 'nobody@example.org']) {
        await says.fail(put(target, { body: policy(email(address)) }), 400, 'UnresolvableGrantByEmailAddress');
        const headers = { 'x-amz-grant-read': `emailAddress="${address}"` };
        await says.fail(put(target, { headers }), 400, 'UnresolvableGrantByEmailAddress');
      }
      await says.succeed(put(target, { headers: { 'x-amz-acl': 'private' } }));
    }
  });

  for (const [what, grants, code, argument] of [
    ['an id that nobody has', user(NOBODY), 'InvalidArgument', 'CanonicalUser/ID'],
    ['a group that S3 has not', group('http://acs.amazonaws.com/groups/global/Foo'), 'InvalidArgument', 'Group/URI'],
    ['a grantee of no name', grantOf(''), 'MalformedACLError'],
    ['a grantee of two names', grantOf(`<ID>${NOBODY}</ID><URI>${ALL_USERS}</URI>`), 'MalformedACLError'],
    ['another permission', user(NOBODY, 'DELETE'), 'MalformedACLError'],
    ['more than a hundred grants', group(ALL_USERS).repeat(101), 'MalformedACLError'],
    ['an element of another name', '<Deny/>', 'MalformedACLError'],
  ] as const) {
    test(`with ${what} is ${code}`, async () => {
      for (const target of TARGETS) {
        const error = await bench.owner.says.fail(put(target, { body: policy(grants) }), 400, code);
        if (argument !== undefined) assert.equal(textOf(error, 'ArgumentName'), argument);
      }
    });
  }

  test('takes a hundred grants', async () => {
    for (const target of TARGETS) {
      await bench.owner.says.succeed(put(target, { body: policy(group(ALL_USERS).repeat(100)) }));
      await bench.owner.says.succeed(put(target, { headers: { 'x-amz-acl': 'private' } }));
    }
  });

  test('makes nothing somebody else’s', async () => {
    const body = policy(group(ALL_USERS), bench.friend.canonicalId);
    for (const target of TARGETS) await bench.owner.says.fail(put(target, { body }), 403, 'AccessDenied');
  });

  test('may come with an upload, and is refused there as elsewhere', async () => {
    const { says } = bench.owner;
    for (const [headers, code] of [
      [{ 'x-amz-acl': 'everybody' }, 'InvalidArgument'],
      [{ 'x-amz-acl': 'log-delivery-write' }, 'InvalidArgument'],
      [{ 'x-amz-grant-read': 'friend' }, 'InvalidArgument'],
      [{ 'x-amz-grant-read': `id="${NOBODY}"` }, 'InvalidArgument'],
      [{ 'x-amz-acl': 'private', 'x-amz-grant-read': `uri="${ALL_USERS}"` }, 'InvalidRequest'],
    ] as const) {
      await says.fail({ method: 'PUT', target: '/documents/new', body: '', headers }, 400, code);
      await says.fail({ method: 'POST', target: '/documents/new?uploads=', body: '', headers }, 400, code);
      const copy = { 'x-amz-copy-source': '/documents/k', ...headers };
      await says.fail({ method: 'PUT', target: '/documents/new', body: '', headers: copy }, 400, code);
    }
    await says.fail({ target: '/documents/new' }, 404, 'NoSuchKey');
  });
});

describe('where public ACLs are blocked', () => {
  const block = (more: string) =>
    bench.owner.says.succeed(
      put('/documents?publicAccessBlock=', {
        body: `<PublicAccessBlockConfiguration>${more}</PublicAccessBlockConfiguration>`,
      }),
    );
  after(() => block(''));

  test('none is put, and others are', async () => {
    await block('<BlockPublicAcls>true</BlockPublicAcls>');
    const { says } = bench.owner;
    for (const acl of ['public-read', 'public-read-write', 'authenticated-read']) {
      const headers = { 'x-amz-acl': acl };
      for (const target of [...TARGETS, '/documents/new']) {
        await says.fail(put(target, { headers }), 403, 'AccessDenied');
      }
    }
    await says.fail(put('/documents/k?acl=', { body: policy(group(ALL_USERS, 'READ_ACP')) }), 403, 'AccessDenied');
    await says.succeed(put('/documents/k?acl=', { body: policy(user(bench.friend.canonicalId)) }));
    await bench.friend.says.succeed({ target: '/documents/k' });
  });

  test('those that are there count where they are not ignored', async () => {
    await block('');
    for (const target of TARGETS) {
      await bench.owner.says.succeed(put(target, { headers: { 'x-amz-acl': 'public-read' } }));
    }
    const statuses = async () => [
      (await bench.anonymous.send({ target: '/documents/k' })).status,
      (await bench.friend.says.send({ target: '/documents?list-type=2' })).status,
    ];
    assert.deepEqual(await statuses(), [200, 200]);
    await block('<BlockPublicAcls>true</BlockPublicAcls>');
    assert.deepEqual(await statuses(), [200, 200]);
    await block('<IgnorePublicAcls>true</IgnorePublicAcls>');
    assert.deepEqual(await statuses(), [403, 403]);
    await bench.owner.says.succeed(put('/documents/k?acl=', { body: policy(user(bench.friend.canonicalId)) }));
    await bench.friend.says.succeed({ target: '/documents/k' });
  });
});

test('a new bucket is not opened where nothing public is to be had', async () => {
  const strict = await AclBench.start({ GATEHOUSE_BLOCK_PUBLIC_ACCESS: 'on' });
  try {
    const { says } = strict.owner;
    const headers = { 'x-amz-acl': 'public-read' };
    await says.fail(put('/blocked', { headers }), 400, 'InvalidBucketAclWithBlockPublicAccessError');
    await says.succeed(put('/blocked', { headers: { 'x-amz-grant-read': `id="${strict.friend.canonicalId}"` } }));
    await strict.friend.says.succeed({ target: '/blocked?list-type=2' });
  } finally {
    await strict.gateway.stop();
  }
});
