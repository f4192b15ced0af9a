import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { AclBench, AUTHENTICATED_USERS, allowedTo } from '../../../support/acl-bench.ts';

let bench: AclBench;
before(async () => {
  bench = await AclBench.start();
});
after(() => bench.gateway.stop());

const NOTHING: readonly string[] = [];
/** "READ: Allows grantee to list the objects in the bucket". */
const LISTS = ['list', 'versions', 'uploads', 'head'];
/** "WRITE: Allows grantee to create new objects in the bucket [...], also allows deletions and overwrites". */
const WRITES = ['put', 'delete'];

/** "Canned ACL": what somebody who has an account, and somebody who has none, may do then. */
const CANNED: readonly (readonly [acl: string, friend: readonly string[], anonymous: readonly string[]])[] = [
  ['private', NOTHING, NOTHING],
  ['public-read', LISTS, LISTS],
  ['public-read-write', [...LISTS, ...WRITES], [...LISTS, ...WRITES]],
  ['authenticated-read', LISTS, NOTHING],
  ['aws-exec-read', NOTHING, NOTHING],
  ['bucket-owner-read', NOTHING, NOTHING],
  ['bucket-owner-full-control', NOTHING, NOTHING],
];

describe('the ACL of a bucket', () => {
  for (const [acl, friend, anonymous] of [...CANNED, ['log-delivery-write', NOTHING, NOTHING] as const]) {
    test(`that is ${acl} lets others do ${friend.join(', ') || 'nothing'}`, async () => {
      await bench.bucket(`of-${acl}`, { bucket: { 'x-amz-acl': acl } });
      assert.deepEqual(await allowedTo(bench.friend.says, `of-${acl}`), friend);
      assert.deepEqual(await allowedTo(bench.anonymous, `of-${acl}`), anonymous);
    });
  }

  for (const [permission, allowed] of [
    ['read', LISTS],
    ['write', WRITES],
    ['read-acp', ['readBucketAcl']],
    ['write-acp', NOTHING],
    ['full-control', [...LISTS, ...WRITES, 'readBucketAcl']],
  ] as const) {
    test(`that grants ${permission} lets its grantee do ${allowed.join(', ') || 'nothing of it'}`, async () => {
      const name = `grants-${permission}`;
      await bench.bucket(name);
      await bench.putAcl(`/${name}`, { [`x-amz-grant-${permission}`]: `id="${bench.friend.canonicalId}"` });
      assert.deepEqual(await allowedTo(bench.friend.says, name), allowed);
      assert.deepEqual(await allowedTo(bench.anonymous, name), NOTHING);
      const put = { method: 'PUT', target: `/${name}?acl=`, body: '', headers: { 'x-amz-acl': 'public-read' } };
      const mayPut = permission === 'write-acp' || permission === 'full-control';
      assert.equal((await bench.friend.says.send(put)).status, mayPut ? 200 : 403);
    });
  }

  test('lets who may write it upload in parts, and delete by the thousand', async () => {
    await bench.bucket('in-parts', { bucket: { 'x-amz-acl': 'public-read-write' } });
    const { says } = bench.friend;
    const begun = await says.succeed({ method: 'POST', target: '/in-parts/p?uploads=', body: '' });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun.body.toString())?.[1] ?? '';
    await says.succeed({ method: 'PUT', target: `/in-parts/p?partNumber=1&uploadId=${uploadId}`, body: 'part' });
    await says.succeed({ target: `/in-parts/p?uploadId=${uploadId}` });
    await says.succeed({ method: 'DELETE', target: `/in-parts/p?uploadId=${uploadId}` });
    const body = '<Delete><Object><Key>k</Key></Object></Delete>';
    const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
    const reply = await says.succeed({ method: 'POST', target: '/in-parts?delete=', body, headers });
    assert.match(reply.body.toString(), /<Deleted><Key>k<\/Key><\/Deleted>/);
  });
});

describe('the ACL of an object', () => {
  for (const [acl, friend, anonymous] of CANNED) {
    const forObject = (allowed: readonly string[]) => (allowed === NOTHING ? NOTHING : ['get']);
    test(`that is ${acl} lets others do ${forObject(friend).join() || 'nothing'}`, async () => {
      await bench.bucket(`object-${acl}`, { object: { 'x-amz-acl': acl } });
      assert.deepEqual(await allowedTo(bench.friend.says, `object-${acl}`), forObject(friend));
      assert.deepEqual(await allowedTo(bench.anonymous, `object-${acl}`), forObject(anonymous));
    });
  }

  for (const [permission, allowed] of [
    ['read', ['get']],
    ['read-acp', ['readAcl']],
    ['write-acp', NOTHING],
    ['full-control', ['get', 'readAcl']],
  ] as const) {
    test(`that grants ${permission} lets its grantee do ${allowed.join(', ') || 'nothing of it'}`, async () => {
      const name = `object-grants-${permission}`;
      await bench.bucket(name, { object: { [`x-amz-grant-${permission}`]: `id="${bench.friend.canonicalId}"` } });
      assert.deepEqual(await allowedTo(bench.friend.says, name), allowed);
      const put = { method: 'PUT', target: `/${name}/k?acl=`, body: '', headers: { 'x-amz-acl': 'public-read' } };
      const mayPut = permission === 'write-acp' || permission === 'full-control';
      assert.equal((await bench.friend.says.send(put)).status, mayPut ? 200 : 403);
    });
  }

  test('is that of the version that is asked for', async () => {
    await bench.bucket('versions');
    const { says } = bench.owner;
    const body = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
    await says.succeed({ method: 'PUT', target: '/versions?versioning=', body });
    const put = await says.put('versions', 'k', { headers: { 'x-amz-acl': 'public-read' } });
    const open = put.headers.get('x-amz-version-id');
    await says.put('versions', 'k');
    const status = async (target: string) => (await bench.anonymous.send({ target })).status;
    assert.equal(await status('/versions/k'), 403);
    assert.equal(await status(`/versions/k?versionId=${open}`), 200);
    assert.equal(await status('/versions/k?versionId=null'), 403);
    const headers = { 'x-amz-grant-read': `uri="${AUTHENTICATED_USERS}"` };
    await says.succeed({ method: 'PUT', target: '/versions/k?acl=&versionId=null', body: '', headers });
    assert.equal(await status('/versions/k?versionId=null'), 403);
    assert.equal((await bench.friend.says.send({ target: '/versions/k?versionId=null' })).status, 200);
  });

  test('goes when the object is overwritten or copied, and stays with one that is renamed', async () => {
    await bench.bucket('changes', { object: { 'x-amz-acl': 'public-read' } });
    const { says } = bench.owner;
    const copy = (key: string, headers: object) =>
      says.put('changes', key, { headers: { 'x-amz-copy-source': '/changes/k', ...headers } });
    const status = async (key: string) => (await bench.anonymous.send({ target: `/changes/${key}` })).status;
    await copy('copy', {});
    await copy('open-copy', { 'x-amz-acl': 'public-read' });
    assert.deepEqual([await status('copy'), await status('open-copy')], [403, 200]);
    const rename = { 'x-amz-rename-source': '/changes/k' };
    await says.succeed({ method: 'PUT', target: '/changes/renamed?renameObject=', body: '', headers: rename });
    assert.equal(await status('renamed'), 200);
    await says.put('changes', 'renamed');
    assert.equal(await status('renamed'), 403);
  });

  test('that is not there is no secret from who may list the bucket', async () => {
    await bench.bucket('listed', { bucket: { 'x-amz-acl': 'public-read' } });
    await bench.bucket('unlisted', { object: { 'x-amz-acl': 'public-read' } });
    for (const method of ['GET', 'HEAD']) {
      assert.equal((await bench.anonymous.send({ method, target: '/listed/missing' })).status, 404);
      assert.equal((await bench.anonymous.send({ method, target: '/unlisted/missing' })).status, 403);
    }
  });
});
