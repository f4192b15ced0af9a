import {
  checkPostPolicy,
  type PostFields,
  parsePolicyDocument,
  parsePostClaim,
  parseV2PostClaim,
  verifyPostPolicy,
  verifyV2PostPolicy,
} from '../../signer/index.ts';
import type { Services } from '../services/index.ts';
import { ANONYMOUS, proveAccount } from './authenticate.ts';
import type { Authenticated } from './operation.ts';
import { readPostForm } from './post-form.ts';
import type { S3Request } from './request.ts';

/**
 * Proves who signed the policy of a browser upload, and holds the form to that policy. A form without one is anonymous.
 * @throws SignatureError as the signer documents; S3Error as `readPostForm` and `proveAccount`
 */
export async function authenticateForm(request: S3Request, services: Services, region: string): Promise<Authenticated> {
  const { fields, key, openFile } = await readPostForm(request);
  const now = Date.now();
  const proof = readProof(fields, { region, now });
  if (proof === undefined) return { ...ANONYMOUS, form: { fields, key, file: openFile() } };
  const { claim, verify } = proof;
  const { principal } = await proveAccount({ claim, services, verify });
  const policy = parsePolicyDocument(claim.policy);
  checkPostPolicy(policy, { fields, bucket: request.address.bucket ?? '', now });
  return { principal, form: { fields, key, file: openFile(policy) } };
}

interface Proof {
  readonly claim: { readonly accessKey: string; readonly policy: string; readonly sessionToken?: string };
  readonly verify: (secretKey: string) => void;
}

/** By Signature V4, or by V2, which boto3 still makes where it may. */
function readProof(fields: PostFields, context: { readonly region: string; readonly now: number }): Proof | undefined {
  const v2Claim = parseV2PostClaim(fields);
  if (v2Claim !== undefined) {
    return { claim: v2Claim, verify: (secretKey) => verifyV2PostPolicy(v2Claim, secretKey) };
  }
  const claim = parsePostClaim(fields);
  if (claim === undefined) return undefined;
  return { claim, verify: (secretKey) => verifyPostPolicy({ fields, secretKey, ...context }) };
}
