import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { loadConfig } from '../../gateway/config.ts';
import { type Gateway, startGateway } from '../../gateway/gateway.ts';

const BUCKET = 'logged';
const here = `arn:aws:s3:::${BUCKET}`;

interface Line {
  readonly operation: string;
  readonly code?: string;
  readonly reason?: string;
}

let folder: string;
let gateway: Gateway;
const lines: Line[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  const settings = { GATEHOUSE_DATA: folder, GATEHOUSE_S3_PORT: '0', GATEHOUSE_API_PORT: '0' };
  const config = loadConfig({ ...settings, GATEHOUSE_BLOCK_PUBLIC_ACCESS: 'off' });
  gateway = await startGateway(config, pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) }));
  const { accounts, buckets, configs } = gateway.services;
  await buckets.create({ name: BUCKET, account: await accounts.create({ name: 'owner' }) });
  const bucket = await buckets.find(BUCKET);
  assert.ok(bucket !== undefined);
  const Statement = [
    { Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: [here, `${here}/*`] },
    { Sid: 'Vault', Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `${here}/vault/*` },
    { Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject', Resource: `${here}/*` },
    { Sid: 'NoList', Effect: 'Deny', Principal: '*', Action: 's3:ListBucket', Resource: here },
  ];
  const document = { text: JSON.stringify({ Version: '2012-10-17', Statement }), principals: {} };
  await configs.put({ bucket, accountId: bucket.account_id, name: 'policy', document });
});
after(async () => {
  await gateway.close();
  await rm(folder, { recursive: true, force: true });
});

/** The line of the request that is sent. */
async function lineOf(url: string, init: RequestInit = {}): Promise<Line> {
  lines.length = 0;
  await (await fetch(url, init)).arrayBuffer();
  for (let tries = 0; tries < 100 && lines.length === 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 5));
  const [line] = lines;
  assert.ok(line !== undefined, 'no line was logged');
  return line;
}

test('the line of a denied S3 request names the statement and whose it is', async () => {
  const denied = await lineOf(`${gateway.s3}/${BUCKET}/vault/k`);
  assert.deepEqual([denied.code, denied.reason], ['AccessDenied', `Vault of the policy of bucket ${BUCKET}`]);
  const silent = await lineOf(`${gateway.s3}/other-bucket`, { method: 'PUT' });
  assert.deepEqual([silent.code, silent.reason], ['AccessDenied', 'no statement allows it to everybody']);
});

test('so does that of a missing object that is kept from who may not list', async () => {
  const { code, reason } = await lineOf(`${gateway.s3}/${BUCKET}/missing`);
  assert.deepEqual([code, reason], ['AccessDenied', `NoList of the policy of bucket ${BUCKET}`]);
});

test('so does that of a DeleteObjects in which an entry is denied', async () => {
  const body = '<Delete><Object><Key>k</Key></Object></Delete>';
  const digest = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(body))).toString('base64');
  const headers = { 'x-amz-checksum-sha256': digest };
  const { code, reason } = await lineOf(`${gateway.s3}/${BUCKET}?delete`, { method: 'POST', headers, body });
  assert.deepEqual([code, reason], ['AccessDenied', `/Statement/2 of the policy of bucket ${BUCKET}`]);
});
