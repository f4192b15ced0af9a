import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Conversation } from '../../../support/conversation.ts';
import { corsRule, putCors } from '../../../support/cors.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { textOf } from '../../../support/strict-xml.ts';

let gateway: TestGateway;
let owner: Conversation;

before(async () => {
  gateway = await startGateway();
  owner = new Conversation(gateway, await gateway.addUser('owner'));
  await owner.createBucket('shared');
  await owner.createBucket('plain');
});
after(() => gateway.stop());

test('the rules come back as they were put', async () => {
  const first = [
    ['AllowedHeader', 'x-AMZ-*'],
    ['AllowedMethod', 'PUT'],
    ['AllowedMethod', 'GET'],
    ['AllowedOrigin', 'http://www.example.com:80'],
    ['AllowedOrigin', ''],
    ['ExposeHeader', 'ETag'],
    ['ID', 'first'],
    ['MaxAgeSeconds', '0'],
  ] as const;
  const second = [
    ['AllowedMethod', 'HEAD'],
    ['AllowedOrigin', '*'],
  ] as const;
  await putCors(owner, 'shared', corsRule(...first), corsRule(...second));
  const document = await owner.get('/shared', { cors: '' });
  assert.equal(document.name, 'CORSConfiguration');
  assert.equal(document.attributes.get('xmlns'), 'http://s3.amazonaws.com/doc/2006-03-01/');
  assert.deepEqual(
    document.elements.map(({ elements }) => elements.map(({ name, text }) => [name, text])),
    [first, second],
  );
});

test('a bucket without rules has no configuration', async () => {
  const error = await owner.fail({ target: '/plain?cors' }, 404, 'NoSuchCORSConfiguration');
  assert.equal(textOf(error, 'Message'), 'The CORS configuration does not exist');
  assert.equal(textOf(error, 'BucketName'), 'plain');
});

test('only who may configure the bucket may read the rules', async () => {
  const stranger = new Conversation(gateway, await gateway.addUser('stranger'));
  await stranger.fail({ target: '/shared?cors' }, 403, 'AccessDenied');
  await new Conversation(gateway, 'anonymous').fail({ target: '/shared?cors' }, 403, 'AccessDenied');
});

test('a bucket that is not there has no rules', async () => {
  await owner.fail({ target: '/nowhere?cors' }, 404, 'NoSuchBucket');
});
