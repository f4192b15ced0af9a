import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { textOf, textsOf } from '../../../support/strict-xml.ts';

const NAMES = ['alpha', 'alpha-2', 'alpha.1', 'beta', 'gamma'];

let gateway: TestGateway;
let client: Conversation;

before(async () => {
  gateway = await startGateway();
  client = new Conversation(gateway, await gateway.addUser('owner'));
  for (const name of ['gamma', 'alpha', 'beta', 'alpha.1', 'alpha-2']) await client.createBucket(name);
  await new Conversation(gateway).createBucket('not-theirs');
});
after(() => gateway.stop());

async function list(parameters: Readonly<Record<string, string>> = {}) {
  const xml = await client.get('/', parameters);
  const buckets = xml.elements.find(({ name }) => name === 'Buckets')?.elements ?? [];
  return { xml, buckets, names: buckets.map((bucket) => textOf(bucket, 'Name')) };
}

test('lists one’s own buckets by name', async () => {
  const { xml, names, buckets } = await list();
  assert.equal(xml.name, 'ListAllMyBucketsResult');
  assert.equal(xml.attributes.get('xmlns'), 'http://s3.amazonaws.com/doc/2006-03-01/');
  assert.deepEqual(names, NAMES);
  for (const bucket of buckets) {
    assert.match(textOf(bucket, 'CreationDate') ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(textOf(bucket, 'BucketRegion'), 'us-east-1');
  }
  assert.deepEqual(textsOf(xml, 'ContinuationToken'), []);
});

test('names the owner', async () => {
  const { xml } = await list();
  const owner = xml.elements.find(({ name }) => name === 'Owner');
  assert.ok(owner);
  const account = await gateway.services.accounts.get('owner');
  assert.deepEqual([textOf(owner, 'ID'), textOf(owner, 'DisplayName')], [account.canonical_id, 'owner']);
});

test('an account without buckets lists none', async () => {
  const nobody = new Conversation(gateway, await gateway.addUser('nobody'));
  const xml = await nobody.get('/');
  assert.deepEqual(xml.elements.find(({ name }) => name === 'Buckets')?.elements, []);
});

test('a prefix chooses and comes back', async () => {
  const { xml, names } = await list({ prefix: 'alpha' });
  assert.deepEqual([names, textOf(xml, 'Prefix')], [['alpha', 'alpha-2', 'alpha.1'], 'alpha']);
  assert.deepEqual((await list({ prefix: 'zeta' })).names, []);
  assert.deepEqual((await list({ prefix: 'alph_' })).names, []);
});

test('max-buckets makes pages that a token joins', async () => {
  for (const size of [1, 2, 3, 4, 5, 6]) {
    const pages: (string | undefined)[][] = [];
    let parameters: Record<string, string> = { 'max-buckets': String(size) };
    for (;;) {
      const { xml, names } = await list(parameters);
      pages.push(names);
      const token = textOf(xml, 'ContinuationToken');
      if (token === undefined) break;
      parameters = { 'max-buckets': String(size), 'continuation-token': token };
    }
    assert.deepEqual(pages.flat(), NAMES);
    assert.equal(pages.length, Math.ceil(NAMES.length / size));
  }
});

test('a token keeps its prefix company', async () => {
  const { xml, names } = await list({ prefix: 'alpha', 'max-buckets': '2' });
  assert.deepEqual(names, ['alpha', 'alpha-2']);
  const token = textOf(xml, 'ContinuationToken') ?? '';
  const next = await list({ prefix: 'alpha', 'max-buckets': '2', 'continuation-token': token });
  assert.deepEqual(next.names, ['alpha.1']);
});

test('a region chooses', async () => {
  assert.deepEqual((await list({ 'bucket-region': 'us-east-1' })).names, NAMES);
  assert.deepEqual((await list({ 'bucket-region': 'eu-west-1' })).names, []);
});

for (const value of ['0', '-1', '10001', 'many', '1.5']) {
  test(`max-buckets of ${value} is InvalidArgument`, async () => {
    const error = await client.fail({ target: `/?max-buckets=${value}` }, 400, 'InvalidArgument');
    assert.equal(textOf(error, 'ArgumentName'), 'max-buckets');
  });
}

for (const token of ['garbage', '%20', 'YWxwaGE%3D', 'AAAA']) {
  test(`a token ${token} that no page told is InvalidArgument`, async () => {
    await client.fail({ target: `/?continuation-token=${token}` }, 400, 'InvalidArgument');
  });
}

test('an anonymous request lists nothing', async () => {
  await new Conversation(gateway, 'anonymous').fail({ target: '/' }, 403, 'AccessDenied');
});
