import type { AccountRow, BucketRow } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import type { BucketConfigs } from '../bucket-configs.ts';
import type { ObjectInfo } from '../object-info.ts';
import { type ObjectOwnership, ownerOfNew, ownershipOf } from '../ownership.ts';
import { type Acl, encodeAcl, isPrivate, isPublic, privateAcl } from './acl.ts';
import type { AclSubject } from './canned.ts';
import { type RequestedAcl, resolveAcl } from './requested-acl.ts';
import { type AclParts, saysWhatHolds, settleAcl } from './settle-acl.ts';

/** Whose something is, and what its ACL grants. */
export interface OwnedAcl {
  readonly ownerId: string;
  readonly grants: Acl;
}

/** A version that there is going to be. */
export interface NewVersion {
  readonly bucket: BucketRow;
  /** Undefined: nobody that is known. */
  readonly writerId: string | undefined;
  readonly requested: RequestedAcl | undefined;
}

/** What the database is told of it: what is left out goes without saying. */
export interface NewVersionAcl {
  readonly acl?: string | undefined;
  readonly ownerId?: string | undefined;
}

/** A bucket that there is going to be; left out: as the gateway has it by default. */
export interface NewBucket {
  readonly account: AccountRow;
  readonly ownership: ObjectOwnership | undefined;
  readonly requested: RequestedAcl | undefined;
}

/** An ACL and who puts it where. */
export interface PutAcl {
  readonly bucket: BucketRow;
  readonly accountId: string;
  readonly requested: RequestedAcl;
}

const NOTHING: NewVersionAcl = {};

/** The ACLs of buckets and objects, and who owns what is in a bucket. */
export class Acls {
  readonly #parts: AclParts;

  constructor(parts: AclParts) {
    this.#parts = parts;
  }

  async ownershipOf(bucket: BucketRow): Promise<ObjectOwnership> {
    return ownershipOf(await this.#parts.configs.of(bucket), this.#parts.defaultOwnership);
  }

  /** "Bucket owner enforced (default) - ACLs are disabled". */
  async areOff(bucket: BucketRow): Promise<boolean> {
    return (await this.ownershipOf(bucket)) === 'BucketOwnerEnforced';
  }

  /** Where ACLs are off: the owner may do everything, and nobody else anything. */
  async ofBucket(bucket: BucketRow): Promise<OwnedAcl> {
    const { acl } = await this.#parts.configs.of(bucket);
    const { account_id: ownerId } = bucket;
    const grants = acl === undefined || (await this.areOff(bucket)) ? privateAcl(ownerId) : acl;
    return { ownerId, grants };
  }

  /** As `ofBucket`; and where ACLs are off, the bucket's owner owns every object. */
  async ofObject(bucket: BucketRow, { ownerId, acl }: Pick<ObjectInfo, 'ownerId' | 'acl'>): Promise<OwnedAcl> {
    if (await this.areOff(bucket)) return { ownerId: bucket.account_id, grants: privateAcl(bucket.account_id) };
    return { ownerId, grants: acl ?? privateAcl(ownerId) };
  }

  /** @throws Failure as `settleAcl` */
  async putBucketAcl({ bucket, accountId, requested }: PutAcl): Promise<void> {
    const { account_id: ownerId } = bucket;
    const subject: AclSubject = { kind: 'bucket', ownerId, bucketOwnerId: ownerId };
    const acl = await settleAcl({ requested, subject, configs: await this.#parts.configs.of(bucket) }, this.#parts);
    if (acl === undefined) return;
    const target = { bucket, accountId, name: 'acl' } as const;
    const { configs } = this.#parts;
    await (isPrivate(acl, ownerId) ? configs.delete(target) : configs.put({ ...target, document: acl }));
  }

  /** Changes it of the version that was found. @throws Failure as `settleAcl` and `setAcl` */
  async putObjectAcl(put: PutAcl & { readonly key: string; readonly info: ObjectInfo }): Promise<void> {
    const { bucket, accountId, requested, key, info } = put;
    const { seq, ownerId, versionId } = info;
    const subject: AclSubject = { kind: 'object', ownerId, bucketOwnerId: bucket.account_id };
    const acl = await settleAcl({ requested, subject, configs: await this.#parts.configs.of(bucket) }, this.#parts);
    if (acl === undefined) return;
    const target = { bucketId: bucket.id, key, versionId, seq, accountId, at: new Date().toISOString() };
    await this.#parts.metadata.mutations.setAcl({ ...target, acl: encodeAcl(acl, ownerId) });
  }

  /** At once, as a rule: it is asked with every upload. @throws Failure as `settleAcl` */
  ofNewVersion(version: NewVersion): NewVersionAcl | Promise<NewVersionAcl> {
    const configs = this.#parts.configs.of(version.bucket);
    return configs instanceof Promise
      ? configs.then((loaded) => this.#ofNewVersion(version, loaded))
      : this.#ofNewVersion(version, configs);
  }

  #ofNewVersion({ bucket, writerId, requested }: NewVersion, configs: BucketConfigs) {
    const { account_id: bucketOwnerId } = bucket;
    const owner = ownerOfNew(ownershipOf(configs, this.#parts.defaultOwnership), {
      writerId,
      bucketOwnerId,
      givesBucketOwnerFullControl: requested?.canned === 'bucket-owner-full-control',
    });
    const ownerId = owner === bucketOwnerId ? undefined : owner;
    if (requested === undefined) return ownerId === undefined ? NOTHING : { ownerId };
    const subject: AclSubject = { kind: 'object', ownerId: owner, bucketOwnerId };
    const asked = { requested, subject, configs };
    return settleAcl(asked, this.#parts).then((acl) => ({ ownerId, acl: acl && encodeAcl(acl, owner) }));
  }

  /**
   * What a new bucket is told, as it is stored.
   * @throws Failure `InvalidBucketAclWithObjectOwnership`, `InvalidBucketAclWithBlockPublicAccessError`; and as `resolveAcl`
   */
  async ofNewBucket({
    account,
    ownership,
    requested,
  }: NewBucket): Promise<Pick<BucketConfigs, 'acl' | 'ownershipControls'>> {
    const controls = ownership === undefined ? {} : { ownershipControls: { objectOwnership: ownership } };
    if (requested === undefined) return controls;
    const { metadata, defaultOwnership, blockPublicAccess } = this.#parts;
    if (ownershipOf(controls, defaultOwnership) === 'BucketOwnerEnforced') {
      if (await saysWhatHolds(requested, account.id, metadata)) return controls;
      throw new Failure('InvalidBucketAclWithObjectOwnership');
    }
    const acl = await resolveAcl(
      requested,
      { kind: 'bucket', ownerId: account.id, bucketOwnerId: account.id },
      metadata,
    );
    if (isPublic(acl) && blockPublicAccess !== 'off') throw new Failure('InvalidBucketAclWithBlockPublicAccessError');
    return isPrivate(acl, account.id) ? controls : { ...controls, acl };
  }

  /**
   * "If your bucket ACL grants access to others outside of your account, you must migrate [...] before": makes sure that it
   * does not. @throws Failure `InvalidBucketAclWithObjectOwnership`
   */
  async requireNoGrants(bucket: BucketRow): Promise<void> {
    const { acl } = await this.#parts.configs.of(bucket);
    if (acl === undefined || acl.every(({ account }) => account === bucket.account_id)) return;
    throw new Failure('InvalidBucketAclWithObjectOwnership');
  }
}
