import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { loadConfig } from '../../../gateway/config.ts';
import { startGateway as start } from '../../../gateway/gateway.ts';
import { openSqlite } from '../../../metadata/index.ts';
import { presignUrl } from '../../../signer/index.ts';
import { Conversation } from '../../support/conversation.ts';
import { type Credentials, startGateway, type TestGateway } from '../../support/gateway.ts';
import { presignV2, signFormV2 } from '../../support/signature-v2.ts';
import { textOf } from '../../support/strict-xml.ts';

const LIFETIME_MS = 1500;
const BUCKET = 'mayfly';

let gateway: TestGateway;
let id: string;
let owner: Conversation;

before(async () => {
  gateway = await startGateway();
  const credentials = await gateway.addUser('owner');
  ({ id } = credentials);
  owner = new Conversation(gateway, credentials);
  await owner.createBucket(BUCKET);
  await owner.put(BUCKET, 'key', { body: 'kept' });
});
after(() => gateway.stop());

const lastUse = async ({ accessKey }: Credentials) => {
  await gateway.services.accessKeys.uses.flush();
  return (await gateway.services.accessKeys.get({ accessKey })).last_used_at;
};

/** The same request by every kind of proof. */
function proofs(credentials: Credentials): Record<string, () => Promise<Response>> {
  const conditions = [{ bucket: BUCKET }, ['starts-with', '$key', '']];
  const url = new URL(`${gateway.s3Url}/${BUCKET}/key`);
  const presigned = { method: 'GET', url, credentials, region: 'us-east-1', expiresInSeconds: 600, now: Date.now() };
  return {
    header: () => gateway.fetchSigned(`/${BUCKET}/key`, { credentials }),
    'presigned URL': () => fetch(presignUrl(presigned)),
    'presigned URL of Signature V2': () => fetch(gateway.s3Url + presignV2({ credentials, path: `/${BUCKET}/key` })),
    form: () => {
      const form = new FormData();
      const fields = { key: 'form' };
      const signed = { ...fields, ...signFormV2({ credentials, fields, conditions }) };
      for (const [name, value] of Object.entries(signed)) form.append(name, String(value));
      form.append('file', new Blob(['x']));
      return fetch(`${gateway.s3Url}/${BUCKET}`, { method: 'POST', body: form });
    },
  };
}

describe('a key that expires', () => {
  test('is good until then and signs nothing after, whatever the proof', async () => {
    const expiresAt = new Date(Date.now() + LIFETIME_MS);
    const credentials = await gateway.services.accessKeys.create({ id }, { expiresAt });
    const asked = Object.entries(proofs(credentials));
    for (const [proof, ask] of asked) assert.ok((await ask()).ok, proof);
    await sleep(expiresAt.getTime() - Date.now() + 1);
    for (const [proof, ask] of asked) {
      const reply = await ask();
      const body = await reply.text();
      assert.equal(reply.status, 403, proof);
      assert.match(body, /<Code>InvalidAccessKeyId<\/Code><Message>The AWS Access Key Id you provided has expired\./);
    }
    const narrow = new Conversation(gateway, credentials);
    const guessed = { ...credentials, secretKey: 'guessed-secret' };
    const error = await narrow.fail({ target: '/', credentials: guessed }, 403, 'SignatureDoesNotMatch');
    assert.doesNotMatch(textOf(error, 'Message') ?? '', /expired/, 'told only to who holds the secret');
  });

  test('signs again when it is given more time', async () => {
    const credentials = await gateway.services.accessKeys.create({ id }, { expiresAt: new Date(Date.now() + 50) });
    await sleep(60);
    const holder = new Conversation(gateway, credentials);
    await holder.fail({ target: '/' }, 403, 'InvalidAccessKeyId');
    const actor = { accountId: id, address: null, userAgent: null };
    const name = { accessKey: credentials.accessKey, accountId: id };
    await gateway.services.accessKeys.change(name, { expiresAt: new Date(Date.now() + 60_000), actor });
    await holder.succeed({ target: '/' });
  });
});

describe('the last use of a key', () => {
  test('is told to the minute, whatever the proof', async () => {
    for (const proof of ['header', 'presigned URL', 'presigned URL of Signature V2', 'form']) {
      const credentials = await gateway.services.accessKeys.create({ id });
      assert.equal(await lastUse(credentials), null);
      const earliest = Math.floor(Date.now() / 60_000) * 60_000;
      await proofs(credentials)[proof]?.();
      const usedAt = (await lastUse(credentials)) ?? '';
      assert.match(usedAt, /:00\.000Z$/, proof);
      assert.ok(Date.parse(usedAt) >= earliest && Date.parse(usedAt) <= Date.now());
    }
  });

  test('counts who has proven to hold the secret, and nobody else', async () => {
    const credentials = await gateway.services.accessKeys.create({ id });
    const guessed = { ...credentials, secretKey: 'guessed-secret' };
    await new Conversation(gateway, guessed).fail({ target: '/' }, 403, 'SignatureDoesNotMatch');
    assert.equal(await lastUse(credentials), null);
    const holder = new Conversation(gateway, credentials);
    await holder.fail({ target: '/nobodys-bucket' }, 404, 'NoSuchBucket');
    assert.notEqual(await lastUse(credentials), null);
  });

  test('is written when the gateway closes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-uses-'));
    const settings = { GATEHOUSE_DATA: folder, GATEHOUSE_S3_PORT: '0', GATEHOUSE_API_PORT: '0' };
    const config = loadConfig(settings);
    const own = await start(config, pino({ level: 'silent' }));
    const { accessKey = '' } = own.newRootKey ?? {};
    own.services.accessKeys.uses.note(accessKey, Date.now());
    await own.close();
    const metadata = openSqlite({ path: config.metadata.path, durability: 'relaxed', writer: 'here' });
    assert.notEqual((await metadata.queries.findAccessKey(accessKey))?.last_used_at ?? null, null);
    await metadata.close();
    await rm(folder, { recursive: true, force: true });
  });
});
