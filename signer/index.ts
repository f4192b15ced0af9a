export { type CheckPostPolicyInput, checkFileSize, checkPostPolicy } from './check-post-policy.ts';
export { ChunkDecoder, type ChunkDecoderOptions } from './chunk-decoder.ts';
export type { CredentialScope } from './credential-scope.ts';
export type { Credentials } from './outgoing.ts';
export { parseClaim } from './parse-claim.ts';
export type { PayloadMode } from './payload-mode.ts';
export {
  type FieldCondition,
  type LengthRange,
  type PostCondition,
  type PostPolicy,
  parsePolicyDocument,
} from './policy-document.ts';
export { type PostClaim, type PostFields, parsePostClaim } from './post-claim.ts';
export { type PresignUrlInput, presignUrl } from './presign-url.ts';
export { type SignRequestInput, signRequest } from './sign-request.ts';
export type { IncomingRequest, SignatureClaim } from './signature-claim.ts';
export { SignatureError, type SignatureErrorCode } from './signature-error.ts';
export { deriveSigningKey } from './signing-key.ts';
export { parseV2PostClaim, type V2PostClaim, verifyV2PostPolicy } from './v2/post-policy.ts';
export { parseV2Claim, type V2Claim } from './v2/query-claim.ts';
export { isSignedByV2 } from './v2/string-to-sign.ts';
export { type VerifyV2QueryInput, verifyV2Query } from './v2/verify-query.ts';
export { type VerifyPostPolicyInput, verifyPostPolicy } from './verify-post-policy.ts';
export { type VerifiedSignature, type VerifyRequestInput, verifyRequest } from './verify-request.ts';
