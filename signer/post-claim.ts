import { ALGORITHM, TERMINATOR } from './constants.ts';
import { type CredentialScope, parseCredential } from './credential-scope.ts';
import { SignatureError, unsupportedMechanism } from './signature-error.ts';
import { parseTimestamp } from './timestamp.ts';

/** The text fields of a POST form by lower-case name, without the file. */
export type PostFields = ReadonlyMap<string, string>;

/** What a POST form says of its own signature; nothing in it is proven until `verifyPostPolicy` has returned. */
export interface PostClaim {
  readonly accessKey: string;
  readonly scope: CredentialScope;
  readonly signature: string;
  /** ISO 8601 basic format. */
  readonly timestamp: string;
  /** `timestamp` in milliseconds since the epoch. */
  readonly signedAt: number;
  /** The policy document in base64: the string to sign. */
  readonly policy: string;
  readonly sessionToken?: string;
}

const SIGNING_FIELDS = ['policy', 'x-amz-algorithm', 'x-amz-credential', 'x-amz-date', 'x-amz-signature'] as const;

/**
 * Reads who a POST form claims to be from; undefined for an anonymous one, which has neither a policy nor a signature.
 * Throws InvalidArgument for a missing or malformed field and InvalidRequest for a field of Signature V2, which
 * `parseV2PostClaim` reads where it stands alone.
 * Source: "Authenticating Requests in Browser-Based Uploads Using POST", S3 API Reference.
 */
export function parsePostClaim(fields: PostFields): PostClaim | undefined {
  if (fields.has('awsaccesskeyid') || fields.has('signature')) throw unsupportedMechanism();
  if (!SIGNING_FIELDS.some((name) => fields.has(name))) return undefined;
  const algorithm = requiredField(fields, 'x-amz-algorithm');
  if (algorithm !== ALGORITHM) throw invalidField('x-amz-algorithm', `X-Amz-Algorithm only supports "${ALGORITHM}"`);
  const sessionToken = fields.get('x-amz-security-token');
  return {
    ...credentialOf(fields),
    ...timeOf(fields),
    signature: requiredField(fields, 'x-amz-signature'),
    policy: requiredField(fields, 'policy'),
    ...(sessionToken !== undefined && { sessionToken }),
  };
}

function invalidField(name: string, message: string): SignatureError {
  return new SignatureError('InvalidArgument', message, { ArgumentName: name });
}

function requiredField(fields: PostFields, name: (typeof SIGNING_FIELDS)[number]): string {
  const value = fields.get(name);
  if (value) return value;
  throw invalidField(
    name,
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
  );
}

function credentialOf(fields: PostFields): { accessKey: string; scope: CredentialScope } {
  const credential = parseCredential(requiredField(fields, 'x-amz-credential'));
  if (credential !== undefined) return credential;
  throw invalidField(
    'x-amz-credential',
    `Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/${TERMINATOR}".`,
  );
}

function timeOf(fields: PostFields): { timestamp: string; signedAt: number } {
  const timestamp = requiredField(fields, 'x-amz-date');
  const signedAt = parseTimestamp(timestamp);
  if (signedAt !== undefined) return { timestamp, signedAt };
  throw invalidField('x-amz-date', "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
}
