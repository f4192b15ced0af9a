declare const bucketNameBrand: unique symbol;

/** A bucket name that obeys S3's naming rules. */
export type BucketName = string & { readonly [bucketNameBrand]: true };

const SHAPE = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const IP_ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;
const RESERVED_PREFIXES = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const RESERVED_SUFFIXES = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'];

/** Whether a text may name a bucket, by the rules of "General purpose bucket naming rules". */
export function isBucketName(text: string): text is BucketName {
  return (
    SHAPE.test(text) &&
    !text.includes('..') &&
    !IP_ADDRESS.test(text) &&
    !RESERVED_PREFIXES.some((prefix) => text.startsWith(prefix)) &&
    !RESERVED_SUFFIXES.some((suffix) => text.endsWith(suffix))
  );
}
