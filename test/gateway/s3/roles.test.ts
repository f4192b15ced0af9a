import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { OPERATOR } from '../../../gateway/services/audit.ts';
import type { AccountRole } from '../../../metadata/index.ts';
import { Conversation } from '../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { textOf } from '../../support/strict-xml.ts';
import { keyPath } from '../../support/wire-request.ts';

let gateway: TestGateway;
let owner: Conversation;
let admin: Conversation;
let auditor: Conversation;

before(async () => {
  gateway = await startGateway();
  owner = new Conversation(gateway, await gateway.addUser('owner'));
  admin = await withRole('boss', 'admin');
  auditor = new Conversation(gateway, await gateway.addUser('eyes'));
  // From before it was an auditor.
  await auditor.createBucket('eyes-old');
  await auditor.put('eyes-old', 'k', { body: 'mine' });
  await changeRole('eyes', 'auditor');
  await owner.createBucket('shop');
  await owner.put('shop', 'k', { body: 'theirs' });
});
after(() => gateway.stop());

async function withRole(name: string, role: AccountRole): Promise<Conversation> {
  const account = await gateway.services.accounts.create({ name, role });
  return new Conversation(gateway, await gateway.services.accessKeys.create(account));
}

async function changeRole(name: string, role: Exclude<AccountRole, 'root'>): Promise<void> {
  const { id } = await gateway.services.accounts.get(name);
  await gateway.services.administration.change(id, { role }, OPERATOR);
}

const bucketNames = async (who: Conversation) => {
  const listed = await who.get('/');
  const buckets = listed.elements.find(({ name }) => name === 'Buckets')?.elements ?? [];
  return buckets.map((bucket) => textOf(bucket, 'Name'));
};

describe('an admin', () => {
  test('reads, writes, configures and deletes in the bucket of another', async () => {
    assert.equal(await admin.read('shop', 'k'), 'theirs');
    await admin.put('shop', 'by-admin', { body: 'x' });
    assert.equal(await owner.read('shop', 'by-admin'), 'x');
    await admin.succeed({ method: 'DELETE', target: '/shop/by-admin' });
    const versioning =
      '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>';
    await owner.createBucket('shop-versions');
    await admin.succeed({ method: 'PUT', target: '/shop-versions?versioning=', body: versioning });
    await admin.succeed({ method: 'DELETE', target: '/shop-versions' });
  });

  test('makes buckets under prefixes that others have claimed', async () => {
    await gateway.services.claims.add({ prefix: 'claimed-', account: await gateway.services.accounts.get('owner') });
    await auditorMay403({ method: 'PUT', target: '/claimed-c' });
    await admin.createBucket('claimed-a');
  });

  test('lists its own buckets, as everybody does', async () => {
    await admin.createBucket('boss-bucket');
    const names = await bucketNames(admin);
    assert.ok(names.includes('boss-bucket'));
    assert.ok(!names.includes('shop'));
  });
});

async function auditorMay403(request: { method: string; target: string; headers?: Record<string, string> }) {
  await auditor.fail({ body: '', ...request }, 403, 'AccessDenied');
}

describe('an auditor', () => {
  test('reads every bucket: objects, lists, and what they are told', async () => {
    assert.equal(await auditor.read('shop', 'k'), 'theirs');
    await auditor.succeed({ method: 'HEAD', target: '/shop/k' });
    await auditor.succeed({ method: 'HEAD', target: '/shop' });
    for (const query of ['?list-type=2', '?location=', '?versioning=', '?uploads=', '?versions=']) {
      await auditor.get(`/shop${query}`);
    }
    await auditor.get('/shop/k?tagging=');
  });

  test('writes nothing, not even into a bucket that it had before', async () => {
    for (const bucket of ['shop', 'eyes-old']) {
      await auditorMay403({ method: 'PUT', target: `/${bucket}/new` });
      await auditorMay403({ method: 'DELETE', target: `/${bucket}/k` });
      await auditorMay403({ method: 'DELETE', target: `/${bucket}` });
      await auditorMay403({ method: 'POST', target: `/${bucket}?delete=` });
      await auditorMay403({ method: 'POST', target: `/${bucket}/new?uploads=` });
      await auditorMay403({ method: 'PUT', target: `/${bucket}?tagging=` });
      await auditorMay403({ method: 'DELETE', target: `/${bucket}/k?tagging=` });
      const headers = { 'x-amz-copy-source': keyPath('shop', 'k').slice(1) };
      await auditorMay403({ method: 'PUT', target: `/${bucket}/copy`, headers });
    }
    await auditorMay403({ method: 'PUT', target: '/eyes-new' });
    assert.equal(await auditor.read('eyes-old', 'k'), 'mine');
    assert.deepEqual(await bucketNames(auditor), ['eyes-old']);
  });
});

test('a role counts from the next request on', async () => {
  const turn = new Conversation(gateway, await gateway.addUser('turncoat'));
  await turn.fail({ target: '/shop/k' }, 403, 'AccessDenied');
  await changeRole('turncoat', 'auditor');
  assert.equal(await turn.read('shop', 'k'), 'theirs');
  await changeRole('turncoat', 'member');
  await turn.fail({ target: '/shop/k' }, 403, 'AccessDenied');
});
