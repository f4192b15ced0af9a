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
import type { Credential } from '../services/access-keys.ts';
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
  const proven = proveAccount({
    claim,
    services,
    verify: (secretKey) => verifySignature({ request, claim, secretKey, region }),
  });
  const { principal, proof: signature } = proven instanceof Promise ? await proven : proven;
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

interface Proving<Proof> {
  readonly claim: Claim;
  readonly services: Services;
  readonly verify: (secretKey: string) => Proof;
}

/** Who holds the secret, and what `verify` made of it. */
interface Proven<Proof> {
  readonly principal: Principal;
  readonly proof: Proof;
}

/**
 * Looks up whose key it is and has the signature verified with its secret: at once where the key is remembered. Only who
 * has proven to hold the secret is told that the account is disabled or the key has expired, and only that is a use of
 * the key.
 * @throws S3Error `InvalidAccessKeyId`, `InvalidToken`, `AccountProblem`; whatever `verify` throws
 */
export function proveAccount<Proof>(proving: Proving<Proof>): Proven<Proof> | Promise<Proven<Proof>> {
  const { accessKey, sessionToken } = proving.claim;
  if (sessionToken !== undefined) return proveSession({ ...proving, accessKey, sessionToken });
  const found = proving.services.accessKeys.findCredential(accessKey);
  return found instanceof Promise
    ? found.then((credential) => proveHolder(credential, proving))
    : proveHolder(found, proving);
}

function proveHolder<Proof>(
  credential: Credential | undefined,
  { claim, services, verify }: Proving<Proof>,
): Proven<Proof> {
  const { accessKey } = claim;
  if (credential === undefined) throw unknownKey(accessKey);
  const proof = verify(credential.secretKey);
  const { account, expiresAt, policy } = credential;
  if (account.status === 'disabled') throw new S3Error('AccountProblem');
  const now = Date.now();
  if (!credential.isActive) throw unknownKey(accessKey);
  if (expiresAt !== null && Date.parse(expiresAt) <= now) throw expired(accessKey);
  services.accessKeys.uses.note(accessKey, now);
  return { principal: { kind: 'account', account, accessKey, policy }, proof };
}

/**
 * The same for temporary credentials: the secret follows from the token.
 * @throws S3Error `InvalidToken`; Failure `ExpiredToken`, `InvalidToken` for what has been ended
 */
async function proveSession<Proof>(
  input: Proving<Proof> & { readonly accessKey: string; readonly sessionToken: string },
): Promise<Proven<Proof>> {
  const { accessKey, sessionToken, services } = input;
  const credential = services.iam.credentials.open(accessKey, sessionToken);
  if (credential === undefined) throw new S3Error('InvalidToken');
  const proof = input.verify(credential.secretKey);
  const { account, session, policy } = await credential.admit(Date.now());
  return { principal: { kind: 'account', account, accessKey, policy, session }, proof };
}

function unknownKey(accessKey: string): S3Error {
  return new S3Error('InvalidAccessKeyId', { detail: { AWSAccessKeyId: accessKey } });
}

/** What is signed with a key that has been taken away is answered like this by S3. */
function expired(accessKey: string): S3Error {
  const message = 'The AWS Access Key Id you provided has expired.';
  return new S3Error('InvalidAccessKeyId', { message, detail: { AWSAccessKeyId: accessKey } });
}
