import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { pino } from 'pino';
import { loadConfig } from '../../gateway/config.ts';
import { startGateway as start } from '../../gateway/gateway.ts';
import type { DrivePass } from '../../gateway/jobs/drive-keeper.ts';
import type { LifecycleResult } from '../../gateway/jobs/lifecycle/index.ts';
import type { SweepResult } from '../../gateway/jobs/sweeper.ts';
import type { Services } from '../../gateway/services/index.ts';
import { signRequest } from '../../signer/index.ts';

export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface TestGateway extends Credentials {
  readonly s3Url: string;
  readonly apiUrl: string;
  readonly dataFolder: string;
  readonly services: Services;
  /** An SDK client: of root, or of the given credentials. */
  client(credentials?: Credentials): S3Client;
  /** An account with a key of its own. */
  addUser(name: string): Promise<Credentials & { readonly id: string }>;
  /** A signed plain request: for what no SDK would send. The path is sent as it is. */
  fetchSigned(path: string, init?: SignedInit): Promise<Response>;
  sweep(): Promise<SweepResult>;
  /** Does what lifecycle rules ask for by now. */
  enforceLifecycle(): Promise<LifecycleResult>;
  /** Empties what has been in the trash of drives for long enough by now. */
  keepDrives(): Promise<DrivePass>;
  /** Closes the gateway and removes its data. */
  stop(): Promise<void>;
}

export interface SignedInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly credentials?: Credentials;
}

const ROOT: Credentials = { accessKey: 'ROOTACCESSKEY', secretKey: 'root-secret-key-for-tests' };

/** A gateway of its own in this process, on free ports and a temporary folder. */
export async function startGateway(settings: Record<string, string> = {}): Promise<TestGateway> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  const config = loadConfig({
    GATEHOUSE_DATA: dataFolder,
    GATEHOUSE_S3_PORT: '0',
    GATEHOUSE_API_PORT: '0',
    GATEHOUSE_ROOT_ACCESS_KEY: ROOT.accessKey,
    GATEHOUSE_ROOT_SECRET_KEY: ROOT.secretKey,
    ...settings,
  });
  const gateway = await start(config, pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }));
  const { services, s3: s3Url, api: apiUrl } = gateway;
  const clients: S3Client[] = [];
  return {
    ...ROOT,
    s3Url,
    apiUrl,
    dataFolder,
    services,
    sweep: gateway.sweep,
    enforceLifecycle: gateway.enforceLifecycle,
    keepDrives: gateway.keepDrives,
    client({ accessKey, secretKey } = ROOT) {
      const client = new S3Client({
        endpoint: s3Url,
        region: config.region,
        credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
        forcePathStyle: true,
        maxAttempts: 1,
      });
      clients.push(client);
      return client;
    },
    async addUser(name) {
      const account = await services.accounts.create({ name });
      return { ...(await services.accessKeys.create(account)), id: account.id };
    },
    fetchSigned: (path, init = {}) => fetchSigned({ url: s3Url + path, region: config.region, ...init }),
    async stop() {
      for (const client of clients) client.destroy();
      await gateway.close();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

async function fetchSigned(input: SignedInit & { url: string; region: string }): Promise<Response> {
  const { method = 'GET', headers = {}, body, region, credentials = ROOT } = input;
  const url = new URL(input.url);
  const signed = signRequest({
    method,
    url,
    headers,
    credentials,
    region,
    payload: 'UNSIGNED-PAYLOAD',
    now: Date.now(),
  });
  const init: RequestInit = { method, headers: { ...headers, ...signed }, redirect: 'manual' };
  if (body !== undefined) init.body = body;
  return fetch(url, init);
}
