import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { ConfigError, type Environment, loadConfig, readEnvironment } from '../../gateway/config.ts';

/** The error that an environment is refused with. */
function refusal(environment: Environment): ConfigError {
  try {
    loadConfig(environment);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error;
  }
  assert.fail(`accepted ${JSON.stringify(environment)}`);
}

describe('settings', () => {
  test('an empty environment gives the documented defaults', () => {
    const { trustedProxies, ...config } = loadConfig({});
    const dataFolder = resolve('data');
    assert.deepEqual(config, {
      dataFolder,
      host: '127.0.0.1',
      region: 'us-east-1',
      s3: { port: 9000, publicUrl: undefined, domain: undefined },
      api: { port: 9001, publicUrl: undefined },
      root: { user: 'root', password: undefined, keyPair: undefined },
      masterKey: undefined,
      metadata: { engine: 'sqlite', path: join(dataFolder, 'metadata.db') },
      storage: {
        backend: { kind: 'file', folder: join(dataFolder, 'blobs') },
        durability: 'full',
        classes: new Map(),
        inlineLimitBytes: 32_768,
        deduplication: 'known',
        minFreeBytes: 67_108_864,
      },
      buckets: { blockPublicAccess: 'on', objectOwnership: 'BucketOwnerEnforced' },
      sweep: { intervalMs: 300_000, graceMs: 3_600_000 },
      events: { retentionMs: 604_800_000 },
      lifecycle: { dayMs: 86_400_000 },
      encryption: { customerKeysOverHttp: 'allow' },
      identity: {
        registration: 'open',
        passwordPolicy: 'strict',
        secondFactor: 'optional',
        claims: 'admin',
        lifetimes: {
          accessTokenMs: 900_000,
          sessionMs: 2_592_000_000,
          signingKeyMs: 2_592_000_000,
          auditMs: 31_536_000_000,
        },
        limits: { loginFailures: 10, registrationsPerHour: 500, messagesPerDay: 10 },
        mail: {
          smtpUrl: undefined,
          from: 'Gatehouse <gatehouse@localhost>',
          outboxFolder: join(dataFolder, 'outbox'),
        },
        sms: undefined,
        oauth: { providers: [], redirectOrigins: [] },
        dialects: new Set(['general', 'objectstore', 'middleware', 'cloudstore', 'tinycloud']),
      },
      drive: { maxFileBytes: 5 * 1024 ** 3, temporaryDays: 7, trashDays: 30, transfers: 'offer' },
      log: { level: 'info' },
      timeouts: { idleMs: 120_000, shutdownMs: 30_000 },
    });
    assert.equal(trustedProxies.check('127.0.0.1', 'ipv4'), false);
  });

  test('an empty variable counts as absent', () => {
    assert.deepEqual(loadConfig({ GATEHOUSE_ROOT_PASSWORD: '', GATEHOUSE_S3_PORT: '' }).s3.port, 9000);
  });

  test('the metadata and the blobs follow the data folder unless they have a place of their own', () => {
    const config = loadConfig({ GATEHOUSE_DATA: '/srv/gate' });
    assert.equal(config.metadata.path, '/srv/gate/metadata.db');
    assert.deepEqual(config.storage.backend, { kind: 'file', folder: '/srv/gate/blobs' });
    const moved = loadConfig({
      GATEHOUSE_METADATA_URL: 'sqlite:/ssd/m.db',
      GATEHOUSE_BACKEND_URL: 'file:///tank/b%20lobs',
    });
    assert.equal(moved.metadata.path, '/ssd/m.db');
    assert.deepEqual(moved.storage.backend, { kind: 'file', folder: '/tank/b lobs' });
    assert.equal(loadConfig({ GATEHOUSE_METADATA_URL: 'sqlite:m.db' }).metadata.path, resolve('m.db'));
    assert.deepEqual(loadConfig({ GATEHOUSE_BACKEND_URL: 'memory:' }).storage.backend, { kind: 'memory' });
  });

  test('a master key reads the same from hexadecimal and from base64', () => {
    const key = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7));
    assert.deepEqual(loadConfig({ GATEHOUSE_MASTER_KEY: key.toString('hex') }).masterKey, key);
    assert.deepEqual(loadConfig({ GATEHOUSE_MASTER_KEY: key.toString('base64') }).masterKey, key);
  });

  test('trusted proxies match addresses, ranges and IPv4 addresses mapped into IPv6', () => {
    const { trustedProxies } = loadConfig({ GATEHOUSE_TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.7,fd00::/8' });
    assert.ok(trustedProxies.check('10.200.3.4', 'ipv4'));
    assert.ok(trustedProxies.check('::ffff:10.200.3.4', 'ipv6'));
    assert.ok(trustedProxies.check('192.0.2.7', 'ipv4'));
    assert.ok(trustedProxies.check('fd12::1', 'ipv6'));
    assert.equal(trustedProxies.check('192.0.2.8', 'ipv4'), false);
    assert.equal(trustedProxies.check('2001:db8::1', 'ipv6'), false);
  });

  test('sizes take plain bytes or a binary unit', () => {
    assert.equal(loadConfig({ GATEHOUSE_INLINE_LIMIT: '0' }).storage.inlineLimitBytes, 0);
    assert.equal(loadConfig({ GATEHOUSE_INLINE_LIMIT: '1048576' }).storage.inlineLimitBytes, 1_048_576);
    assert.equal(loadConfig({ GATEHOUSE_MIN_FREE_SPACE: '2GiB' }).storage.minFreeBytes, 2_147_483_648);
  });

  test('everything else is read in its unit', () => {
    const config = loadConfig({
      GATEHOUSE_HOST: '::',
      GATEHOUSE_S3_PORT: '0',
      GATEHOUSE_API_PORT: '0',
      GATEHOUSE_PUBLIC_S3_URL: 'https://s3.example.org:8443',
      GATEHOUSE_S3_DOMAIN: 'S3.Example.org',
      GATEHOUSE_ROOT_ACCESS_KEY: 'AKIA_root.1',
      GATEHOUSE_ROOT_SECRET_KEY: 'wJalrXUtnFEMI/K7MDENG',
      GATEHOUSE_DURABILITY: 'relaxed',
      GATEHOUSE_SWEEP_GRACE: '0',
      GATEHOUSE_EVENT_RETENTION: '1',
      GATEHOUSE_LIFECYCLE_DAY: '2',
      GATEHOUSE_SSE_C_OVER_HTTP: 'forbid',
      GATEHOUSE_LOG_LEVEL: 'silent',
    });
    assert.equal(config.s3.port, 0);
    assert.equal(config.s3.publicUrl?.host, 's3.example.org:8443');
    assert.equal(config.s3.domain, 's3.example.org');
    assert.deepEqual(config.root.keyPair, { accessKey: 'AKIA_root.1', secretKey: 'wJalrXUtnFEMI/K7MDENG' });
    assert.equal(config.storage.durability, 'relaxed');
    assert.deepEqual([config.sweep.graceMs, config.events.retentionMs], [0, 3_600_000]);
    assert.equal(config.lifecycle.dayMs, 2000);
    assert.equal(config.encryption.customerKeysOverHttp, 'forbid');
    assert.equal(config.log.level, 'silent');
  });
});

describe('a setting that is not allowed', () => {
  const refused: Readonly<Record<string, readonly string[]>> = {
    GATEHOUSE_HOST: ['not a host', '-x', 'http://0.0.0.0'],
    GATEHOUSE_S3_PORT: ['65536', '-1', '90x0', '1e3', ' 9000'],
    GATEHOUSE_API_PORT: ['tcp://10.0.0.1:9001'],
    GATEHOUSE_PUBLIC_S3_URL: [
      's3.example.org',
      'ftp://s3.example.org',
      'https://s3.example.org/base',
      'https://h/?a=b',
    ],
    GATEHOUSE_PUBLIC_API_URL: ['https://host/#top'],
    GATEHOUSE_S3_DOMAIN: ['.s3.example.org', 's3.example.org:9000', '127.0.0.1'],
    GATEHOUSE_REGION: ['EU west'],
    GATEHOUSE_ROOT_USER: ['a b', 'x'.repeat(65)],
    GATEHOUSE_METADATA_URL: ['metadata.db', 'sqlite:', 'sqlite::memory:', 'sqlite://host/m.db'],
    GATEHOUSE_BACKEND_URL: ['/tank', 'file:', 'file://host/share', 's3://bucket'],
    GATEHOUSE_TRUSTED_PROXIES: ['10.0.0.0/33', 'proxy.local', '10.0.0.1,', '::1/129', '10.0.0.0/8/8'],
    GATEHOUSE_DURABILITY: ['Full', 'none'],
    GATEHOUSE_INLINE_LIMIT: ['1048577', '32 KB', '-1', '2MiB'],
    GATEHOUSE_SWEEP_INTERVAL: ['0', '5m', '86401'],
    GATEHOUSE_LIFECYCLE_DAY: ['0', '86401', '1d', '0.5'],
    GATEHOUSE_SSE_C_OVER_HTTP: ['Forbid', 'true'],
    GATEHOUSE_LOG_LEVEL: ['verbose'],
    GATEHOUSE_IDLE_TIMEOUT: ['0'],
  };

  for (const [variable, values] of Object.entries(refused)) {
    test(`${variable} names itself, the value and what is allowed`, () => {
      for (const value of values) {
        const error = refusal({ [variable]: value });
        assert.equal(error.variable, variable);
        assert.ok(error.message.startsWith(`${variable} is "${value}"; it must be `), error.message);
      }
    });
  }

  test('a secret is refused without being shown', () => {
    const secrets = {
      GATEHOUSE_ROOT_PASSWORD: 'hunter2',
      GATEHOUSE_MASTER_KEY: 'deadbeef',
      GATEHOUSE_ROOT_SECRET_KEY: 'sp ace',
    };
    for (const [variable, value] of Object.entries(secrets)) {
      const error = refusal({ GATEHOUSE_ROOT_ACCESS_KEY: 'AKIA', [variable]: value });
      assert.equal(error.variable, variable);
      assert.ok(!error.message.includes(value), error.message);
    }
  });

  test('a password inside a URL is not shown', () => {
    const { message } = refusal({ GATEHOUSE_METADATA_URL: 'postgres://gate:hunter2@db/gate' });
    assert.match(message, /^GATEHOUSE_METADATA_URL is "postgres:\/\/\*\*\*@db\/gate"/);
    assert.match(message, /this version has no PostgreSQL engine/);
  });

  test('half of the root key pair names the other half', () => {
    assert.match(refusal({ GATEHOUSE_ROOT_ACCESS_KEY: 'AKIA' }).message, /^GATEHOUSE_ROOT_SECRET_KEY is missing/);
    assert.match(
      refusal({ GATEHOUSE_ROOT_SECRET_KEY: 'x'.repeat(8) }).message,
      /^GATEHOUSE_ROOT_ACCESS_KEY is missing/,
    );
  });

  test('two listeners cannot have one port', () => {
    assert.match(refusal({ GATEHOUSE_S3_PORT: '9001' }).message, /^GATEHOUSE_API_PORT is "9001"; the S3 listener has/);
  });
});

describe('a variable that is no setting', () => {
  test('a typo is named with the setting that was meant', () => {
    assert.equal(
      refusal({ GATEHOUSE_S3_PROT: '1', GATEHOUSE_WHATEVER_ELSE: '1' }).message,
      'GATEHOUSE_S3_PROT is not a setting (did you mean GATEHOUSE_S3_PORT?); neither is GATEHOUSE_WHATEVER_ELSE.',
    );
    assert.match(refusal({ GATEHOUSE_PORT: '9000' }).message, /did you mean GATEHOUSE_S3_PORT/);
  });

  test('fault injection, tests and other programs keep their variables', () => {
    loadConfig({ GATEHOUSE_FAILPOINT: 'x', GATEHOUSE_TEST_SEED: '1', PATH: '/bin', GATE: '1' });
  });

  test('what Kubernetes adds for a Service named gatehouse is no typo', () => {
    loadConfig({
      GATEHOUSE_SERVICE_HOST: '10.0.0.1',
      GATEHOUSE_SERVICE_PORT_HTTP: '9000',
      GATEHOUSE_PORT: 'tcp://10.0.0.1:9000',
      GATEHOUSE_PORT_9000_TCP_ADDR: '10.0.0.1',
    });
  });
});

test('the .env file of the working folder adds to the environment, which wins', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-env-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const given = Object.entries(process.env).find(([, value]) => value !== undefined && /^[\w/]+$/.test(value));
  assert.ok(given);
  writeFileSync(join(folder, '.env'), `GATEHOUSE_TEST_DOTENV="from file" # why\n${given[0]}=overridden\n`);
  const environment = readEnvironment(folder);
  assert.equal(environment.GATEHOUSE_TEST_DOTENV, 'from file');
  assert.equal(environment[given[0]], given[1]);
  assert.equal(readEnvironment(join(folder, 'none')).GATEHOUSE_TEST_DOTENV, undefined);
});
