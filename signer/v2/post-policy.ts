import type { PostFields } from '../post-claim.ts';
import { SignatureError } from '../signature-error.ts';
import { signatureMismatch } from '../signature-mismatch.ts';
import { matchesV2 } from './matches.ts';

/** What a form signed with Signature V2 says of itself; nothing in it is proven until `verifyV2PostPolicy` has returned. */
export interface V2PostClaim {
  readonly accessKey: string;
  /** Base64. */
  readonly signature: string;
  /** The policy document in base64: the string to sign. */
  readonly policy: string;
  readonly sessionToken?: string;
}

/**
 * Reads who a POST form claims to be from; undefined where it is not signed with Signature V2. Throws InvalidArgument
 * for a missing field.
 * Source: "Authenticating requests in browser-based uploads using POST (AWS signature version 2)".
 */
export function parseV2PostClaim(fields: PostFields): V2PostClaim | undefined {
  const isSigned = fields.has('awsaccesskeyid') || fields.has('signature');
  if (!isSigned || fields.has('x-amz-signature')) return undefined;
  const sessionToken = fields.get('x-amz-security-token');
  return {
    accessKey: required(fields, 'AWSAccessKeyId'),
    signature: required(fields, 'signature'),
    policy: required(fields, 'policy'),
    ...(sessionToken !== undefined && { sessionToken }),
  };
}

/** Proves that the holder of the secret signed the policy. Throws SignatureDoesNotMatch. */
export function verifyV2PostPolicy(claim: V2PostClaim, secretKey: string): void {
  if (matchesV2({ secretKey, text: claim.policy, claimed: claim.signature })) return;
  throw signatureMismatch({ claim, toSign: claim.policy });
}

function required(fields: PostFields, name: string): string {
  const value = fields.get(name.toLowerCase());
  if (value) return value;
  const message = `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`;
  throw new SignatureError('InvalidArgument', message, { ArgumentName: name });
}
