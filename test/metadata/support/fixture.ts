import { after, before } from 'node:test';
import {
  type AuditEntry,
  Failure,
  type FailureCode,
  type Metadata,
  type Payload,
  type WriteCondition,
} from '../../../metadata/index.ts';
import type { BucketRow } from '../../../metadata/queries/buckets.ts';
import type { Dialect, TestDatabase } from './dialects.ts';

export const NOON = '2026-03-04T12:00:00.000Z';

/** What a mutation of an account leaves in the audit trail, for tests that are about something else. */
export const AUDIT: AuditEntry = {
  at: NOON,
  type: 'account.changed',
  accountId: null,
  actorId: null,
  address: null,
  userAgent: null,
  detail: {},
};

/** An account that a test may write as. */
export async function addAccount(metadata: Metadata, name: string): Promise<string> {
  const id = `id-of-${name}`;
  await metadata.mutations.createAccount({
    id,
    canonicalId: Buffer.from(name).toString('hex').padEnd(64, '0'),
    name,
    displayName: name,
    role: 'member',
    at: NOON,
    audit: AUDIT,
  });
  return id;
}

export async function addBucket(metadata: Metadata, name: string, accountId: string): Promise<BucketRow> {
  await metadata.mutations.createBucket({ name, accountId, region: 'us-east-1', at: NOON, ignoreClaims: true });
  return (await metadata.queries.findBucket(name)) as BucketRow; // it was just made
}

let lastLocation = 0;

/** Bytes that a backend has taken in, under a name that nobody has used before. */
export function staged(sizeBytes: number): Payload & { readonly kind: 'staged' } {
  lastLocation += 1;
  return { kind: 'staged', location: `location-${lastLocation}`, sizeBytes };
}

export function inline(text: string): Payload {
  return { kind: 'inline', bytes: Buffer.from(text) };
}

interface Put {
  readonly payload?: Payload;
  readonly etag?: string;
  readonly condition?: WriteCondition;
  readonly at?: string;
  readonly attributes?: string;
}

/** A bucket with its owner, and the shortest words for what most tests do there. */
export class Bench {
  readonly database: TestDatabase;
  readonly bucket: BucketRow;

  constructor(database: TestDatabase, bucket: BucketRow) {
    this.database = database;
    this.bucket = bucket;
  }

  get metadata(): Metadata {
    return this.database.metadata;
  }

  get accountId(): string {
    return this.bucket.account_id;
  }

  put(key: string, { payload = { kind: 'empty' }, etag = 'etag', condition, at = NOON, attributes = '{}' }: Put = {}) {
    return this.metadata.mutations.commitObject({
      ...this.target(key),
      at,
      condition,
      payload,
      sizeBytes: sizeOf(payload),
      etag,
      attributes,
    });
  }

  remove(key: string, condition?: WriteCondition) {
    return this.metadata.mutations.deleteObject({ ...this.target(key), condition });
  }

  find(key: string) {
    return this.metadata.queries.findObjectContent(this.bucket.id, key);
  }

  target(key: string) {
    return { bucketId: this.bucket.id, key, accountId: this.accountId, at: NOON };
  }

  /** A fresh bucket of the same owner, or of another. */
  async another(name: string, accountId: string = this.accountId): Promise<Bench> {
    return new Bench(this.database, await addBucket(this.metadata, name, accountId));
  }
}

export function sizeOf(payload: Payload): number {
  if (payload.kind === 'empty') return 0;
  return payload.kind === 'inline' ? payload.bytes.byteLength : payload.sizeBytes;
}

/** One database for a whole suite, with a bucket of its own for each test that asks. */
export function useBench(dialect: Dialect): () => Promise<Bench> {
  let database: TestDatabase;
  let accountId: string;
  let count = 0;
  before(async () => {
    database = await dialect.open();
    accountId = await addAccount(database.metadata, 'owner');
  });
  after(() => database.remove());
  return async () => {
    count += 1;
    return new Bench(database, await addBucket(database.metadata, `bucket-${count}`, accountId));
  };
}

/** For `assert.rejects`: the domain's own refusal, by its code. */
export function failure(code: FailureCode): (error: unknown) => boolean {
  return (error) => error instanceof Failure && error.code === code;
}
