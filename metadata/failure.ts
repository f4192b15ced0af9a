/** What can go wrong in the domain. A code is named as S3 names it where S3 has a word. */
export type FailureCode =
  | 'NoSuchBucket'
  | 'NoSuchKey'
  | 'NoSuchUpload'
  | 'NoSuchVersion'
  | 'NoSuchAccount'
  | 'NoSuchAccessKey'
  | 'NoSuchClaim'
  | 'NoSuchSession'
  | 'NoSuchInvite'
  | 'NoSuchIdentity'
  | 'NoSuchRole'
  | 'NoSuchShare'
  | 'NoSuchLink'
  | 'NoSuchTransfer'
  | 'NoSuchTrash'
  | 'LinkGone'
  | 'LinkPasswordRequired'
  | 'AliasTaken'
  | 'FileExists'
  | 'FolderTooLarge'
  | 'InvalidPath'
  | 'ConfirmationRequired'
  | 'TransferExists'
  | 'RoleExists'
  | 'CircularGrant'
  | 'GrantsDepend'
  | 'NoSuchFactor'
  | 'NoSuchProvider'
  | 'AccountExists'
  | 'AccessKeyExists'
  | 'TooManyAccessKeys'
  | 'ClaimExists'
  | 'ClaimConflict'
  | 'EmailTaken'
  | 'IdentityTaken'
  | 'FactorExists'
  | 'LastWayIn'
  | 'AccountNotEmpty'
  | 'InvalidCredentials'
  | 'InvalidToken'
  | 'InvalidCode'
  | 'InvalidInvite'
  | 'SecondFactorRequired'
  | 'RegistrationClosed'
  | 'WeakPassword'
  | 'TooManyAttempts'
  | 'IdempotencyKeyInUse'
  | 'DeliveryFailed'
  | 'NotConfigured'
  | 'ProviderRefused'
  | 'KmsKeyExists'
  | 'KMS.NotFoundException'
  | 'KMS.DisabledException'
  | 'BucketAlreadyExists'
  | 'BucketAlreadyOwnedByYou'
  | 'BucketNotEmpty'
  | 'InvalidBucketName'
  | 'PrefixClaimed'
  | 'PreconditionFailed'
  | 'ConditionalRequestConflict'
  | 'IdempotencyParameterMismatch'
  | 'InvalidPart'
  | 'InvalidPartOrder'
  | 'EntityTooSmall'
  | 'EntityTooLarge'
  | 'BadDigest'
  | 'InvalidDigest'
  | 'XAmzContentSHA256Mismatch'
  | 'IncompleteBody'
  | 'RequestTimeout'
  | 'InvalidRequest'
  | 'InvalidRange'
  | 'InvalidArgument'
  | 'MalformedPolicy'
  | 'MethodNotAllowed'
  | 'InvalidBucketState'
  | 'InvalidStorageClass'
  | 'InvalidTag'
  | 'BadRequest'
  | 'QuotaExceeded'
  | 'InsufficientStorage'
  | 'TooManyBuckets'
  | 'AccessDenied'
  | 'NoSuchEntity'
  | 'EntityAlreadyExists'
  | 'DeleteConflict'
  | 'LimitExceeded'
  | 'ExpiredToken'
  | 'AccessControlListNotSupported'
  | 'InvalidBucketAclWithObjectOwnership'
  | 'InvalidBucketAclWithBlockPublicAccessError'
  | 'MalformedACLError'
  | 'UnresolvableGrantByEmailAddress'
  | 'SlowDown';

/** What a `Failure` may carry after its message: facts for the client, and a cause for the log. */
export type FailureFacts = [detail?: Readonly<Record<string, string>>, options?: ErrorOptions];

/**
 * A domain rule that said no. Every surface renders it in its own words: S3 as XML, REST as a problem.
 *
 * `message` is for the client and may be left out, then it is the code and a surface puts its own default there.
 * `detail` names facts in S3's capitals (`BucketName`, `Key`, `UploadId`, `PartNumber`, `Prefix`), for the client too.
 */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly detail: Readonly<Record<string, string>>;

  constructor(code: FailureCode, message?: string, ...[detail = {}, options]: FailureFacts) {
    super(message ?? code, options);
    this.name = 'Failure';
    this.code = code;
    this.detail = detail;
  }
}
