import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Conversation } from '../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { textOf } from '../../support/strict-xml.ts';
import { assertFailure, Wire, xmlOf } from '../../support/wire.ts';
import { prepare } from '../../support/wire-request.ts';

let gateway: TestGateway;
let client: Conversation;

before(async () => {
  gateway = await startGateway({ GATEHOUSE_S3_DOMAIN: 's3.example.org' });
  client = new Conversation(gateway);
  for (const name of ['photos', 'a.dotted.name', 'other']) {
    await client.createBucket(name);
    await client.put(name, 'key', { body: `in ${name}` });
  }
  await client.put('photos', 'photos/key', { body: 'deeper' });
});
after(() => gateway.stop());

const at = (host: string, target: string, method = 'GET') => client.send({ method, target, headers: { host } });

describe('virtual-host style', () => {
  for (const [host, target, expected] of [
    ['photos.s3.example.org', '/key', 'in photos'],
    ['photos.s3.example.org:9000', '/key', 'in photos'],
    ['PHOTOS.S3.Example.ORG', '/key', 'in photos'],
    ['photos.s3.example.org', '/photos/key', 'deeper'],
    ['a.dotted.name.s3.example.org', '/key', 'in a.dotted.name'],
    ['s3.example.org', '/photos/key', 'in photos'],
    ['s3.example.org:9000', '/other/key', 'in other'],
    ['elsewhere.example.com', '/photos/key', 'in photos'],
    ['xs3.example.org', '/photos/key', 'in photos'],
    ['127.0.0.1', '/photos/key', 'in photos'],
    ['[::1]:9000', '/photos/key', 'in photos'],
  ] as const) {
    test(`${host}${target} is ${expected}`, async () => {
      const reply = await at(host, target);
      assert.deepEqual([reply.status, reply.body.toString()], [200, expected]);
    });
  }

  test('lists the bucket of the host at the root', async () => {
    assert.equal(xmlOf(await at('photos.s3.example.org', '/')).name, 'ListBucketResult');
    assert.equal(xmlOf(await at('s3.example.org', '/')).name, 'ListAllMyBucketsResult');
    assert.equal(xmlOf(await at('photos.s3.example.org', '/?location=')).name, 'LocationConstraint');
  });

  test('creates, fills, empties and deletes a bucket', async () => {
    const host = 'fresh.s3.example.org';
    assert.equal((await at(host, '/', 'PUT')).status, 200);
    await client.succeed({ method: 'PUT', target: '/key', headers: { host }, body: 'x' });
    assert.equal(await client.read('fresh', 'key'), 'x');
    assert.equal((await at(host, '/key', 'DELETE')).status, 204);
    assert.equal((await at(host, '/', 'DELETE')).status, 204);
  });

  test('deletes several objects of the bucket of the host, whatever the body is called', async () => {
    const host = 'several.s3.example.org';
    assert.equal((await at(host, '/', 'PUT')).status, 200);
    await client.succeed({ method: 'PUT', target: '/key', headers: { host }, body: 'x' });
    const body = '<Delete><Object><Key>key</Key></Object></Delete>';
    const digest = createHash('md5').update(body).digest('base64');
    const headers = { host, 'content-md5': digest, 'content-type': 'application/x-www-form-urlencoded' };
    const reply = await client.send({ method: 'POST', target: '/?delete', headers, body });
    assert.equal(xmlOf(reply).name, 'DeleteResult');
    assert.equal(await client.read('several', 'key'), undefined);
  });

  test('refuses hosts that name no bucket that could be', async () => {
    for (const host of ['under_score.s3.example.org', '-a.s3.example.org', 'a..b.s3.example.org']) {
      assertFailure(await at(host, '/key'), { status: 400, code: 'InvalidBucketName' });
    }
    assertFailure(await at('missing.s3.example.org', '/key'), { status: 404, code: 'NoSuchBucket' });
  });

  test('takes a key that begins with a slash', async () => {
    const host = 'photos.s3.example.org';
    await client.succeed({ method: 'PUT', target: '//key', headers: { host }, body: 'slashed' });
    assert.equal(await client.read('photos', '/key'), 'slashed');
  });
});

describe('targets in absolute form', () => {
  for (const [target, expected] of [
    ['http://127.0.0.1/photos/key', 'in photos'],
    ['http://photos.s3.example.org/key', 'in photos'],
    ['HTTP://photos.s3.example.org:9000/key', 'in photos'],
    ['https://s3.example.org/other/key', 'in other'],
  ] as const) {
    test(`${target} is ${expected}`, async () => {
      const path = target.replace(/^https?:\/\/[^/]*/i, '');
      const host = target.replace(/^https?:\/\/([^/]*).*/i, '$1');
      const { head } = prepare(gateway.s3Url, { target: path, headers: { host }, credentials: gateway });
      const wire = await Wire.open(gateway.s3Url);
      const reply = await wire.send(head.replace(` ${path} `, ` ${target} `)).reply();
      wire.close();
      assert.deepEqual([reply.status, reply.body.toString()], [200, expected], reply.body.toString());
    });
  }

  for (const target of ['*', 'photos/key', 'ftp://a/photos/key', '?list-type=2']) {
    test(`${target} is no path`, async () => {
      const wire = await Wire.open(gateway.s3Url);
      const reply = await wire.send(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`).reply();
      wire.close();
      assert.equal(reply.status, 400);
      assert.match(textOf(xmlOf(reply), 'Code') ?? '', /^(InvalidURI|BadRequest)$/);
    });
  }
});

describe('subresources', () => {
  for (const [method, target] of [
    ['GET', '/photos?website'],
    ['GET', '/photos?website='],
    ['GET', '/photos?versioning&location'],
    ['GET', '/photos/key?torrent&versionId=null'],
    ['PUT', '/photos/key?annotation'],
    ['DELETE', '/photos?replication'],
    ['DELETE', '/photos/key?annotation'],
    ['POST', '/photos/key?restore'],
    ['GET', '/photos?unheard-of'],
    ['PUT', '/photos/key?unheard-of'],
    ['DELETE', '/photos/key?unheard-of='],
  ] as const) {
    test(`${method} ${target} is 501 and does nothing else`, async () => {
      const body = method === 'PUT' ? { body: 'overwritten' } : {};
      const wire = await Wire.open(gateway.s3Url);
      const { head, body: octets } = prepare(gateway.s3Url, { method, target, credentials: gateway, ...body });
      assertFailure(await wire.send(head, octets).reply(), { status: 501, code: 'NotImplemented' });
      wire.close();
      assert.equal(await client.read('photos', 'key'), 'in photos');
    });
  }

  test('parameters with a value that nobody knows change nothing', async () => {
    assert.equal((await client.succeed({ target: '/photos/key?x-id=GetObject' })).body.toString(), 'in photos');
    await client.succeed({ target: '/photos?cache-buster=1&list-type=2' });
  });

  test('of a method that they have not are not another operation', async () => {
    await client.fail({ method: 'POST', target: '/photos/key', body: '' }, 405, 'MethodNotAllowed');
    await client.fail({ method: 'POST', target: '/', body: '' }, 405, 'MethodNotAllowed');
    await client.fail({ method: 'DELETE', target: '/' }, 405, 'MethodNotAllowed');
    await client.fail({ method: 'PUT', target: '/', body: '' }, 405, 'MethodNotAllowed');
  });
});

describe('behind a proxy', () => {
  const forwarded = { 'x-forwarded-host': 'photos.s3.example.org', 'x-forwarded-for': '203.0.113.7, 10.0.0.1' };

  test('the forwarded host decides where its peer is trusted', async () => {
    const trusting = await startGateway({
      GATEHOUSE_S3_DOMAIN: 's3.example.org',
      GATEHOUSE_TRUSTED_PROXIES: '127.0.0.0/8',
    });
    try {
      const through = new Conversation(trusting);
      await through.createBucket('photos');
      await through.put('photos', 'key', { body: 'proxied' });
      // The client signed the host that it knows; the proxy put its own in the Host header.
      const { head } = prepare(trusting.s3Url, {
        target: '/key',
        headers: { host: 'photos.s3.example.org' },
        unsignedHeaders: forwarded,
        credentials: trusting,
      });
      const wire = await Wire.open(trusting.s3Url);
      const reply = await wire.send(head.replace('host: photos.s3.example.org', 'host: internal:9000')).reply();
      wire.close();
      assert.deepEqual([reply.status, reply.body.toString()], [200, 'proxied']);
    } finally {
      await trusting.stop();
    }
  });

  test('the forwarded host means nothing from any other peer', async () => {
    const reply = await client.send({ target: '/other/key', unsignedHeaders: forwarded });
    assert.deepEqual([reply.status, reply.body.toString()], [200, 'in other']);
    const { head } = prepare(gateway.s3Url, {
      target: '/key',
      headers: { host: 'photos.s3.example.org' },
      unsignedHeaders: forwarded,
      credentials: gateway,
    });
    const wire = await Wire.open(gateway.s3Url);
    const refused = await wire.send(head.replace('host: photos.s3.example.org', 'host: internal:9000')).reply();
    wire.close();
    assert.equal(refused.status, 403);
  });
});
