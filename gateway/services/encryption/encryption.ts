import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  openWithCustomerKey,
  otherEncryption,
  requireCustomerKey,
  requireKeyOfUpload,
  sealOfCustomer,
} from './customer-key.ts';
import { KeyRing, type KeyRingOptions, type KmsKey } from './key-ring.ts';
import { openSealedKey, type Seal, sealKey } from './sealed-key.ts';
import type { CustomerKey, EncryptionContext, EncryptionRequest, StoredEncryption } from './stored-encryption.ts';

/** An encryption that was asked for, settled. */
export interface NewEncryption {
  /** For the row of the object. */
  readonly stored: StoredEncryption;
  /** For its bytes; never stored. */
  readonly dataKey: Buffer;
}

/** A change of an object's encryption that leaves its bytes as they are. */
export interface Rewrap {
  readonly stored: StoredEncryption;
  /** What the object is encrypted with until now. */
  readonly customerKey?: CustomerKey | undefined;
  readonly request: EncryptionRequest;
}

const DATA_KEY_BYTES = 32;

/**
 * The data keys of objects. An object has one, of which the keys of all its blobs are derived. Its row keeps it sealed
 * with the customer's key (SSE-C), the master key (SSE-S3) or a key of the ring (SSE-KMS).
 */
export class Encryption {
  readonly keyRing: KeyRing;
  readonly #masterKey: Buffer;

  constructor(options: KeyRingOptions) {
    this.keyRing = new KeyRing(options);
    this.#masterKey = options.masterKey;
  }

  /** A new data key, sealed as asked for. @throws Failure `KMS.NotFoundException`, `KMS.DisabledException` */
  async seal(request: EncryptionRequest): Promise<NewEncryption> {
    const dataKey = randomBytes(DATA_KEY_BYTES);
    return { stored: await this.#wrap(dataKey, request), dataKey };
  }

  /**
   * The data key of an object, for a request that has what it needs and no more; undefined where it is not encrypted.
   * @throws Failure what {@link requireCustomerKey} throws; `KMS.NotFoundException`, `KMS.DisabledException`
   */
  open(stored: StoredEncryption, customerKey?: CustomerKey): Promise<Buffer>;
  open(stored: StoredEncryption | undefined, customerKey?: CustomerKey): Promise<Buffer | undefined>;
  async open(stored: StoredEncryption | undefined, customerKey?: CustomerKey): Promise<Buffer | undefined> {
    if (stored?.mode === 'SSE-C') return openWithCustomerKey(stored, customerKey);
    requireCustomerKey(stored, customerKey);
    if (stored === undefined) return undefined;
    const seal = stored.mode === 'SSE-S3' ? this.#sealOfMaster() : await this.#sealOfVersion(stored);
    return openSealedKey(stored.wrapped, seal);
  }

  /** The data key for a part of an upload. @throws Failure what {@link requireKeyOfUpload} and `open` throw */
  async openForPart(stored: StoredEncryption | undefined, customerKey?: CustomerKey): Promise<Buffer | undefined> {
    requireKeyOfUpload(stored, customerKey);
    return this.open(stored, customerKey);
  }

  /**
   * Makes sure that a request which repeats the encryption of its upload says the same, as far as it says it.
   * @throws Failure `InvalidRequest`; `KMS.NotFoundException`, `KMS.DisabledException`
   */
  async requireSame(stored: StoredEncryption | undefined, repeated: EncryptionRequest): Promise<void> {
    if (stored?.mode !== repeated.mode) throw otherEncryption();
    if (stored.mode !== 'SSE-KMS' || repeated.mode !== 'SSE-KMS') return;
    const { keyId, context } = repeated;
    if (keyId !== undefined && (await this.keyRing.sealingKey(keyId)).keyId !== stored.keyId) throw otherEncryption();
    if (context !== undefined && !isDeepStrictEqual(context, stored.context)) throw otherEncryption();
  }

  /** The same data key, sealed otherwise. @throws Failure what `open` and `seal` throw */
  async rewrap({ stored, customerKey, request }: Rewrap): Promise<StoredEncryption> {
    return this.#wrap(await this.open(stored, customerKey), request);
  }

  async #wrap(dataKey: Buffer, request: EncryptionRequest): Promise<StoredEncryption> {
    const { mode } = request;
    if (mode === 'SSE-C') {
      return { mode, keyMd5: request.keyMd5, wrapped: sealKey(dataKey, sealOfCustomer(request)) };
    }
    if (mode === 'SSE-S3') return { mode, wrapped: sealKey(dataKey, this.#sealOfMaster()) };
    const { context } = request;
    const key = await this.keyRing.sealingKey(request.keyId);
    return {
      mode,
      keyId: key.keyId,
      keyVersion: key.keyVersion,
      wrapped: sealKey(dataKey, sealOfRing(key, context)),
      ...(context !== undefined && { context }),
      ...(request.bucketKey && { bucketKey: true }),
    };
  }

  #sealOfMaster(): Seal {
    return { key: this.#masterKey, label: 'gatehouse SSE-S3 v1', context: 'SSE-S3' };
  }

  async #sealOfVersion(stored: StoredEncryption & { readonly mode: 'SSE-KMS' }): Promise<Seal> {
    return sealOfRing(await this.keyRing.openingKey(stored), stored.context);
  }
}

function sealOfRing({ keyId, keyVersion, material }: KmsKey, context: EncryptionContext = {}): Seal {
  // The same context, however its pairs are ordered.
  const pairs = Object.entries(context).sort(([one], [other]) => (one < other ? -1 : 1));
  return { key: material, label: 'gatehouse SSE-KMS v1', context: JSON.stringify([keyId, keyVersion, pairs]) };
}
