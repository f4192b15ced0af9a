import { join } from 'node:path';
import { test } from 'node:test';
import { findPython, tryCommand } from '../support/command.ts';
import { GatewayProcess } from '../support/process.ts';
import { projectRoot } from '../tools/project-root.ts';

/** One line of boto3/run.py. */
interface Outcome {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly reason: string;
}

const RUNNER = join(projectRoot, 'test/clients/boto3/run.py');
const python = findPython('boto3');
const skip = python === undefined && 'boto3 is not installed (test/clients/install.sh installs it on Debian as root)';

test('boto3', { skip, timeout: 300_000 }, async (t) => {
  // So short a day that something expires while a test waits.
  const gateway = await GatewayProcess.start({ GATEHOUSE_LIFECYCLE_DAY: '2' });
  t.after(() => gateway.stop());
  const environment = {
    GATEHOUSE_S3_URL: gateway.s3Url,
    GATEHOUSE_API_URL: gateway.apiUrl,
    GATEHOUSE_ACCESS_KEY: gateway.accessKey,
    GATEHOUSE_SECRET_KEY: gateway.secretKey,
    GATEHOUSE_REGION: gateway.region,
    AWS_CONFIG_FILE: '/nowhere',
    AWS_EC2_METADATA_DISABLED: 'true',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUTF8: '1',
  };
  const { status, text, complaint } = await tryCommand(python ?? '', [RUNNER], { environment });
  const outcomes = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Outcome);
  for (const { name, outcome, reason } of outcomes) {
    await t.test(name, { skip: outcome === 'skipped' && reason }, () => {
      if (outcome === 'failed') throw new Error(reason);
    });
  }
  if (status !== 0 || outcomes.length === 0) throw new Error(`The runner of the tests failed:\n${complaint}`);
});
