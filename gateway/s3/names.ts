import { type BucketName, isBucketName } from '../services/bucket-names.ts';
import { S3Error } from './errors.ts';

declare const objectKeyBrand: unique symbol;

/** An object key of 1 to 1024 bytes of UTF-8; only `parseObjectKey` makes one. */
export type ObjectKey = string & { readonly [objectKeyBrand]: true };

/** "The maximum length of an object key name is 1,024 bytes of UTF-8" ("Naming Amazon S3 objects"). */
export const MAX_KEY_BYTES = 1024;

const LONE_SURROGATE = /\p{Surrogate}/u;
/**
 * A bucket name by the rules of "General purpose bucket naming rules".
 * @throws S3Error `InvalidBucketName` with the name as detail.
 */
export function parseBucketName(text: string): BucketName {
  if (!isBucketName(text)) throw new S3Error('InvalidBucketName', { detail: { BucketName: text } });
  return text;
}

/**
 * An object key: any Unicode text but NUL, at most 1024 bytes of UTF-8.
 * @throws S3Error `KeyTooLongError` with `Size` and `MaxSizeAllowed` in bytes; `InvalidArgument` for an empty key, a NUL
 * or a lone surrogate, which UTF-8 cannot carry.
 */
export function parseObjectKey(text: string): ObjectKey {
  if (!isObjectKey(text)) throw keyError(text);
  return text;
}

function isObjectKey(text: string): text is ObjectKey {
  if (text.length === 0 || text.includes('\0') || LONE_SURROGATE.test(text)) return false;
  // A UTF-16 unit is at most three bytes of UTF-8, so short keys need no counting.
  return text.length * 3 <= MAX_KEY_BYTES || Buffer.byteLength(text) <= MAX_KEY_BYTES;
}

function keyError(text: string): S3Error {
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > MAX_KEY_BYTES) {
    return new S3Error('KeyTooLongError', { detail: { Size: `${sizeBytes}`, MaxSizeAllowed: `${MAX_KEY_BYTES}` } });
  }
  const message = text === '' ? 'The object key must not be empty.' : 'The object key must be UTF-8 text without NUL.';
  return new S3Error('InvalidArgument', {
    message,
    detail: { ArgumentName: 'key', ArgumentValue: text.replace(LONE_SURROGATE, '\uFFFD') },
  });
}
