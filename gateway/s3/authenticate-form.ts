import { checkPostPolicy, parsePolicyDocument, parsePostClaim, verifyPostPolicy } from '../../signer/index.ts';
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
  const claim = parsePostClaim(fields);
  if (claim === undefined) return { ...ANONYMOUS, form: { fields, key, file: openFile() } };
  const now = Date.now();
  const { principal } = await proveAccount({
    claim,
    services,
    verify: (secretKey) => verifyPostPolicy({ fields, secretKey, region, now }),
  });
  const policy = parsePolicyDocument(claim.policy);
  checkPostPolicy(policy, { fields, bucket: request.address.bucket ?? '', now });
  return { principal, form: { fields, key, file: openFile(policy) } };
}
