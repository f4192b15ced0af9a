import { readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { join } from 'node:path';
import { parse as parseDotenv } from 'dotenv';
import { ConfigError } from './settings/config-error.ts';
import type { OauthProvider } from './settings/oauth-providers.ts';
import type { Setting } from './settings/setting.ts';
import { type SettingValues, settings } from './settings/settings.ts';
import type { BlobStore, MetadataStore } from './settings/stores.ts';
import { refuseUnknownSettings } from './settings/unknown-settings.ts';

export { ConfigError } from './settings/config-error.ts';
export type { BlobStore, MetadataStore } from './settings/stores.ts';

/** Variables by name; an empty one counts as absent. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** All that can be set about a gateway, checked and in the units that the code uses. */
export interface Config {
  /** Absolute. */
  readonly dataFolder: string;
  readonly host: string;
  readonly region: string;
  readonly s3: ListenerConfig & {
    /** The virtual-host suffix in lower case; path style only when absent. */
    readonly domain: string | undefined;
  };
  readonly api: ListenerConfig;
  readonly root: RootConfig;
  /** 32 bytes; when absent, the one kept in the data folder counts. */
  readonly masterKey: Buffer | undefined;
  readonly metadata: MetadataStore;
  readonly storage: StorageConfig;
  /** What holds for buckets that were not told otherwise. */
  readonly buckets: {
    readonly blockPublicAccess: SettingValues['blockPublicAccess'];
    readonly objectOwnership: SettingValues['objectOwnership'];
  };
  /** Peers whose forwarded headers count. */
  readonly trustedProxies: BlockList;
  readonly sweep: { readonly intervalMs: number; readonly graceMs: number };
  readonly events: { readonly retentionMs: number };
  readonly lifecycle: { readonly dayMs: number };
  readonly encryption: { readonly customerKeysOverHttp: SettingValues['customerKeysOverHttp'] };
  readonly identity: IdentityConfig;
  readonly drive: DriveConfig;
  readonly log: { readonly level: SettingValues['logLevel'] };
  readonly timeouts: { readonly idleMs: number; readonly shutdownMs: number };
}

/** One of the two listeners. */
export interface ListenerConfig {
  /** 0 takes any free port. */
  readonly port: number;
  /** The origin that clients know, behind a proxy. */
  readonly publicUrl: URL | undefined;
}

/** The account that may do everything. What is absent is generated at first start. */
export interface RootConfig {
  readonly user: string;
  readonly password: string | undefined;
  readonly keyPair: { readonly accessKey: string; readonly secretKey: string } | undefined;
}

/** Who may have an account, and how accounts log in. */
export interface IdentityConfig {
  readonly registration: SettingValues['registration'];
  readonly passwordPolicy: SettingValues['passwordPolicy'];
  readonly secondFactor: SettingValues['secondFactor'];
  readonly claims: SettingValues['claims'];
  readonly lifetimes: {
    readonly accessTokenMs: number;
    readonly sessionMs: number;
    readonly signingKeyMs: number;
    readonly auditMs: number;
  };
  readonly limits: {
    readonly loginFailures: number;
    readonly registrationsPerHour: number;
    readonly messagesPerDay: number;
  };
  readonly mail: { readonly smtpUrl: URL | undefined; readonly from: string; readonly outboxFolder: string };
  readonly sms: SettingValues['smsUrl'];
  readonly oauth: { readonly providers: readonly OauthProvider[]; readonly redirectOrigins: readonly string[] };
  readonly dialects: SettingValues['dialects'];
}

/** The homes of accounts' files. */
export interface DriveConfig {
  /** Of one request to the API. */
  readonly maxFileBytes: number;
  /** Days of lifecycle rules. */
  readonly temporaryDays: number;
  readonly trashDays: number;
  readonly transfers: SettingValues['transfers'];
}

/** How blobs are kept. */
export interface StorageConfig {
  readonly backend: BlobStore;
  /** Of the storage classes besides STANDARD. */
  readonly classes: ReadonlyMap<string, BlobStore>;
  readonly durability: SettingValues['durability'];
  /** Payloads up to this size live in the database. */
  readonly inlineLimitBytes: number;
  readonly deduplication: SettingValues['deduplication'];
  /** Writes are refused when less is free on the data disk. */
  readonly minFreeBytes: number;
}

/** The process's environment over what a `.env` file in the folder adds to it. */
export function readEnvironment(folder: string = process.cwd()): Environment {
  return { ...readDotenv(join(folder, '.env')), ...process.env };
}

function readDotenv(path: string): Environment {
  try {
    return parseDotenv(readFileSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

/**
 * Reads and checks every setting.
 * @throws ConfigError for the first that is not allowed, and for a variable that begins like a setting and is none.
 */
export function loadConfig(environment: Environment): Config {
  refuseUnknownSettings(environment, new Set(Object.values(settings).map(({ name }) => name)));
  const values = readValues(environment);
  if (values.s3Port === values.apiPort && values.s3Port !== 0) {
    throw new ConfigError(settings.apiPort.name, `is "${values.apiPort}"; the S3 listener has that port already.`);
  }
  return {
    dataFolder: values.data,
    host: values.host,
    region: values.region,
    s3: { port: values.s3Port, publicUrl: values.publicS3Url, domain: values.s3Domain },
    api: { port: values.apiPort, publicUrl: values.publicApiUrl },
    root: { user: values.rootUser, password: values.rootPassword, keyPair: keyPair(values) },
    masterKey: values.masterKey,
    metadata: values.metadataUrl ?? { engine: 'sqlite', path: join(values.data, 'metadata.db') },
    storage: {
      backend: values.backendUrl ?? { kind: 'file', folder: join(values.data, 'blobs') },
      classes: values.storageClasses ?? new Map(),
      durability: values.durability,
      inlineLimitBytes: values.inlineLimit,
      deduplication: values.deduplication,
      minFreeBytes: values.minFreeSpace,
    },
    buckets: {
      blockPublicAccess: values.blockPublicAccess,
      objectOwnership: values.objectOwnership,
    },
    trustedProxies: values.trustedProxies ?? new BlockList(),
    sweep: { intervalMs: values.sweepInterval, graceMs: values.sweepGrace },
    events: { retentionMs: values.eventRetention },
    lifecycle: { dayMs: values.lifecycleDay },
    encryption: { customerKeysOverHttp: values.customerKeysOverHttp },
    identity: identityConfig(values),
    drive: {
      maxFileBytes: values.maxFileSize,
      temporaryDays: values.temporaryDays,
      trashDays: values.trashDays,
      transfers: values.transfers,
    },
    log: { level: values.logLevel },
    timeouts: { idleMs: values.idleTimeout, shutdownMs: values.shutdownTimeout },
  };
}

function identityConfig(values: SettingValues): IdentityConfig {
  return {
    registration: values.registration,
    passwordPolicy: values.passwordPolicy,
    secondFactor: values.secondFactor,
    claims: values.claims,
    lifetimes: {
      accessTokenMs: values.accessTokenLifetime,
      sessionMs: values.sessionLifetime,
      signingKeyMs: values.signingKeyLifetime,
      auditMs: values.auditRetention,
    },
    limits: {
      loginFailures: values.loginFailures,
      registrationsPerHour: values.registrationsPerHour,
      messagesPerDay: values.messagesPerDay,
    },
    mail: { smtpUrl: values.smtpUrl, from: values.mailFrom, outboxFolder: join(values.data, 'outbox') },
    sms: values.smsUrl,
    oauth: { providers: values.oauthProviders ?? [], redirectOrigins: values.oauthRedirects ?? [] },
    dialects: values.dialects,
  };
}

function readValues(environment: Environment): SettingValues {
  const entries = Object.entries(settings).map(([key, setting]) => [key, readValue(setting, environment)]);
  // Each value comes from the setting of the same key, whose kind gives its type.
  return Object.fromEntries(entries) as SettingValues;
}

function readValue({ name, kind, fallback, secret }: Setting<unknown>, environment: Environment): unknown {
  const text = environment[name] || fallback;
  if (text === undefined) return undefined;
  const value = kind.parse(text);
  if (value !== undefined) return value;
  const problem = secret ? 'has a value that is not allowed' : `is "${shown(text)}"`;
  throw new ConfigError(name, `${problem}; it must be ${kind.allowed}.`);
}

/** A value without the password that a URL may carry. */
function shown(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//***@');
}

function keyPair({ rootAccessKey, rootSecretKey }: SettingValues): RootConfig['keyPair'] {
  if (rootAccessKey !== undefined && rootSecretKey !== undefined) {
    return { accessKey: rootAccessKey, secretKey: rootSecretKey };
  }
  if (rootAccessKey === rootSecretKey) return undefined;
  const [missing, given] =
    rootAccessKey === undefined
      ? [settings.rootAccessKey, settings.rootSecretKey]
      : [settings.rootSecretKey, settings.rootAccessKey];
  throw new ConfigError(missing.name, `is missing; it must be given together with ${given.name}.`);
}
