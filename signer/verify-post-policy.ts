import { MAX_SKEW_MS } from './constants.ts';
import { type PostFields, parsePostClaim } from './post-claim.ts';
import { requireScope } from './require-scope.ts';
import { matches } from './signature-bytes.ts';
import { SignatureError } from './signature-error.ts';
import { signatureMismatch } from './signature-mismatch.ts';
import { deriveSigningKey } from './signing-key.ts';

/** `now` is in milliseconds since the epoch. */
export interface VerifyPostPolicyInput {
  readonly fields: PostFields;
  readonly secretKey: string;
  readonly region: string;
  readonly now: number;
}

/**
 * Proves that the holder of the secret signed the policy of a POST form. What the policy demands, its expiration among it,
 * is `checkPostPolicy`'s.
 *
 * Throws what `parsePostClaim` throws, AccessDenied (unsigned, or signed in the future),
 * AuthorizationQueryParametersError (wrong region, service or date) and SignatureDoesNotMatch.
 */
export function verifyPostPolicy({ fields, secretKey, region, now }: VerifyPostPolicyInput): void {
  const claim = parsePostClaim(fields);
  if (claim === undefined) throw new SignatureError('AccessDenied', 'Access Denied');
  requireScope({ kind: 'query', scope: claim.scope, timestamp: claim.timestamp }, { region });
  if (claim.signedAt - now > MAX_SKEW_MS) throw new SignatureError('AccessDenied', 'Request is not yet valid');
  const signingKey = deriveSigningKey({ secretKey, scope: claim.scope });
  if (!matches({ signingKey, text: claim.policy, claimed: claim.signature })) {
    throw signatureMismatch({ claim, toSign: claim.policy });
  }
}
