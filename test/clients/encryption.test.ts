import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client } from 'minio';
import { missing, runCommand, tryCommand } from '../support/command.ts';
import { Gatehouse } from '../support/gatehouse.ts';
import { GatewayProcess } from '../support/process.ts';
import { digestFile, temporaryFolder, writeRandomFile } from '../support/trees.ts';

const MIB = 1024 ** 2;
const AWS_CONFIG = `[default]
region = us-east-1
s3 =
  addressing_style = path
  multipart_threshold = 8MB
  multipart_chunksize = 8MB
`;

describe('encryption by clients', { timeout: 300_000 }, () => {
  let gateway: GatewayProcess;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let kmsKeyId: string;
  const local = (name: string) => join(folder.path, name);

  before(async () => {
    folder = await temporaryFolder();
    gateway = await GatewayProcess.start();
    const { id } = await new Gatehouse(gateway.folder).json<{ id: string }>('kms-key', 'create', 'clients');
    kmsKeyId = id;
    await writeFile(local('aws-config'), AWS_CONFIG);
    await writeFile(local('small'), 'Hello, Gatehouse\n');
    await writeRandomFile(local('large'), 20 * MIB + 5);
  });
  after(async () => {
    await gateway.stop();
    await folder.remove();
  });

  async function assertSame(returned: string, original: string): Promise<void> {
    assert.equal(await digestFile(local(returned)), await digestFile(local(original)));
  }

  describe('aws-cli', { skip: missing('aws') }, () => {
    const command = (args: readonly string[]) => ['--endpoint-url', gateway.s3Url, '--output', 'json', ...args];
    const options = () => ({
      folder: folder.path,
      environment: {
        AWS_ACCESS_KEY_ID: gateway.accessKey,
        AWS_SECRET_ACCESS_KEY: gateway.secretKey,
        AWS_CONFIG_FILE: local('aws-config'),
        AWS_SHARED_CREDENTIALS_FILE: local('no-credentials'),
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_PAGER: '',
      },
    });
    const aws = async (...args: string[]) => (await runCommand('aws', command(args), options())).text;
    const head = async (key: string, ...args: string[]) => {
      const text = await aws('s3api', 'head-object', '--bucket', 'aws', '--key', key, ...args);
      return JSON.parse(text) as Record<string, unknown>;
    };
    before(() => aws('s3', 'mb', 's3://aws'));

    for (const size of ['small', 'large']) {
      test(`cp --sse takes a file there, sideways and back: ${size}`, async () => {
        await aws('s3', 'cp', size, `s3://aws/${size}`, '--sse');
        assert.equal((await head(size)).ServerSideEncryption, 'AES256');
        const kms = ['--sse', 'aws:kms', '--sse-kms-key-id', 'alias/clients'];
        await aws('s3', 'cp', `s3://aws/${size}`, `s3://aws/${size}.kms`, ...kms);
        const told = await head(`${size}.kms`);
        assert.equal(told.ServerSideEncryption, 'aws:kms');
        assert.match(String(told.SSEKMSKeyId), new RegExp(`:key/${kmsKeyId}$`));
        await aws('s3', 'cp', `s3://aws/${size}.kms`, 'returned');
        await assertSame('returned', size);
      });

      test(`cp --sse-c takes a file there, to another key and back: ${size}`, async () => {
        await writeFile(local('one.key'), randomBytes(32));
        await writeFile(local('other.key'), randomBytes(32));
        const [one, other] = ['fileb://one.key', 'fileb://other.key'];
        const key = `${size}.sealed`;
        await aws('s3', 'cp', size, `s3://aws/${key}`, '--sse-c', 'AES256', '--sse-c-key', one);
        const without = await tryCommand('aws', command(['s3', 'cp', `s3://aws/${key}`, 'stolen']), options());
        assert.match(without.complaint, /\(400\)/);
        await aws(
          ...['s3', 'cp', `s3://aws/${key}`, `s3://aws/${key}.again`],
          ...['--sse-c-copy-source', 'AES256', '--sse-c-copy-source-key', one],
          ...['--sse-c', 'AES256', '--sse-c-key', other],
        );
        const again = ['--sse-c', 'AES256', '--sse-c-key'];
        const wrong = ['s3', 'cp', `s3://aws/${key}.again`, 'stolen', ...again, one];
        assert.match((await tryCommand('aws', command(wrong), options())).complaint, /\(403\)/);
        await aws('s3', 'cp', `s3://aws/${key}.again`, 'returned', ...again, other);
        await assertSame('returned', size);
      });
    }

    test('put-, get- and delete-bucket-encryption', async () => {
      const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false };
      const configuration = JSON.stringify({ Rules: [rule] });
      const on = ['--bucket', 'aws'];
      await aws('s3api', 'put-bucket-encryption', ...on, '--server-side-encryption-configuration', configuration);
      interface Told {
        ServerSideEncryptionConfiguration: { Rules: (typeof rule)[] };
      }
      const told = JSON.parse(await aws('s3api', 'get-bucket-encryption', ...on)) as Told;
      const [first] = told.ServerSideEncryptionConfiguration.Rules;
      assert.deepEqual(first?.ApplyServerSideEncryptionByDefault, rule.ApplyServerSideEncryptionByDefault);
      await aws('s3', 'cp', 'small', 's3://aws/by-default');
      assert.equal((await head('by-default')).ServerSideEncryption, 'AES256');
      await aws('s3api', 'delete-bucket-encryption', ...on);
      const { complaint } = await tryCommand('aws', command(['s3api', 'get-bucket-encryption', ...on]), options());
      assert.match(complaint, /\(ServerSideEncryptionConfigurationNotFoundError\)/);
    });
  });

  describe('rclone', { skip: missing('rclone') }, () => {
    // It sends no customer's key over plain HTTP.
    for (const [mode, settings] of [
      ['AES256', {}],
      ['aws:kms', { RCLONE_CONFIG_GATE_SSE_KMS_KEY_ID: 'alias/clients' }],
    ] as const) {
      test(`copies, checks and reads files with server_side_encryption = ${mode}`, async () => {
        const environment = {
          AWS_CA_BUNDLE: '',
          RCLONE_CONFIG: local('no-config'),
          RCLONE_CONFIG_GATE_TYPE: 's3',
          RCLONE_CONFIG_GATE_PROVIDER: 'Other',
          RCLONE_CONFIG_GATE_ENDPOINT: gateway.s3Url,
          RCLONE_CONFIG_GATE_ACCESS_KEY_ID: gateway.accessKey,
          RCLONE_CONFIG_GATE_SECRET_ACCESS_KEY: gateway.secretKey,
          RCLONE_CONFIG_GATE_REGION: gateway.region,
          RCLONE_CONFIG_GATE_FORCE_PATH_STYLE: 'true',
          RCLONE_CONFIG_GATE_CHUNK_SIZE: '5Mi',
          RCLONE_CONFIG_GATE_UPLOAD_CUTOFF: '8Mi',
          RCLONE_LOW_LEVEL_RETRIES: '1',
          RCLONE_RETRIES: '1',
          RCLONE_CONFIG_GATE_SERVER_SIDE_ENCRYPTION: mode,
          ...settings,
        };
        const rclone = (...args: string[]) => runCommand('rclone', args, { environment, folder: folder.path });
        const bucket = `gate:rclone-${mode.replace(':', '-')}`.toLowerCase();
        await rclone('mkdir', bucket);
        for (const size of ['small', 'large']) {
          await rclone('copyto', size, `${bucket}/${size}`);
          await rclone('copyto', `${bucket}/${size}`, `${bucket}/${size}.copy`);
          await rclone('check', '--download', '--one-way', '--include', size, '.', bucket);
          await rclone('copyto', `${bucket}/${size}.copy`, 'returned');
          await assertSame('returned', size);
        }
      });
    }
  });

  describe('s3cmd', { skip: missing('s3cmd') }, () => {
    for (const [what, flags, method] of [
      ['--server-side-encryption', ['--server-side-encryption'], 'AES256'],
      ['a key of the ring', ['--server-side-encryption', '--server-side-encryption-kms-id=alias/clients'], 'aws:kms'],
    ] as const) {
      test(`puts, copies and gets with ${what}`, async () => {
        const { host } = new URL(gateway.s3Url);
        const settings = {
          access_key: gateway.accessKey,
          secret_key: gateway.secretKey,
          host_base: host,
          host_bucket: host,
          use_https: 'False',
          multipart_chunk_size_mb: '5',
          max_retries: '1',
        };
        const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
        await writeFile(local('s3cfg'), ['[default]', ...lines, ''].join('\n'));
        const s3cmd = async (...args: string[]) => {
          const words = ['--config', local('s3cfg'), '--no-progress', ...args];
          return (await runCommand('s3cmd', words, { folder: folder.path, environment: { PYTHONUTF8: '1' } })).text;
        };
        const bucket = `s3://s3cmd-${method.replace(':', '-')}`.toLowerCase();
        await s3cmd('mb', bucket);
        for (const size of ['small', 'large']) {
          await s3cmd('put', ...flags, size, `${bucket}/${size}`);
          assert.match(await s3cmd('info', `${bucket}/${size}`), new RegExp(`SSE: +${method}`));
          await s3cmd('cp', ...flags, `${bucket}/${size}`, `${bucket}/${size}.copy`);
          await s3cmd('get', '--force', `${bucket}/${size}.copy`, 'returned');
          await assertSame('returned', size);
        }
      });
    }
  });

  describe('minio-js', () => {
    const BUCKET = 'minio-sealed';
    let minio: Client;
    before(async () => {
      minio = new Client({
        endPoint: '127.0.0.1',
        port: gateway.s3Port,
        useSSL: false,
        accessKey: gateway.accessKey,
        secretKey: gateway.secretKey,
        partSize: 5 * MIB,
      });
      await minio.makeBucket(BUCKET);
    });
    const gather = async (stream: AsyncIterable<Buffer>) => {
      const pieces: Buffer[] = [];
      for await (const piece of stream) pieces.push(piece);
      return Buffer.concat(pieces);
    };

    test('a bucket is given a default encryption, and has none again', async () => {
      const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } };
      await minio.setBucketEncryption(BUCKET, { Rule: [rule] });
      // It parses the document and no more, whatever its types say.
      const told = (await minio.getBucketEncryption(BUCKET)) as unknown as {
        ServerSideEncryptionConfiguration: { Rule: typeof rule };
      };
      const { Rule } = told.ServerSideEncryptionConfiguration;
      assert.deepEqual(Rule.ApplyServerSideEncryptionByDefault, rule.ApplyServerSideEncryptionByDefault);
      await minio.putObject(BUCKET, 'by-default', 'contents');
      const { metaData } = await minio.statObject(BUCKET, 'by-default');
      assert.equal(metaData['server-side-encryption'] ?? metaData['x-amz-server-side-encryption'], 'AES256');
      await minio.removeBucketEncryption(BUCKET);
      const absent = { code: 'ServerSideEncryptionConfigurationNotFoundError' };
      await assert.rejects(minio.getBucketEncryption(BUCKET), absent);
    });

    test("objects are put and got with a customer's key, whole and in part", async () => {
      const key = randomBytes(32);
      const sealed = {
        SSECustomerAlgorithm: 'AES256',
        SSECustomerKey: key.toString('base64'),
        SSECustomerKeyMD5: createHash('md5').update(key).digest('base64'),
      };
      const prefix = 'X-Amz-Server-Side-Encryption-Customer-';
      const headers = {
        [`${prefix}Algorithm`]: sealed.SSECustomerAlgorithm,
        [`${prefix}Key`]: sealed.SSECustomerKey,
        [`${prefix}Key-MD5`]: sealed.SSECustomerKeyMD5,
      };
      const body = await readFile(local('small'));
      await minio.putObject(BUCKET, 'sealed', body, body.byteLength, headers);
      assert.ok((await gather(await minio.getObject(BUCKET, 'sealed', sealed))).equals(body));
      const part = await gather(await minio.getPartialObject(BUCKET, 'sealed', 7, 9, sealed));
      assert.equal(part.toString(), 'Gatehouse');
      await assert.rejects(minio.getObject(BUCKET, 'sealed'), { code: 'InvalidRequest' });
    });
  });
});
