import type { Accounts } from './accounts.ts';
import type { BucketConfigStore } from './bucket-configs.ts';
import type { Buckets } from './buckets.ts';
import type { Lifecycle } from './lifecycle/index.ts';
import type { Multipart } from './multipart.ts';
import type { Objects } from './objects.ts';
import type { Versions } from './versions.ts';

/** What the surfaces stand on. */
export interface Services {
  readonly accounts: Accounts;
  readonly buckets: Buckets;
  readonly configs: BucketConfigStore;
  readonly lifecycle: Lifecycle;
  readonly objects: Objects;
  readonly versions: Versions;
  readonly multipart: Multipart;
}
