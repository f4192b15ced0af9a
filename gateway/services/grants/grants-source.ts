import { type GrantRow, granteeWords, type Metadata, targetOf, targetWords } from '../../../metadata/index.ts';
import type { AccessSource, Decision, Question } from '../access/index.ts';
import type { BucketConfigs } from '../bucket-configs.ts';
import { type BlockPublicAccess, effectivePublicAccess } from '../public-access.ts';
import { privilegesFor } from './actions.ts';
import { HeldGrants } from './held-grants.ts';

export interface GrantsSourceParts {
  readonly metadata: Metadata;
  /** Whether a bucket that was never told blocks whatever is public. */
  readonly blockPublicAccess: BlockPublicAccess;
}

interface Kept {
  readonly version: number;
  readonly grants: Promise<HeldGrants>;
}

const MAX_KEPT = 10_000;
const LISTS_PREFIXES = /^s3:ListBucket/;

/** Allows what has been granted to an account, to its roles and to PUBLIC. */
export class GrantsSource implements AccessSource {
  readonly name = 'grant';
  readonly #parts: GrantsSourceParts;
  /** By account; '' is PUBLIC. */
  readonly #kept = new Map<string, Kept>();

  constructor(parts: GrantsSourceParts) {
    this.#parts = parts;
  }

  async judge(question: Question, configs: BucketConfigs): Promise<Decision | undefined> {
    const { principal, resource, action } = question;
    if (resource.kind !== 'bucket' || privilegesFor(action).length === 0) return undefined;
    // First the version: what is read after it may be newer and is then read again, but is never older.
    const version = (await this.#parts.metadata.queries.findGrantsVersion(''))?.version ?? 0;
    if (version === 0) return undefined;
    const own = principal.kind === 'account' ? await this.#heldBy(principal.account.id, version) : undefined;
    const row = find(own, question) ?? find(await this.#heldByAll(configs, version), question);
    return row === undefined ? undefined : byGrant(row);
  }

  #heldByAll(configs: BucketConfigs, version: number): Promise<HeldGrants> | undefined {
    const block = effectivePublicAccess(configs, this.#parts.blockPublicAccess);
    return block?.restrictPublicBuckets === true ? undefined : this.#heldBy('', version);
  }

  #heldBy(accountId: string, version: number): Promise<HeldGrants> {
    const kept = this.#kept.get(accountId);
    if (kept?.version === version) return kept.grants;
    const grants = this.#load(accountId);
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(accountId, { version, grants });
    // What could not be read is read again by the next.
    grants.catch(() => this.#kept.delete(accountId));
    return grants;
  }

  async #load(accountId: string): Promise<HeldGrants> {
    return new HeldGrants(await this.#parts.metadata.queries.listGrantsHeld(accountId === '' ? null : accountId));
  }
}

function find(held: HeldGrants | undefined, { resource, action, context }: Question): GrantRow | undefined {
  if (held === undefined || resource.kind !== 'bucket') return undefined;
  const { bucket, key } = resource;
  return held.find(bucket.id, privilegesFor(action), (grants) => {
    if (key !== undefined) return grants.onObject(key);
    if (action === 's3:GetBucketLocation') return grants.onAnyPrefix();
    // "s3:prefix": who may list a prefix must name it, or one within it.
    const prefix = LISTS_PREFIXES.test(action) ? context.get('s3:prefix') : undefined;
    return typeof prefix === 'string' ? grants.onPrefix(prefix) : grants.onBucket();
  });
}

function byGrant(row: GrantRow): Decision {
  const { privilege, grantee } = row;
  const to =
    grantee === 'public'
      ? 'PUBLIC'
      : granteeWords({ kind: grantee.startsWith('role:') ? 'role' : 'user', name: row.grantee_name ?? '' });
  return { allowed: true, statement: `GRANT ${privilege} ON ${targetWords(targetOf(row))} TO ${to}` };
}
