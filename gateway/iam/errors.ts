import { Failure, type FailureCode } from '../../metadata/index.ts';
import { toS3Error } from '../s3/errors.ts';

/** "Common errors" of IAM and STS, and those of their actions. */
const STATUSES = {
  AccessDenied: 403,
  DeleteConflict: 409,
  EntityAlreadyExists: 409,
  ExpiredToken: 400,
  ExpiredTokenException: 400,
  IDPCommunicationError: 400,
  IncompleteSignature: 403,
  InternalFailure: 500,
  InvalidAction: 400,
  InvalidClientTokenId: 403,
  InvalidIdentityToken: 400,
  InvalidInput: 400,
  LimitExceeded: 409,
  MalformedPolicyDocument: 400,
  MissingAuthenticationToken: 403,
  NoSuchEntity: 404,
  PackedPolicyTooLarge: 400,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  UnmodifiableEntity: 400,
  ValidationError: 400,
} as const;

export type IamErrorCode = keyof typeof STATUSES;

/** What a request to IAM or STS is answered with where it fails. */
export class IamError extends Error {
  readonly code: IamErrorCode;
  readonly status: number;

  constructor(code: IamErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'IamError';
    this.code = code;
    this.status = STATUSES[code];
  }
}

const BY_FAILURE: Partial<Record<FailureCode, IamErrorCode>> = {
  AccessDenied: 'AccessDenied',
  AccountExists: 'EntityAlreadyExists',
  AccountNotEmpty: 'DeleteConflict',
  DeleteConflict: 'DeleteConflict',
  EntityAlreadyExists: 'EntityAlreadyExists',
  ExpiredToken: 'ExpiredToken',
  InvalidArgument: 'ValidationError',
  InvalidRequest: 'ValidationError',
  InvalidToken: 'InvalidClientTokenId',
  LimitExceeded: 'LimitExceeded',
  MalformedPolicy: 'MalformedPolicyDocument',
  NoSuchAccessKey: 'NoSuchEntity',
  NoSuchAccount: 'NoSuchEntity',
  NoSuchEntity: 'NoSuchEntity',
  ProviderRefused: 'IDPCommunicationError',
  SlowDown: 'ServiceUnavailable',
  TooManyAccessKeys: 'LimitExceeded',
};

/** What S3 calls what is wrong with a signature, or with the request itself. */
const BY_S3_CODE: Readonly<Record<string, IamErrorCode>> = {
  AccessDenied: 'AccessDenied',
  AccountProblem: 'InvalidClientTokenId',
  AuthorizationHeaderMalformed: 'IncompleteSignature',
  AuthorizationQueryParametersError: 'IncompleteSignature',
  ExpiredToken: 'ExpiredToken',
  InvalidAccessKeyId: 'InvalidClientTokenId',
  InvalidToken: 'InvalidClientTokenId',
  RequestTimeTooSkewed: 'SignatureDoesNotMatch',
  SignatureDoesNotMatch: 'SignatureDoesNotMatch',
  InternalError: 'InternalFailure',
  SlowDown: 'ServiceUnavailable',
};

/** Any thrown value as the error that answers it; what is our own fault tells nothing of itself. */
export function toIamError(thrown: unknown): IamError {
  if (thrown instanceof IamError) return thrown;
  if (thrown instanceof Failure && thrown.detail.Reason === 'PackedPolicyTooLarge') {
    return new IamError('PackedPolicyTooLarge', thrown.message, { cause: thrown });
  }
  const code = thrown instanceof Failure ? BY_FAILURE[thrown.code] : undefined;
  if (code !== undefined && thrown instanceof Failure) return new IamError(code, thrown.message, { cause: thrown });
  const s3 = toS3Error(thrown);
  const known = BY_S3_CODE[s3.code] ?? (s3.status < 500 ? 'ValidationError' : 'InternalFailure');
  const message =
    known === 'InvalidClientTokenId' ? 'The security token included in the request is invalid.' : s3.message;
  return new IamError(known, message, { cause: s3.cause ?? s3 });
}
