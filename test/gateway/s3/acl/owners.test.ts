import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AclBench } from '../../../support/acl-bench.ts';
import { elementText } from '../../../support/s3-failure.ts';

let bench: AclBench;
before(async () => {
  bench = await AclBench.start();
});
after(() => bench.gateway.stop());

const WRITABLE = { bucket: { 'x-amz-acl': 'public-read-write' } };

/** The canonical ids and permissions of an ACL, its owner first. */
async function aclOf(target: string): Promise<string[]> {
  const { body } = await bench.owner.says.succeed({ target: `${target}?acl=` });
  const text = body.toString();
  const grants = text.matchAll(/<Grant>.*?<(?:ID|URI)>([^<]*)<.*?<Permission>([^<]*)<.*?<\/Grant>/g);
  return [
    elementText(text, 'ID') ?? '',
    ...Array.from(grants, ([, grantee, permission]) => `${grantee} ${permission}`),
  ];
}

async function control(bucket: string, ownership: string): Promise<void> {
  const body = `<OwnershipControls><Rule><ObjectOwnership>${ownership}</ObjectOwnership></Rule></OwnershipControls>`;
  await bench.owner.says.succeed({ method: 'PUT', target: `/${bucket}?ownershipControls=`, body });
}

describe('an object that another account writes', () => {
  test('is its writer’s under ObjectWriter, who grants what it likes', async () => {
    await bench.bucket('writer', WRITABLE);
    const { says, canonicalId: writer } = bench.friend;
    const { canonicalId: owner } = bench.owner;
    await says.put('writer', 'a');
    assert.deepEqual(await aclOf('/writer/a'), [writer, `${writer} FULL_CONTROL`]);
    await says.put('writer', 'a', { headers: { 'x-amz-acl': 'bucket-owner-read' } });
    assert.deepEqual(await aclOf('/writer/a'), [writer, `${writer} FULL_CONTROL`, `${owner} READ`]);
    await says.put('writer', 'a', { headers: { 'x-amz-acl': 'bucket-owner-full-control' } });
    assert.deepEqual(await aclOf('/writer/a'), [writer, `${writer} FULL_CONTROL`, `${owner} FULL_CONTROL`]);
    await says.succeed({ target: '/writer/a' });
    await says.succeed({ method: 'PUT', target: '/writer/a?acl=', body: '', headers: { 'x-amz-acl': 'public-read' } });
    assert.equal((await bench.anonymous.send({ target: '/writer/a' })).status, 200);
  });

  test('is its writer’s, who may always read and write its ACL, whatever that grants', async () => {
    await bench.bucket('locked-out', WRITABLE);
    const { says, canonicalId: writer } = bench.friend;
    const { canonicalId: owner } = bench.owner;
    await says.put('locked-out', 'a', { headers: { 'x-amz-grant-read': `id="${owner}"` } });
    await says.fail({ target: '/locked-out/a' }, 403, 'AccessDenied');
    await says.succeed({ target: '/locked-out/a?acl=' });
    await says.succeed({ method: 'PUT', target: '/locked-out/a?acl=', body: '', headers: { 'x-amz-acl': 'private' } });
    assert.deepEqual(await aclOf('/locked-out/a'), [writer, `${writer} FULL_CONTROL`]);
  });

  test('is the bucket owner’s under BucketOwnerPreferred where its writer says so', async () => {
    await bench.bucket('preferred', WRITABLE);
    await control('preferred', 'BucketOwnerPreferred');
    const { says, canonicalId: writer } = bench.friend;
    const { canonicalId: owner } = bench.owner;
    await says.put('preferred', 'a');
    assert.deepEqual(await aclOf('/preferred/a'), [writer, `${writer} FULL_CONTROL`]);
    await says.put('preferred', 'a', { headers: { 'x-amz-acl': 'bucket-owner-full-control' } });
    assert.deepEqual(await aclOf('/preferred/a'), [owner, `${owner} FULL_CONTROL`]);
    await says.fail({ target: '/preferred/a' }, 403, 'AccessDenied');
  });

  test('is the bucket owner’s as soon as ACLs are off, and as long', async () => {
    await bench.bucket('switched', WRITABLE);
    const { says, canonicalId: writer } = bench.friend;
    const { canonicalId: owner } = bench.owner;
    await says.put('switched', 'a', { headers: { 'x-amz-acl': 'public-read' } });
    await bench.putAcl('/switched', { 'x-amz-acl': 'private' });
    await control('switched', 'BucketOwnerEnforced');
    assert.deepEqual(await aclOf('/switched/a'), [owner, `${owner} FULL_CONTROL`]);
    assert.equal((await bench.anonymous.send({ target: '/switched/a' })).status, 403);
    await says.fail({ target: '/switched/a?acl=' }, 403, 'AccessDenied');
    await control('switched', 'ObjectWriter');
    assert.equal((await aclOf('/switched/a'))[0], writer);
    assert.equal((await bench.anonymous.send({ target: '/switched/a' })).status, 200);
  });

  test('in parts is that of who began it, with the ACL that was given then', async () => {
    await bench.bucket('begun', WRITABLE);
    const { says, canonicalId: writer } = bench.friend;
    const { canonicalId: owner } = bench.owner;
    const headers = { 'x-amz-acl': 'bucket-owner-read' };
    const begun = await says.succeed({ method: 'POST', target: '/begun/p?uploads=', body: '', headers });
    const uploadId = elementText(begun.body.toString(), 'UploadId');
    const part = await says.succeed({ method: 'PUT', target: `/begun/p?partNumber=1&uploadId=${uploadId}`, body: 'x' });
    const etag = part.headers.get('etag');
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`;
    await bench.owner.says.succeed({ method: 'POST', target: `/begun/p?uploadId=${uploadId}`, body });
    assert.deepEqual(await aclOf('/begun/p'), [writer, `${writer} FULL_CONTROL`, `${owner} READ`]);
  });

  test('belongs to the bucket’s owner where nobody knows who wrote it', async () => {
    await bench.bucket('unknown', WRITABLE);
    await bench.anonymous.put('unknown', 'a');
    const { canonicalId: owner } = bench.owner;
    assert.deepEqual(await aclOf('/unknown/a'), [owner, `${owner} FULL_CONTROL`]);
  });

  test('is charged to the bucket’s owner', async () => {
    await bench.bucket('charged', WRITABLE);
    await bench.friend.says.put('charged', 'a', { body: 'four' });
    const usage = (await bench.gateway.services.accounts.list()).find(({ id }) => id === bench.friend.id);
    assert.equal(usage?.logical_bytes, 0);
  });
});

test('the owner of a bucket may do everything in it, whatever its ACLs grant', async () => {
  await bench.bucket('own', { object: { 'x-amz-grant-read': `id="${bench.friend.canonicalId}"` } });
  await bench.putAcl('/own', { 'x-amz-grant-read': `id="${bench.friend.canonicalId}"` });
  const { says } = bench.owner;
  await says.succeed({ target: '/own/k' });
  await says.succeed({ target: '/own?list-type=2' });
  await says.put('own', 'k');
});

test('who may write a key by a policy grants nothing by that', async () => {
  await bench.bucket('by-policy');
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:PutObject', Resource: 'arn:aws:s3:::by-policy/*' }];
  const body = JSON.stringify({ Version: '2012-10-17', Statement });
  await bench.owner.says.succeed({ method: 'PUT', target: '/by-policy?policy=', body });
  const { says } = bench.friend;
  await says.put('by-policy', 'a');
  const headers = { 'x-amz-acl': 'public-read' };
  await says.fail({ method: 'PUT', target: '/by-policy/a', body: '', headers }, 403, 'AccessDenied');
});
