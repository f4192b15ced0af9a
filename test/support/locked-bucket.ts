import {
  CreateBucketCommand,
  DeleteObjectCommand,
  type DeleteObjectCommandInput,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type ObjectLockConfiguration,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  type PutObjectRetentionCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { s3Failure } from './s3-failure.ts';

/** What deleting or changing a locked version is answered with. */
export const PROTECTED = s3Failure('AccessDenied', 403, /^Access Denied because object protected by object lock\.$/);

const HOUR_MS = 3_600_000;

/** A whole second so many hours from now: SDKs send no fractions. */
export function hoursFromNow(hours: number): Date {
  return new Date(Math.floor(Date.now() / 1000) * 1000 + hours * HOUR_MS);
}

/** A bucket that can lock its versions, and the shortest words for what is done there. */
export class LockedBucket {
  readonly client: S3Client;
  readonly name: string;

  constructor(client: S3Client, name: string) {
    this.client = client;
    this.name = name;
  }

  static async create(client: S3Client, name: string): Promise<LockedBucket> {
    await client.send(new CreateBucketCommand({ Bucket: name, ObjectLockEnabledForBucket: true }));
    return new LockedBucket(client, name);
  }

  /** Resolves to the id of the version. */
  async put(Key: string, input: Partial<PutObjectCommandInput> = {}): Promise<string> {
    const command = new PutObjectCommand({ Bucket: this.name, Key, Body: `contents of ${Key}`, ...input });
    return (await this.client.send(command)).VersionId ?? '';
  }

  head(Key: string, VersionId?: string): Promise<HeadObjectCommandOutput> {
    return this.client.send(new HeadObjectCommand({ Bucket: this.name, Key, VersionId }));
  }

  delete(Key: string, input: Partial<DeleteObjectCommandInput> = {}) {
    return this.client.send(new DeleteObjectCommand({ Bucket: this.name, Key, ...input }));
  }

  retain(Key: string, input: Partial<PutObjectRetentionCommandInput>) {
    return this.client.send(new PutObjectRetentionCommand({ Bucket: this.name, Key, ...input }));
  }

  hold(Key: string, Status: 'ON' | 'OFF', VersionId?: string) {
    const target = { Bucket: this.name, Key, VersionId };
    return this.client.send(new PutObjectLegalHoldCommand({ ...target, LegalHold: { Status } }));
  }

  /** By default: no longer than writers ask for. */
  configure(Rule?: ObjectLockConfiguration['Rule']) {
    const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule } as const;
    return this.client.send(new PutObjectLockConfigurationCommand({ Bucket: this.name, ObjectLockConfiguration }));
  }
}
