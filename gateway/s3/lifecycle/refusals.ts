import { S3Error } from '../errors.ts';

/** A configuration that contradicts itself, in S3's words. */
export function invalidRequest(message: string): S3Error {
  return new S3Error('InvalidRequest', { message });
}

/** A value that an element cannot have, in S3's words. */
export function invalidArgument(message: string, name: string, value: string | number): S3Error {
  return new S3Error('InvalidArgument', {
    message,
    detail: { ArgumentName: name, ArgumentValue: String(value) },
  });
}

/** A prefix of a rule where filters are used. */
export function prefixBesideFilter(): S3Error {
  return invalidRequest('Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.');
}
