import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type Metadata, openSqlite } from '../metadata/index.ts';
import type { Config } from './config.ts';
import { mountDialects } from './dialects/index.ts';
import { ensureRoot, ensureRootPassword, requireMasterKey, requireOpenableKeys } from './first-start.ts';
import { newId } from './ids.ts';
import { Metrics } from './metrics.ts';
import { openIdentity } from './open-identity.ts';
import { openStores, watchSpaces } from './open-stores.ts';
import { createApiListener } from './rest/listener.ts';
import { keyTransports } from './s3/encryption-headers.ts';
import { createS3Listener } from './s3/listener.ts';
import { createReporter } from './s3/report.ts';
import { loadMasterKey, unwrapSecret, wrapSecret } from './secrets.ts';
import { Access, Explanations } from './services/access/index.ts';
import { AccessKeys, type KeyPair } from './services/access-keys.ts';
import { Accounts } from './services/accounts.ts';
import { AclSource, Acls } from './services/acl/index.ts';
import { BucketConfigStore } from './services/bucket-configs.ts';
import { BucketPolicies } from './services/bucket-policies.ts';
import { Buckets } from './services/buckets.ts';
import { Claims } from './services/claims.ts';
import { openDocumentObjects } from './services/documents/objects/open-document-objects.ts';
import { openDocuments } from './services/documents/open-documents.ts';
import { withTrashGivingWay } from './services/drive/giving-way.ts';
import { openDrive } from './services/drive/open-drive.ts';
import { SharesSource } from './services/drive/shares-source.ts';
import { Encryption } from './services/encryption/index.ts';
import { GrantsSource } from './services/grants/index.ts';
import { HashPool } from './services/hashing/hash-pool.ts';
import { IdentityPolicies } from './services/iam/identity-policies.ts';
import { openIam } from './services/iam/index.ts';
import type { Identity, Services } from './services/index.ts';
import { Lifecycle } from './services/lifecycle/index.ts';
import { Multipart } from './services/multipart.ts';
import { Objects } from './services/objects.ts';
import { PublicAccess } from './services/public-access.ts';
import { Receiver } from './services/receive.ts';
import type { StorageClasses } from './services/storage-classes.ts';
import type { StorageSpaces } from './services/storage-space.ts';
import { UsageReports } from './services/usage-reports.ts';
import { Vault } from './services/vault.ts';
import { PropertyResolver } from './services/version-properties.ts';
import { Versions } from './services/versions.ts';
import { type Jobs, startJobs } from './start-jobs.ts';

/** A gateway that accepts requests. */
export interface Gateway extends Pick<Jobs, 'sweep' | 'enforceLifecycle' | 'keepDrives'> {
  /** The bound addresses, as URLs. */
  readonly s3: string;
  readonly api: string;
  readonly services: Services;
  /** The root key pair, where this start made it. */
  readonly newRootKey: KeyPair | undefined;
  /** Refuses new connections, lets requests under way finish within the configured time, and closes the stores. */
  close(): Promise<void>;
}

/**
 * Opens the stores, listens, and makes the root account if there is none. Rejects when any of it cannot be done, with
 * nothing left open that would keep the process alive.
 */
export async function startGateway(config: Config, log: Logger): Promise<Gateway> {
  const opened: Closable[] = [];
  try {
    return await open({ config, log, opened });
  } catch (error) {
    for (const part of opened.reverse()) await part.close();
    throw error;
  }
}

interface Closable {
  close(): Promise<unknown>;
}

/** Adds whatever has to be closed again to `opened`, as soon as it is open. */
async function open({ config, log, opened }: { config: Config; log: Logger; opened: Closable[] }): Promise<Gateway> {
  const { accounts, accessKeys, claims, vault, encryption, ...opening } = openAccounts(config, 'thread');
  opened.push(opening.metadata);
  const metadata = withTrashGivingWay(opening.metadata);
  const stores = await openStores(config, { metadata, opened });
  await requireMasterKey(accessKeys);
  const spaces = await watchSpaces(stores, config);
  const hashes = new HashPool();
  opened.push(hashes);
  const identity = await openIdentity({ config, log, metadata, vault, accounts, accessKeys, claims });
  opened.push(identity.passwords, identity.mails);
  await requireOpenableKeys(identity.signingKeys);
  const services = assemble({ metadata, stores, identity, encryption, spaces, hashes, config, log });
  opened.push(services.documentQueries, { close: async () => services.documentWatch.close() });

  const metrics = new Metrics();
  const checkReady = async () => {
    // Changes nothing, and fails where writing would.
    await metadata.mutations.ensureStoreId({ candidate: newId() });
    spaces.requireAny();
  };
  const s3 = createS3Listener({
    services,
    region: config.region,
    report: createReporter({ log, metrics }),
    domain: config.s3.domain,
    publicUrl: config.s3.publicUrl,
    keyTransports: keyTransports(config.encryption.customerKeysOverHttp),
    trustedProxies: config.trustedProxies.rules.length > 0 ? config.trustedProxies : undefined,
    idleTimeoutMs: config.timeouts.idleMs,
  });
  const s3Facts = { publicUrl: config.s3.publicUrl, port: () => boundPort(s3), region: config.region };
  const apiContext = { services, publicUrl: config.api.publicUrl, s3: s3Facts };
  const api = await createApiListener({
    ...apiContext,
    trustedProxies: config.trustedProxies,
    pageOrigins: config.identity.oauth.redirectOrigins,
    idleTimeoutMs: config.timeouts.idleMs,
    metrics,
    log,
    checkReady,
  });
  await mountDialects(api, config.identity.dialects, apiContext);
  opened.push({ close: () => s3.close() }, { close: () => api.close() });
  const addresses = {
    s3: await s3.listen({ host: config.host, port: config.s3.port }),
    api: await api.listen({ host: config.host, port: config.api.port }),
  };
  // Not before all else has gone well: a key that is made is shown this once.
  const newRootKey = await ensureRoot({ accounts, accessKeys, root: config.root });
  await ensureRootPassword({ metadata, passwords: identity.passwords, profiles: identity.profiles, root: config.root });
  const { lifecycle, signingKeys } = services;
  finishIndexes(services, log);
  const jobs = startJobs({
    config,
    log,
    metadata,
    stores,
    spaces,
    lifecycle,
    signingKeys,
    keyUses: accessKeys.uses,
    documents: services,
  });

  return {
    ...addresses,
    services,
    newRootKey,
    sweep: jobs.sweep,
    enforceLifecycle: jobs.enforceLifecycle,
    keepDrives: jobs.keepDrives,
    close: () =>
      close({
        listeners: [s3, api],
        endless: [services.documentWatch],
        jobs,
        stores: [services.documentQueries, identity.mails, identity.passwords, metadata, ...stores.backends, hashes],
        limitMs: config.timeouts.shutdownMs,
      }),
  };
}

/** Goes on with the indexes that a gateway which was stopped had begun; nobody waits for that. */
function finishIndexes({ documentIndexes }: Services, log: Logger): void {
  const tell = (err: unknown, what = {}) => log.error({ err, ...what }, 'index');
  documentIndexes.resume(tell).catch(tell);
}

/** Undefined until it listens. */
function boundPort({ server }: FastifyInstance): number | undefined {
  const address = server.address();
  return address === null || typeof address === 'string' ? undefined : address.port;
}

/** A database, and what in it needs the master key. */
export interface OpenedAccounts {
  readonly metadata: Metadata;
  readonly accounts: Accounts;
  readonly accessKeys: AccessKeys;
  readonly claims: Claims;
  readonly vault: Vault;
  readonly encryption: Encryption;
}

/**
 * The database that the settings name, and the accounts in it. A command that runs beside a gateway writes `here`.
 * @throws ConfigError when the master key that the secrets need is not there
 */
export function openAccounts(config: Config, writer: 'thread' | 'here'): OpenedAccounts {
  // The key comes first: that it is missing must be noticed before a database that needs it is made.
  const masterKey = loadMasterKey(config);
  const metadata = openSqlite({ path: config.metadata.path, durability: config.storage.durability, writer });
  const secrets = {
    wrap: (accessKey: string, secretKey: string) => wrapSecret(masterKey, accessKey, secretKey),
    unwrap: (accessKey: string, wrapped: string) => unwrapSecret(masterKey, accessKey, wrapped),
  };
  return {
    metadata,
    accounts: new Accounts({ metadata }),
    accessKeys: new AccessKeys({ metadata, secrets }),
    claims: new Claims({ metadata, policy: config.identity.claims }),
    vault: new Vault(masterKey),
    encryption: new Encryption({ metadata, masterKey, region: config.region }),
  };
}

/** The evaluator of a gateway, with everything that it asks. */
export function openAccess(
  config: Config,
  { metadata, configs }: { readonly metadata: Metadata; readonly configs: BucketConfigStore },
): Access {
  const { blockPublicAccess, objectOwnership } = config.buckets;
  const acls = new AclSource({ metadata, defaultOwnership: objectOwnership, blockPublicAccess });
  return new Access({
    metadata,
    configs,
    denying: [new IdentityPolicies(metadata)],
    allowing: [new GrantsSource({ metadata, blockPublicAccess }), new SharesSource(metadata), acls],
    blockPublicAccess,
  });
}

interface Parts {
  readonly metadata: Metadata;
  readonly stores: StorageClasses;
  readonly identity: Identity;
  readonly encryption: Encryption;
  readonly spaces: StorageSpaces;
  readonly hashes: HashPool;
  readonly config: Config;
  readonly log: Logger;
}

function assemble({ metadata, stores, identity, encryption, spaces, hashes, config, log }: Parts): Services {
  const configs = new BucketConfigStore(metadata);
  const access = openAccess(config, { metadata, configs });
  const publicAccess = new PublicAccess({ configs, blockPublicAccess: config.buckets.blockPublicAccess });
  const { blockPublicAccess, objectOwnership: defaultOwnership } = config.buckets;
  const properties = new PropertyResolver({ configs, stores, encryption });
  const receiver = new Receiver({
    stores,
    hashes,
    inlineLimitBytes: config.storage.inlineLimitBytes,
    deduplication: config.storage.deduplication,
    reserveSpace: (sizeBytes, store) => spaces.require(sizeBytes, store),
  });
  const iam = openIam({ ...identity, metadata, providers: config.identity.oauth.providers });
  const documents = openDocumentObjects({
    metadata,
    stores,
    region: config.region,
    warn: (message) => log.warn({ message }, 'document'),
  });
  const objects = new Objects({ metadata, stores, receiver, properties, encryption, documents });
  const versions = new Versions({ metadata, documents });
  const lifecycle = new Lifecycle({ configs, stores, dayMs: config.lifecycle.dayMs });
  const multipart = new Multipart({ metadata, receiver, properties, encryption, documents });
  return {
    ...identity,
    access,
    acls: new Acls({ metadata, configs, defaultOwnership, blockPublicAccess }),
    buckets: new Buckets({ metadata, region: config.region }),
    configs,
    iam,
    explanations: new Explanations({ metadata, access }),
    ...openDrive({
      metadata,
      configs,
      access,
      limits: identity.limits,
      passwords: identity.passwords,
      region: config.region,
      defaults: config.drive,
      dayMs: config.lifecycle.dayMs,
      transfers: config.drive.transfers,
      stores,
      encryption,
      objects,
      multipart,
      credentials: iam.credentials,
      requireRoom: (sizeBytes) => spaces.requireRoom(sizeBytes, undefined),
      files: {
        metadata,
        objects,
        versions,
        lifecycle,
        limits: {
          maxFileBytes: config.drive.maxFileBytes,
          heldBytes: config.storage.inlineLimitBytes,
          requireSpace: (sizeBytes) => spaces.require(sizeBytes, undefined),
        },
      },
    }),
    ...openDocuments({
      metadata,
      access,
      region: config.region,
      sessions: identity.sessions,
      databasePath: config.metadata.path,
      warn: (message) => log.warn({ message }, 'document'),
    }),
    policies: new BucketPolicies({ metadata, publicAccess }),
    publicAccess,
    lifecycle,
    objects,
    versions,
    multipart,
    usage: new UsageReports({ metadata }),
  };
}

interface Running {
  readonly listeners: readonly FastifyInstance[];
  /** What would answer for ever. */
  readonly endless: readonly { close(): void }[];
  readonly jobs: Jobs;
  /** Closed in this order, once nobody uses them. */
  readonly stores: readonly { close(): Promise<void> }[];
  readonly limitMs: number;
}

async function close({ listeners, endless, jobs, stores, limitMs }: Running): Promise<void> {
  for (const part of endless) part.close();
  // What has not finished by then is cut off: its client sees a broken connection, never a false success.
  const cut = setTimeout(() => {
    for (const listener of listeners) listener.server.closeAllConnections();
  }, limitMs);
  await Promise.all(listeners.map((listener) => listener.close()));
  clearTimeout(cut);
  await jobs.stop();
  for (const store of stores) await store.close();
}
