import type { Metadata } from '../../../metadata/index.ts';
import type { AccessSource, Decision, Question, Resource } from '../access/index.ts';
import type { BucketConfigs } from '../bucket-configs.ts';
import { type ObjectOwnership, ownershipOf } from '../ownership.ts';
import { type BlockPublicAccess, effectivePublicAccess } from '../public-access.ts';
import { type Acl, decodeAcl, type Grant, privateAcl } from './acl.ts';
import { type Asker, findGrant, type Needed, neededFor } from './permissions.ts';

type InBucket = Exclude<Resource, { readonly kind: 'service' }>;

export interface AclSourceParts {
  readonly metadata: Metadata;
  /** Of buckets that were not told otherwise. */
  readonly defaultOwnership: ObjectOwnership;
  readonly blockPublicAccess: BlockPublicAccess;
}

/** Allows what the ACLs of buckets and objects allow. A row is read only for what is asked of an object's own ACL. */
export class AclSource implements AccessSource {
  readonly name = 'acl';
  readonly #parts: AclSourceParts;

  constructor(parts: AclSourceParts) {
    this.#parts = parts;
  }

  judge({ principal, action, resource }: Question, configs: BucketConfigs) {
    const needed = neededFor(action);
    if (needed === undefined || resource.kind === 'service') return undefined;
    if (ownershipOf(configs, this.#parts.defaultOwnership) === 'BucketOwnerEnforced') return undefined;
    const block = effectivePublicAccess(configs, this.#parts.blockPublicAccess);
    const asker: Asker = {
      accountId: principal.kind === 'anonymous' ? undefined : principal.account.id,
      ignorePublic: block?.ignorePublicAcls === true,
    };
    if (needed.on === 'bucket') return judgeBucket({ resource, configs, permission: needed.permission, asker });
    return this.#judgeObject({ resource, configs, permission: needed.permission, asker });
  }

  #judgeObject(input: Judgement): Decision | undefined | Promise<Decision | undefined> {
    const { resource } = input;
    if (resource.kind !== 'bucket' || resource.key === undefined) return undefined;
    // Who writes a version may say what is granted of it: "WRITE [...] and the object owner has FULL_CONTROL".
    if (resource.isNew) return judgeBucket({ ...input, permission: 'WRITE' });
    return this.#judgeVersion(input, resource.key);
  }

  async #judgeVersion(input: Judgement, key: string): Promise<Decision | undefined> {
    const { permission, asker } = input;
    const row = await this.#find(input.resource, key);
    // Nothing is kept from who may list the bucket: that there is nothing is what it is told.
    if (row === undefined) return permission === 'READ' ? judgeBucket(input) : undefined;
    const { account_id: ownerId, acl } = row;
    if (ownerId === asker.accountId && (permission === 'READ_ACP' || permission === 'WRITE_ACP')) return ALLOW_OWNER;
    const grant = findGrant(decodeAcl(acl) ?? privateAcl(ownerId), permission, asker);
    return grant && byAcl(grant, `object ${key}`);
  }

  async #find(resource: InBucket, key: string) {
    const { queries } = this.#parts.metadata;
    const { bucket } = resource;
    const versionId = resource.kind === 'bucket' ? resource.versionId : undefined;
    const row =
      versionId === undefined
        ? await queries.findObject(bucket.id, key)
        : await queries.findVersion({ bucketId: bucket.id, key, versionId });
    return row?.is_delete_marker === 1 ? undefined : row;
  }
}

interface Judgement {
  readonly resource: InBucket;
  readonly configs: BucketConfigs;
  readonly permission: Needed['permission'];
  readonly asker: Asker;
}

function judgeBucket({ resource, configs, permission, asker }: Judgement): Decision | undefined {
  const acl: Acl = configs.acl ?? [];
  const grant = findGrant(acl, permission, asker);
  return grant && byAcl(grant, `bucket ${resource.bucket.name}`);
}

/** "the object owner [...] always has permission to read and write the ACL". */
const ALLOW_OWNER: Decision = {
  allowed: true,
  statement: 'the owner of an object may read and write its ACL',
};

function byAcl({ permission, account, group }: Grant, name: string): Decision {
  return { allowed: true, statement: `the ACL of ${name} grants ${permission} to ${group ?? `account ${account}`}` };
}
