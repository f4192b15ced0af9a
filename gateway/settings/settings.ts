import { accountSettings } from './account-settings.ts';
import { driveSettings } from './drive-settings.ts';
import {
  accessKey,
  accountName,
  bytes,
  domain,
  folder,
  host,
  hours,
  integer,
  key32,
  oneOf,
  origin,
  password,
  region,
  seconds,
  secretKey,
} from './kinds.ts';
import { fixed, optional, type Setting, type SettingWithFallback } from './setting.ts';
import { blobStore, metadataStore, storageClasses } from './stores.ts';
import { addressList } from './trusted-proxies.ts';

const DAY_SECONDS = 86_400;
const MAX_BYTES = 2 ** 50;

/** Every setting of the gateway, in the order of the documentation. */
export const settings = {
  data: fixed({
    name: 'GATEHOUSE_DATA',
    kind: folder,
    fallback: './data',
    description: 'Folder of everything that the gateway keeps.',
  }),
  host: fixed({
    name: 'GATEHOUSE_HOST',
    kind: host,
    fallback: '127.0.0.1',
    description: 'Address that both listeners bind to; `0.0.0.0` or `::` for all.',
  }),
  s3Port: fixed({
    name: 'GATEHOUSE_S3_PORT',
    kind: integer(0, 65_535),
    fallback: '9000',
    description: 'Port of the S3 listener; 0 takes any free one.',
  }),
  apiPort: fixed({
    name: 'GATEHOUSE_API_PORT',
    kind: integer(0, 65_535),
    fallback: '9001',
    description: 'Port of the API listener; 0 takes any free one.',
  }),
  publicS3Url: optional({
    name: 'GATEHOUSE_PUBLIC_S3_URL',
    kind: origin,
    whenAbsent: 'the address a request came to',
    description: 'How clients reach the S3 listener, when a proxy stands in front of it; it decides the signed host.',
  }),
  publicApiUrl: optional({
    name: 'GATEHOUSE_PUBLIC_API_URL',
    kind: origin,
    whenAbsent: 'the address a request came to',
    description:
      'How clients reach the API listener, when a proxy stands in front of it: the issuer of tokens, and where links in mails and log-ins elsewhere lead.',
  }),
  s3Domain: optional({
    name: 'GATEHOUSE_S3_DOMAIN',
    kind: domain,
    whenAbsent: 'path style only',
    description:
      'Host name suffix of virtual-host style: with `s3.example.org`, `photos.s3.example.org` is bucket `photos`.',
  }),
  region: fixed({
    name: 'GATEHOUSE_REGION',
    kind: region,
    fallback: 'us-east-1',
    description: 'Region that signatures are made for.',
  }),
  rootUser: fixed({
    name: 'GATEHOUSE_ROOT_USER',
    kind: accountName,
    fallback: 'root',
    description: 'Name of the account that may do everything.',
  }),
  rootPassword: optional({
    name: 'GATEHOUSE_ROOT_PASSWORD',
    kind: password,
    secret: true,
    whenAbsent: 'none: root has no log-in',
    description: 'Password of the root account.',
  }),
  rootAccessKey: optional({
    name: 'GATEHOUSE_ROOT_ACCESS_KEY',
    kind: accessKey,
    whenAbsent: 'generated at first start',
    description: 'Access key of the root account; given together with its secret key.',
  }),
  rootSecretKey: optional({
    name: 'GATEHOUSE_ROOT_SECRET_KEY',
    kind: secretKey,
    secret: true,
    whenAbsent: 'generated at first start',
    description: 'Secret key of the root account.',
  }),
  masterKey: optional({
    name: 'GATEHOUSE_MASTER_KEY',
    kind: key32,
    secret: true,
    whenAbsent: 'generated at first start into `<data>/master.key`',
    description: 'Key that wraps every stored secret. Losing it loses them.',
  }),
  metadataUrl: optional({
    name: 'GATEHOUSE_METADATA_URL',
    kind: metadataStore,
    whenAbsent: '`sqlite:<data>/metadata.db`',
    description: 'Database of the metadata.',
  }),
  backendUrl: optional({
    name: 'GATEHOUSE_BACKEND_URL',
    kind: blobStore,
    whenAbsent: '`file:<data>/blobs`',
    description: 'Store of the blobs. `memory:` forgets everything at exit.',
  }),
  storageClasses: optional({
    name: 'GATEHOUSE_STORAGE_CLASSES',
    kind: storageClasses,
    whenAbsent: 'STANDARD alone',
    description:
      'Further storage classes and where their objects are kept, for `x-amz-storage-class` and the transitions of lifecycle rules.',
  }),
  trustedProxies: optional({
    name: 'GATEHOUSE_TRUSTED_PROXIES',
    kind: addressList,
    whenAbsent: 'none',
    description: 'Proxies whose `X-Forwarded-For`, `X-Forwarded-Host` and `X-Forwarded-Proto` headers count.',
  }),
  blockPublicAccess: fixed({
    name: 'GATEHOUSE_BLOCK_PUBLIC_ACCESS',
    kind: oneOf('on', 'off', 'always'),
    fallback: 'on',
    description:
      'Whether a bucket that was not told otherwise refuses to be opened to whoever comes, as new buckets do on S3; `always` keeps every bucket from it, whatever its owner says.',
  }),
  objectOwnership: fixed({
    name: 'GATEHOUSE_OBJECT_OWNERSHIP',
    kind: oneOf('BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'),
    fallback: 'BucketOwnerEnforced',
    description:
      'Who owns what others write to a bucket that was not told otherwise. ACLs count in all but the first, as they did in all buckets of S3 before 2023.',
  }),
  durability: fixed({
    name: 'GATEHOUSE_DURABILITY',
    kind: oneOf('full', 'relaxed'),
    fallback: 'full',
    description:
      '`full` syncs to disk before it replies; `relaxed` may lose what was stored in the last moments before a power cut.',
  }),
  inlineLimit: fixed({
    name: 'GATEHOUSE_INLINE_LIMIT',
    kind: bytes(0, 1024 ** 2),
    fallback: '32KiB',
    description: 'Payloads up to this size live in the database.',
  }),
  deduplication: fixed({
    name: 'GATEHOUSE_DEDUPLICATION',
    kind: oneOf('known', 'always', 'off'),
    fallback: 'known',
    description:
      'Which payloads are stored once when their bytes are the same: those whose SHA-256 the client or the drive tells (from 4 KiB on; in drives of any size), all (which costs computing it), or none.',
  }),
  minFreeSpace: fixed({
    name: 'GATEHOUSE_MIN_FREE_SPACE',
    kind: bytes(0, MAX_BYTES),
    fallback: '64MiB',
    description: 'Space kept free on the data disk: writes are refused below it, so that deletes still work.',
  }),
  sweepInterval: fixed({
    name: 'GATEHOUSE_SWEEP_INTERVAL',
    kind: seconds(1, DAY_SECONDS),
    fallback: '300',
    description: 'Seconds between two sweeps of blobs that nothing refers to.',
  }),
  sweepGrace: fixed({
    name: 'GATEHOUSE_SWEEP_GRACE',
    kind: seconds(0, 30 * DAY_SECONDS),
    fallback: '3600',
    description: 'Seconds that such a blob is kept, for reads and writes in flight.',
  }),
  eventRetention: fixed({
    name: 'GATEHOUSE_EVENT_RETENTION',
    kind: hours(1, 87_600),
    fallback: '168',
    description: 'Hours that an event stays in the log.',
  }),
  lifecycleDay: fixed({
    name: 'GATEHOUSE_LIFECYCLE_DAY',
    kind: seconds(1, DAY_SECONDS),
    fallback: '86400',
    description: 'Seconds of a day of lifecycle rules; fewer than those of a real one are for tests.',
  }),
  customerKeysOverHttp: fixed({
    name: 'GATEHOUSE_SSE_C_OVER_HTTP',
    kind: oneOf('allow', 'forbid'),
    fallback: 'allow',
    description:
      '`forbid` refuses requests with a customer key (SSE-C) that did not come over TLS, as S3 does; a trusted proxy tells how they came.',
  }),
  ...accountSettings,
  ...driveSettings,
  logLevel: fixed({
    name: 'GATEHOUSE_LOG_LEVEL',
    kind: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    fallback: 'info',
    description: 'The least severe log line that is written.',
  }),
  idleTimeout: fixed({
    name: 'GATEHOUSE_IDLE_TIMEOUT',
    kind: seconds(1, DAY_SECONDS),
    fallback: '120',
    description: 'Seconds that a connection may be silent.',
  }),
  shutdownTimeout: fixed({
    name: 'GATEHOUSE_SHUTDOWN_TIMEOUT',
    kind: seconds(0, DAY_SECONDS),
    fallback: '30',
    description: 'Seconds that requests in flight get to finish on SIGTERM.',
  }),
} as const;

/** The values of all settings, by their short names. */
export type SettingValues = {
  readonly [K in keyof typeof settings]: (typeof settings)[K] extends SettingWithFallback<infer T>
    ? T
    : (typeof settings)[K] extends Setting<infer T>
      ? T | undefined
      : never;
};
