import type { Accounts } from './accounts.ts';
import type { Buckets } from './buckets.ts';
import type { Multipart } from './multipart.ts';
import type { Objects } from './objects.ts';

/** What the surfaces stand on. */
export interface Services {
  readonly accounts: Accounts;
  readonly buckets: Buckets;
  readonly objects: Objects;
  readonly multipart: Multipart;
}
