import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import type { ServerSideEncryption } from '@aws-sdk/client-s3';
import { Gatehouse } from './gatehouse.ts';
import type { TestGateway } from './gateway.ts';

/** How a test has an object encrypted. */
export type ModeName = 'none' | 'SSE-C' | 'SSE-S3' | 'SSE-KMS';
export const MODE_NAMES: readonly ModeName[] = ['none', 'SSE-C', 'SSE-S3', 'SSE-KMS'];

/** The alias of the key of the ring that `modes` encrypts with. */
export const KMS_KEY = 'alias/photos';

export const MISSING_KEY =
  /^The object was stored using a form of Server Side Encryption\. The correct parameters must be provided to retrieve the object\.$/;
export const WRONG_KEY =
  /^Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key\.$/;
export const NOT_APPLICABLE = /^The encryption parameters are not applicable to this object\.$/;

const TARGET = 'x-amz-server-side-encryption-customer-';
const SOURCE = 'x-amz-copy-source-server-side-encryption-customer-';

/** A customer's key, in the forms in which requests bring it. */
export class TestKey {
  readonly key = randomBytes(32);
  readonly md5 = createHash('md5').update(this.key).digest('base64');

  /** For what is written or read, in inputs of the SDK, which adds the digest. */
  get target() {
    return { SSECustomerAlgorithm: 'AES256', SSECustomerKey: this.key.toString('base64') };
  }

  /** For the source of a copy. */
  get source() {
    return { CopySourceSSECustomerAlgorithm: 'AES256', CopySourceSSECustomerKey: this.key.toString('base64') };
  }

  get headers(): Record<string, string> {
    return this.#headers(TARGET);
  }

  get sourceHeaders(): Record<string, string> {
    return this.#headers(SOURCE);
  }

  #headers(prefix: string): Record<string, string> {
    return {
      [`${prefix}algorithm`]: 'AES256',
      [`${prefix}key`]: this.key.toString('base64'),
      [`${prefix}key-md5`]: this.md5,
    };
  }
}

/** What the SDK reads of the headers of encryption. */
export interface ToldEncryption {
  readonly ServerSideEncryption?: ServerSideEncryption | undefined;
  readonly SSEKMSKeyId?: string | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
  readonly SSECustomerKeyMD5?: string | undefined;
}

/** A mode, and what requests bring for it. */
export interface TestMode {
  readonly name: ModeName;
  /** For what makes an object. */
  readonly write: Record<string, string>;
  /** For what reads one, or adds a part. */
  readonly read: Record<string, string>;
  /** For what copies one. */
  readonly source: Record<string, string>;
  /** Asserts that a reply tells of this mode and of no other. */
  check(told: ToldEncryption): void;
}

/** A mode with a key of its own, where it has one. `kmsKeyId` is the id of `KMS_KEY`. */
export function testMode(name: ModeName, kmsKeyId: string, key = new TestKey()): TestMode {
  const shared = { name, read: {}, source: {} };
  if (name === 'none') return { ...shared, write: {}, check: expecting({}) };
  if (name === 'SSE-S3') {
    const write = { ServerSideEncryption: 'AES256' } as const;
    return { ...shared, write, check: expecting(write) };
  }
  if (name === 'SSE-KMS') {
    const write = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KMS_KEY } as const;
    const SSEKMSKeyId = `arn:aws:kms:us-east-1:000000000000:key/${kmsKeyId}`;
    return { ...shared, write, check: expecting({ ...write, SSEKMSKeyId }) };
  }
  const told = { SSECustomerAlgorithm: 'AES256', SSECustomerKeyMD5: key.md5 };
  return { name, write: key.target, read: key.target, source: key.source, check: expecting(told) };
}

function expecting(expected: ToldEncryption) {
  return (told: ToldEncryption) => {
    const { ServerSideEncryption, SSEKMSKeyId, SSECustomerAlgorithm, SSECustomerKeyMD5 } = told;
    const none = { ServerSideEncryption: undefined, SSEKMSKeyId: undefined };
    assert.deepEqual(
      { ServerSideEncryption, SSEKMSKeyId, SSECustomerAlgorithm, SSECustomerKeyMD5 },
      { ...none, SSECustomerAlgorithm: undefined, SSECustomerKeyMD5: undefined, ...expected },
    );
  };
}

/** Runs a `kms-key` command beside a gateway, as its operator does. */
export async function kmsKey(
  { dataFolder }: Pick<TestGateway, 'dataFolder'>,
  command: string,
  name = 'photos',
): Promise<{ readonly id: string }> {
  const gatehouse = new Gatehouse(dataFolder, { GATEHOUSE_DATA: dataFolder });
  return gatehouse.json('kms-key', command, name);
}
