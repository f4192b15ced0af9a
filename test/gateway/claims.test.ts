import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Conversation } from '../support/conversation.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { textOf } from '../support/strict-xml.ts';

let gateway: TestGateway;
let amy: Conversation;
let bob: Conversation;
let root: Conversation;

before(async () => {
  gateway = await startGateway();
  root = new Conversation(gateway);
  amy = new Conversation(gateway, await gateway.addUser('amy'));
  bob = new Conversation(gateway, await gateway.addUser('bob'));
});
after(() => gateway.stop());

async function claim(prefix: string, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await gateway.services.claims.add({
      prefix,
      account: await gateway.services.accounts.get(name),
      grandfather: true,
    });
  }
}

async function denied(account: Conversation, name: string, prefix: string): Promise<void> {
  const error = await account.fail({ method: 'PUT', target: `/${name}`, body: '' }, 403, 'AccessDenied');
  assert.equal(textOf(error, 'Prefix'), prefix);
  assert.ok(textOf(error, 'Message')?.includes(`'${prefix}'`));
  await root.fail({ target: `/${name}` }, 404, 'NoSuchBucket');
}

describe('a bucket prefix', () => {
  test('that nobody claims is free to all', async () => {
    await amy.createBucket('free-amy');
    await bob.createBucket('free-bob');
  });

  test('that one account claims is its alone', async () => {
    await claim('amys-', 'amy');
    await amy.createBucket('amys-one');
    await denied(bob, 'amys-two', 'amys-');
  });

  test('that several claim is theirs and nobody else’s', async () => {
    await claim('shared-', 'amy', 'bob');
    const carl = new Conversation(gateway, await gateway.addUser('carl'));
    await amy.createBucket('shared-amy');
    await bob.createBucket('shared-bob');
    await denied(carl, 'shared-carl', 'shared-');
  });

  test('covers names that begin with it and no others', async () => {
    await claim('exact', 'amy');
    await denied(bob, 'exact', 'exact');
    await denied(bob, 'exactly', 'exact');
    await bob.createBucket('exac');
    await bob.createBucket('not-exact');
    await bob.createBucket('eexact');
  });

  test('is no pattern', async () => {
    await claim('do.t', 'amy');
    await bob.createBucket('doxt-one');
    await denied(bob, 'do.tted', 'do.t');
  });

  test('within another needs a claim on both', async () => {
    await claim('corp-', 'amy', 'bob');
    await claim('corp-secret-', 'amy');
    await amy.createBucket('corp-secret-amy');
    await bob.createBucket('corp-bob');
    await denied(bob, 'corp-secret-bob', 'corp-secret-');
    const dave = new Conversation(gateway, await gateway.addUser('dave'));
    await claim('corp-secret-d', 'dave');
    await denied(dave, 'corp-secret-dave', 'corp-');
    await denied(amy, 'corp-secret-damy', 'corp-secret-d');
  });

  test('that is claimed later leaves the buckets that are there', async () => {
    await bob.createBucket('early-bird');
    await bob.put('early-bird', 'key', { body: 'kept' });
    await claim('early-', 'amy');
    assert.equal(await bob.read('early-bird', 'key'), 'kept');
    await bob.put('early-bird', 'more', { body: 'kept' });
    await denied(bob, 'early-worm', 'early-');
    await amy.fail({ target: '/early-bird' }, 403, 'AccessDenied');
  });

  test('binds its holder to nothing and gives no bucket of others', async () => {
    await claim('hold-', 'amy');
    await amy.createBucket('elsewhere');
    await root.createBucket('hold-root');
    await amy.fail({ target: '/hold-root' }, 403, 'AccessDenied');
  });

  test('does not bind root', async () => {
    await claim('kings-', 'amy');
    await root.createBucket('kings-road');
  });

  test('is free again when its last claim is gone', async () => {
    await claim('brief-', 'amy', 'bob');
    const carl = new Conversation(gateway, await gateway.addUser('carla'));
    const { accounts, claims } = gateway.services;
    await claims.remove({ prefix: 'brief-', account: await accounts.get('amy') });
    await denied(amy, 'brief-amy', 'brief-');
    await claims.remove({ prefix: 'brief-', account: await accounts.get('bob') });
    await carl.createBucket('brief-carla');
  });

  test('is not told where the name is taken anyway', async () => {
    await claim('taken-', 'amy');
    await amy.createBucket('taken-one');
    await bob.fail({ method: 'PUT', target: '/taken-one', body: '' }, 409, 'BucketAlreadyExists');
  });
});
