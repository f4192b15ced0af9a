import { Failure } from '../../../metadata/index.ts';
import { openSealedKey, type Seal, SealError } from './sealed-key.ts';
import type { CustomerKey, StoredEncryption } from './stored-encryption.ts';

type CustomerEncryption = StoredEncryption & { readonly mode: 'SSE-C' };

/** How a data key is sealed with a customer's key. */
export function sealOfCustomer({ key }: CustomerKey): Seal {
  return { key, label: 'gatehouse SSE-C v1', context: 'SSE-C' };
}

/**
 * Makes sure that a request has the key that an object needs, and none where it needs none. For what tells of an object
 * without its bytes: a key of the ring is not asked for.
 * @throws Failure `InvalidRequest`, and `AccessDenied` for another key
 */
export function requireCustomerKey(stored: StoredEncryption | undefined, customerKey: CustomerKey | undefined): void {
  if (stored?.mode === 'SSE-C') openWithCustomerKey(stored, customerKey);
  else if (customerKey !== undefined) throw notApplicable();
}

/** The data key of an object of SSE-C. @throws Failure `InvalidRequest` without a key, `AccessDenied` with another */
export function openWithCustomerKey(stored: CustomerEncryption, customerKey: CustomerKey | undefined): Buffer {
  if (customerKey === undefined) {
    throw new Failure(
      'InvalidRequest',
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    );
  }
  // Most wrong keys are told by their digest. What has the right one must open the data key all the same.
  if (customerKey.keyMd5 !== stored.keyMd5) throw wrongKey();
  try {
    return openSealedKey(stored.wrapped, sealOfCustomer(customerKey));
  } catch (error) {
    throw error instanceof SealError ? wrongKey(error) : error;
  }
}

/**
 * Makes sure that a part comes with the key of its upload: "the encryption information must be the same as what you
 * provided in the initiate multipart upload request" (UploadPart).
 * @throws Failure `InvalidRequest`
 */
export function requireKeyOfUpload(stored: StoredEncryption | undefined, customerKey: CustomerKey | undefined): void {
  const wanted = stored?.mode === 'SSE-C' ? stored.keyMd5 : undefined;
  if (wanted === customerKey?.keyMd5) return;
  if (wanted !== undefined && customerKey !== undefined) throw otherEncryption();
  throw new Failure(
    'InvalidRequest',
    'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.',
  );
}

/** The answer to another encryption than an upload was begun with. */
export function otherEncryption(): Failure {
  return new Failure('InvalidRequest', 'The provided encryption parameters did not match the ones used originally.');
}

/** The answer to a customer's key for what is not encrypted with one. */
function notApplicable(): Failure {
  return new Failure('InvalidRequest', 'The encryption parameters are not applicable to this object.');
}

function wrongKey(cause?: unknown): Failure {
  return new Failure(
    'AccessDenied',
    'Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.',
    {},
    { cause },
  );
}
