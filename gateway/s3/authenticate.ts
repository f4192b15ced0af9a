import { parseClaim, verifyRequest } from '../../signer/index.ts';
import type { Services } from '../services/index.ts';
import { S3Error } from './errors.ts';
import type { Authenticated } from './operation.ts';
import type { S3Request } from './request.ts';

const ANONYMOUS: Authenticated = { principal: { kind: 'anonymous' } };

/**
 * Proves who sends a request, by its Signature V4 in the Authorization header or in the query.
 * @throws SignatureError as the signer documents; S3Error `InvalidAccessKeyId`, `AccountProblem` for a disabled account.
 */
export async function authenticate(request: S3Request, services: Services, region: string): Promise<Authenticated> {
  const claim = parseClaim(request.wire);
  if (claim === undefined) return ANONYMOUS;
  const credential = await services.accounts.findCredential(claim.accessKey);
  if (credential === undefined)
    throw new S3Error('InvalidAccessKeyId', { detail: { AWSAccessKeyId: claim.accessKey } });
  if (claim.sessionToken !== undefined) throw new S3Error('InvalidToken');
  const signature = verifyRequest({
    request: request.wire,
    claim,
    secretKey: credential.secretKey,
    region,
    now: Date.now(),
    hosts: request.signedHosts,
  });
  if (!request.leadsHere(signature.host)) throw new S3Error('SignatureDoesNotMatch');
  if (credential.account.status === 'disabled') throw new S3Error('AccountProblem');
  return {
    principal: { kind: 'account', account: credential.account, accessKey: credential.accessKey },
    signature,
  };
}
