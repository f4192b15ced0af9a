import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';

let gateway: TestGateway;
let client: Conversation;

before(async () => {
  gateway = await startGateway();
  client = new Conversation(gateway);
  await client.createBucket('here');
});
after(() => gateway.stop());

test('a bucket in us-east-1 has an empty location', async () => {
  const xml = await client.get('/here', { location: '' });
  assert.deepEqual([xml.name, xml.text, xml.elements], ['LocationConstraint', '', []]);
  assert.equal(xml.attributes.get('xmlns'), 'http://s3.amazonaws.com/doc/2006-03-01/');
});

test('a bucket elsewhere is told where', async () => {
  const region = 'eu-central-1';
  const elsewhere = await startGateway({ GATEHOUSE_REGION: region });
  try {
    const there = new Conversation(elsewhere);
    const signing = { region };
    const body = `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
    for (const [name, text] of [
      ['stated', body],
      ['assumed', ''],
    ] as const) {
      await there.succeed({ method: 'PUT', target: `/${name}`, body: text, signing });
      const { body: xml } = await there.succeed({ target: `/${name}?location`, signing });
      assert.match(xml.toString(), /<LocationConstraint xmlns="[^"]+">eu-central-1<\/LocationConstraint>$/);
      const head = await there.succeed({ method: 'HEAD', target: `/${name}`, signing });
      assert.equal(head.headers.get('x-amz-bucket-region'), region);
    }
  } finally {
    await elsewhere.stop();
  }
});

test('a bucket that is not there has no location', async () => {
  await client.fail({ target: '/nowhere?location' }, 404, 'NoSuchBucket');
});
