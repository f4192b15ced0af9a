import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Gatehouse } from '../../support/gatehouse.ts';
import { GatewayProcess } from '../../support/process.ts';

describe('gatehouse access explain', () => {
  let gateway: GatewayProcess;
  let gatehouse: Gatehouse;

  before(async () => {
    gateway = await GatewayProcess.start();
    gatehouse = new Gatehouse(gateway.folder);
    await gatehouse.run('user', 'add', 'alice');
  });
  after(() => gateway.stop());

  const explain = (...words: readonly string[]) => gatehouse.feed('', 'access', 'explain', ...words);

  test('tells the verdict and the statement', async () => {
    const about = ['--account', 'alice', '--action', 's3:ListAllMyBuckets', '--resource', '*'];
    const { status, text, complaint } = await explain(...about);
    assert.equal(status, 0, complaint);
    assert.match(
      text,
      /^Allowed by ownership: an account may list and create its own buckets\.\n\nsource +says +statement\n/,
    );
  });

  test('tells it as JSON, with what was asked and what is missing', async () => {
    const about = ['--account', 'anonymous', '--action', 's3:CreateBucket', '--resource', 'fresh'];
    const { text } = await explain(...about, '--condition', 'aws:SourceIp=192.0.2.1', '--json');
    const explanation = JSON.parse(text);
    assert.equal(explanation.allowed, false);
    assert.equal(explanation.statement, 'no statement allows it to everybody');
    assert.match(explanation.missing, /s3:CreateBucket on arn:aws:s3:::fresh to everybody/);
  });

  test('refuses what cannot be asked in one line', async () => {
    const { status, complaint } = await explain('--account', 'alice', '--action', 's3:GetObject', '--resource', 'b/k');
    assert.equal(status, 1);
    assert.equal(complaint, "There is no bucket named 'b'.\n");
    assert.equal((await explain('--account', 'alice')).status, 2);
  });
});
