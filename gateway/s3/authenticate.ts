import {
  parseClaim,
  parseV2Claim,
  type SignatureClaim,
  type VerifiedSignature,
  verifyRequest,
  verifyV2Query,
} from '../../signer/index.ts';
import { headerOf } from '../http/request-headers.ts';
import type { Principal } from '../services/access/index.ts';
import type { Services } from '../services/index.ts';
import { S3Error } from './errors.ts';
import type { Authenticated } from './operation.ts';
import type { S3Request } from './request.ts';

export const ANONYMOUS: Authenticated = { principal: { kind: 'anonymous' } };

/**
 * Proves who sends a request: by its Signature V4 in the Authorization header or in the query, or by the Signature V2 of
 * a presigned URL.
 * @throws SignatureError as the signer documents; S3Error as `proveAccount`
 */
export async function authenticate(request: S3Request, services: Services, region: string): Promise<Authenticated> {
  const claim = parseClaim(request.wire);
  if (claim === undefined) return authenticateV2(request, services);
  const { principal, proof: signature } = await proveAccount({
    claim,
    services,
    verify: (secretKey) => verifySignature({ request, claim, secretKey, region }),
  });
  return { principal, signature };
}

/** A signature that says nothing of the body, which is taken as it comes. */
async function authenticateV2(request: S3Request, services: Services): Promise<Authenticated> {
  const { wire, hostBucket } = request;
  const claim = parseV2Claim(wire);
  if (claim === undefined) return ANONYMOUS;
  const verify = (secretKey: string) => verifyV2Query({ request: wire, claim, secretKey, hostBucket, now: Date.now() });
  const { principal } = await proveAccount({ claim, services, verify });
  // Its framing would be stored as if it were content.
  if (headerOf(wire.headers, 'x-amz-content-sha256')?.startsWith('STREAMING-')) throw new S3Error('NotImplemented');
  return { principal };
}

function verifySignature(input: {
  readonly request: S3Request;
  readonly claim: SignatureClaim;
  readonly secretKey: string;
  readonly region: string;
}): VerifiedSignature {
  const { request, ...proof } = input;
  const signature = verifyRequest({ request: request.wire, ...proof, now: Date.now(), hosts: request.signedHosts });
  if (!request.leadsHere(signature.host)) throw new S3Error('SignatureDoesNotMatch');
  return signature;
}

interface Claim {
  readonly accessKey: string;
  readonly sessionToken?: string;
}

/**
 * Looks up whose key it is and has the signature verified with its secret. Only who has proven to hold the secret is
 * told that the account is disabled or the key has expired, and only that is a use of the key.
 * @throws S3Error `InvalidAccessKeyId`, `InvalidToken`, `AccountProblem`; whatever `verify` throws
 */
export async function proveAccount<Proof>(input: {
  readonly claim: Claim;
  readonly services: Services;
  readonly verify: (secretKey: string) => Proof;
}): Promise<{ readonly principal: Principal; readonly proof: Proof }> {
  const { accessKey, sessionToken } = input.claim;
  if (sessionToken !== undefined) return proveSession({ ...input, accessKey, sessionToken });
  const credential = await input.services.accessKeys.findCredential(accessKey);
  if (credential === undefined) throw new S3Error('InvalidAccessKeyId', { detail: { AWSAccessKeyId: accessKey } });
  const proof = input.verify(credential.secretKey);
  const { account, expiresAt, policy } = credential;
  if (account.status === 'disabled') throw new S3Error('AccountProblem');
  const now = Date.now();
  if (!credential.isActive) throw new S3Error('InvalidAccessKeyId', { detail: { AWSAccessKeyId: accessKey } });
  if (expiresAt !== null && Date.parse(expiresAt) <= now) throw expired(accessKey);
  input.services.accessKeys.uses.note(accessKey, now);
  return { principal: { kind: 'account', account, accessKey, policy }, proof };
}

/**
 * The same for temporary credentials: the secret follows from the token.
 * @throws S3Error `InvalidToken`; Failure `ExpiredToken`, `InvalidToken` for what has been ended
 */
async function proveSession<Proof>(input: {
  readonly accessKey: string;
  readonly sessionToken: string;
  readonly services: Services;
  readonly verify: (secretKey: string) => Proof;
}): Promise<{ readonly principal: Principal; readonly proof: Proof }> {
  const { accessKey, sessionToken, services } = input;
  const credential = services.iam.credentials.open(accessKey, sessionToken);
  if (credential === undefined) throw new S3Error('InvalidToken');
  const proof = input.verify(credential.secretKey);
  const { account, session, policy } = await credential.admit(Date.now());
  return { principal: { kind: 'account', account, accessKey, policy, session }, proof };
}

/** What is signed with a key that has been taken away is answered like this by S3. */
function expired(accessKey: string): S3Error {
  const message = 'The AWS Access Key Id you provided has expired.';
  return new S3Error('InvalidAccessKeyId', { message, detail: { AWSAccessKeyId: accessKey } });
}
