import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { Conversation } from '../../support/conversation.ts';
import { type Credentials, startGateway, type TestGateway } from '../../support/gateway.ts';
import { policyText, type Statement, userArn } from '../../support/policies.ts';
import { signFormV2 } from '../../support/signature-v2.ts';

const BUCKET = 'conditioned';
const HERE = `arn:aws:s3:::${BUCKET}`;
const DAY_MS = 86_400_000;
const md5 = (text: string) => createHash('md5').update(text).digest('base64');

/** What the keys of conditions stand for is where the request says it, be that its body. */
describe('a condition of a bucket policy on what a request asks for', () => {
  let gateway: TestGateway;
  let owner: Conversation;
  let friend: Conversation;
  let friendKeys: Credentials;

  before(async () => {
    gateway = await startGateway();
    owner = new Conversation(gateway, await gateway.addUser('owner'));
    friendKeys = await gateway.addUser('friend');
    friend = new Conversation(gateway, friendKeys);
    const lock = { 'x-amz-bucket-object-lock-enabled': 'true' };
    await owner.succeed({ method: 'PUT', target: `/${BUCKET}`, body: '', headers: lock });
    await owner.put(BUCKET, 'key', { body: 'contents' });
  });
  after(() => gateway.stop());

  const allowed = (statement: Statement): Statement => ({
    Effect: 'Allow',
    Principal: { AWS: userArn('friend') },
    Resource: `${HERE}/*`,
    ...statement,
  });

  async function policy(...statements: readonly Statement[]): Promise<void> {
    const body = policyText(...statements.map(allowed));
    await owner.succeed({ method: 'PUT', target: `/${BUCKET}?policy=`, body });
  }

  const tagging = (tags: Readonly<Record<string, string>>) =>
    `<Tagging><TagSet>${Object.entries(tags)
      .map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`)
      .join('')}</TagSet></Tagging>`;
  const tag = (tags: Readonly<Record<string, string>>, headers = {}) =>
    ({ method: 'PUT', target: `/${BUCKET}/key?tagging=`, body: tagging(tags), headers }) as const;

  test('counts for the tags in the body of PutObjectTagging, and not for those in a header of it', async () => {
    const Action = 's3:PutObjectTagging';
    await policy({ Action, Condition: { 'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': ['team'] } } });
    await friend.succeed(tag({ team: 'red' }));
    await friend.fail(tag({ team: 'red', secret: 'no' }), 403, 'AccessDenied');
    await policy({ Action, Condition: { StringEquals: { 's3:RequestObjectTag/team': 'red' } } });
    await friend.succeed(tag({ team: 'red' }));
    await friend.fail(tag({ team: 'blue' }, { 'x-amz-tagging': 'team=red' }), 403, 'AccessDenied');
    await policy({ Action }, { Effect: 'Deny', Action, Condition: { Null: { 's3:RequestObjectTag/team': 'true' } } });
    await friend.succeed(tag({ team: 'blue' }));
    await friend.fail(tag({}), 403, 'AccessDenied');
    await policy({ Action: 's3:GetObject' });
    await friend.fail({ ...tag({}), body: '<Nothing/>' }, 403, 'AccessDenied');
  });

  test('counts for the tags in the field of a form', async () => {
    await policy({
      Action: ['s3:PutObject', 's3:PutObjectTagging'],
      Condition: { StringEquals: { 's3:RequestObjectTag/team': 'red' } },
    });
    const client = new S3Client({
      endpoint: gateway.s3Url,
      region: 'us-east-1',
      credentials: { accessKeyId: friendKeys.accessKey, secretAccessKey: friendKeys.secretKey },
      forcePathStyle: true,
    });
    const statuses: number[] = [];
    for (const team of ['red', 'blue']) {
      const Fields = { 'x-amz-tagging': 'team=red', tagging: tagging({ team }) };
      const { fields } = await createPresignedPost(client, { Bucket: BUCKET, Key: 'form', Fields });
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', new Blob(['x']));
      statuses.push((await fetch(`${gateway.s3Url}/${BUCKET}`, { method: 'POST', body: form })).status);
    }
    client.destroy();
    assert.deepEqual(statuses, [204, 403]);
  });

  test('counts for how a form is signed, whatever stands in its head', async () => {
    const Action = 's3:PutObject';
    const conditions = [{ bucket: BUCKET }, { key: 'form' }];
    const post = async (fields: Readonly<Record<string, string>>, headers = {}) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', new Blob(['x']));
      return (await fetch(`${gateway.s3Url}/${BUCKET}`, { method: 'POST', headers, body: form })).status;
    };
    const form = () => signFormV2({ credentials: friendKeys, fields: { key: 'form' }, conditions });
    const authorization = 'AWS4-HMAC-SHA256 Credential=x';
    const Condition = { StringNotEquals: { 's3:signatureversion': 'AWS4-HMAC-SHA256' } };
    await policy({ Action }, { Effect: 'Deny', Action, Condition });
    assert.equal(await post(form()), 403);
    assert.equal(await post(form(), { authorization }), 403);
    await policy({ Action }, { Effect: 'Deny', Action, Condition: { StringEquals: { 's3:authType': 'POST' } } });
    assert.equal(await post(form(), { authorization }), 403);
    await policy({ Action, Condition: { StringEquals: { 's3:authType': 'POST', 's3:signatureversion': 'AWS' } } });
    assert.equal(await post(form()), 204);
  });

  test('counts for the tags that a copy brings along, and not for those of a header that it does not obey', async () => {
    await new Conversation(gateway, friendKeys).createBucket('of-the-friend');
    const copy = (source: string, headers = {}) => ({
      method: 'PUT',
      target: `/${BUCKET}/copied`,
      headers: { 'x-amz-copy-source': `of-the-friend/${source}`, ...headers },
    });
    for (const team of ['red', 'blue']) {
      await friend.put('of-the-friend', team, { headers: { 'x-amz-tagging': `team=${team}` } });
    }
    const Condition = { StringEquals: { 's3:RequestObjectTag/team': 'red' } };
    await policy({ Action: 's3:PutObject' }, { Action: 's3:PutObjectTagging', Condition });
    await friend.succeed(copy('red'));
    await friend.fail(copy('blue'), 403, 'AccessDenied');
    await policy({ Action: ['s3:PutObject', 's3:PutObjectTagging'], Condition });
    await friend.fail(copy('blue', { 'x-amz-tagging': 'team=red' }), 403, 'AccessDenied');
    await friend.succeed(copy('blue', { 'x-amz-tagging': 'team=red', 'x-amz-tagging-directive': 'REPLACE' }));
  });

  test('counts for the source of a copy however it is escaped', async () => {
    const copy = (source: string) => ({
      method: 'PUT',
      target: `/${BUCKET}/copied`,
      headers: { 'x-amz-copy-source': source },
    });
    await friend.put('of-the-friend', 'secret/key');
    const Action = 's3:PutObject';
    const Condition = { StringLike: { 's3:x-amz-copy-source': 'of-the-friend/secret/*' } };
    await policy({ Action }, { Effect: 'Deny', Action, Condition });
    for (const source of ['of-the-friend/secret/key', '/of-the-friend/secret/key', 'of-the-friend/%73ecret%2Fkey'])
      await friend.fail(copy(source), 403, 'AccessDenied');
    await policy({ Action, Condition });
    await friend.succeed(copy('/of-the-friend/secret/key'));
    const elsewhere = { StringNotLike: { 's3:x-amz-copy-source': '/of-the-friend/secret/*' } };
    await policy({ Action }, { Effect: 'Deny', Action, Condition: elsewhere });
    await friend.succeed(copy('of-the-friend/secret/key'));
    await friend.fail(copy('of-the-friend/red'), 403, 'AccessDenied');
  });

  const retention = (days: number, date = (iso: string) => iso) => {
    const until = date(new Date(Date.now() + days * DAY_MS).toISOString());
    return `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>`;
  };
  const lock = (what: 'retention' | 'legal-hold', body: string) =>
    ({ method: 'PUT', target: `/${BUCKET}/locked?${what}=`, body, headers: { 'content-md5': md5(body) } }) as const;

  test('counts for what the body of PutObjectRetention asks for', async () => {
    await owner.put(BUCKET, 'locked');
    const Action = 's3:PutObjectRetention';
    const Condition = { NumericGreaterThan: { 's3:object-lock-remaining-retention-days': '10' } };
    await policy({ Action }, { Effect: 'Deny', Action, Condition });
    await friend.fail(lock('retention', retention(30)), 403, 'AccessDenied');
    await friend.succeed(lock('retention', retention(5)));
    await policy({ Action, Condition: { StringEquals: { 's3:object-lock-mode': 'COMPLIANCE' } } });
    await friend.fail(lock('retention', retention(6)), 403, 'AccessDenied');
  });

  test('counts for what the body of PutObjectLegalHold asks for', async () => {
    await owner.put(BUCKET, 'locked');
    const Action = 's3:PutObjectLegalHold';
    await policy({ Action, Condition: { StringEquals: { 's3:object-lock-legal-hold': 'ON' } } });
    await friend.succeed(lock('legal-hold', '<LegalHold><Status>ON</Status></LegalHold>'));
    await friend.fail(lock('legal-hold', '<LegalHold><Status>OFF</Status></LegalHold>'), 403, 'AccessDenied');
    await owner.succeed(lock('legal-hold', '<LegalHold><Status>OFF</Status></LegalHold>'));
  });

  test('counts for a date in whatever way it is written', async () => {
    const Action = ['s3:PutObject', 's3:PutObjectRetention'];
    const Condition = { NumericGreaterThan: { 's3:object-lock-remaining-retention-days': '10' } };
    await policy({ Action }, { Effect: 'Deny', Action, Condition });
    const put = (until: string) => ({
      method: 'PUT',
      target: `/${BUCKET}/retained`,
      body: 'x',
      headers: {
        'content-md5': md5('x'),
        'x-amz-object-lock-mode': 'GOVERNANCE',
        'x-amz-object-lock-retain-until-date': until,
      },
    });
    const far = new Date(Date.now() + 30 * DAY_MS).toISOString();
    for (const until of [far, far.replace('.', ','), far.replace(/\..*/, '+0000'), far.replace(/\..*/, '+00')])
      await friend.fail(put(until), 403, 'AccessDenied');
    await friend.succeed(put(new Date(Date.now() + 5 * DAY_MS).toISOString()));
  });

  test('counts for the ETag of each entry of DeleteObjects, and not for one in its head', async () => {
    const etag = (await owner.put(BUCKET, 'conditional', { body: 'x' })).headers.get('etag') ?? '';
    await owner.put(BUCKET, 'blind', { body: 'x' });
    const Condition = { StringEquals: { 's3:if-match': etag.replaceAll('"', '') } };
    await policy({ Action: 's3:GetObject', Resource: [HERE, `${HERE}/*`] }, { Action: 's3:DeleteObject', Condition });
    const entry = (key: string, tag = '') => `<Object><Key>${key}</Key>${tag}</Object>`;
    const tag = `<ETag>${etag.replaceAll('"', '')}</ETag>`;
    const body = `<Delete>${entry('conditional', tag)}${entry('blind')}</Delete>`;
    const headers = { 'content-md5': md5(body), 'if-match': etag.replaceAll('"', '') };
    const reply = await friend.succeed({ method: 'POST', target: `/${BUCKET}?delete=`, body, headers });
    assert.match(reply.body.toString(), /<Deleted><Key>conditional<\/Key>/);
    assert.match(reply.body.toString(), /<Error><Key>blind<\/Key><Code>AccessDenied<\/Code>/);
  });

  test('counts for each version that is named, as a source and among those to be deleted', async () => {
    const version = async () => (await owner.put(BUCKET, 'kept', { body: 'x' })).headers.get('x-amz-version-id') ?? '';
    const [kept, other] = [await version(), await version()];
    const Action = ['s3:DeleteObjectVersion', 's3:GetObjectVersion'];
    const Condition = { StringEquals: { 's3:VersionId': kept } };
    await policy({ Action }, { Effect: 'Deny', Action, Condition });
    const copy = (id: string) => ({
      method: 'PUT',
      target: '/of-the-friend/copied',
      headers: { 'x-amz-copy-source': `${BUCKET}/kept?versionId=${id}` },
    });
    await friend.fail(copy(kept), 403, 'AccessDenied');
    await friend.succeed(copy(other));
    const objects = [kept, other].map((id) => `<Object><Key>kept</Key><VersionId>${id}</VersionId></Object>`);
    const body = `<Delete>${objects.join('')}</Delete>`;
    const headers = { 'content-md5': md5(body) };
    const reply = await friend.succeed({ method: 'POST', target: `/${BUCKET}?delete=`, body, headers });
    assert.match(reply.body.toString(), new RegExp(`<VersionId>${kept}</VersionId><Code>AccessDenied</Code>`));
    assert.match(
      reply.body.toString(),
      new RegExp(`<Deleted><Key>kept</Key><VersionId>${other}</VersionId></Deleted>`),
    );
  });
});
