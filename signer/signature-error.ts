/** S3's own error codes for what can be wrong with a claim, a signature, an aws-chunked body or a POST policy. */
export type SignatureErrorCode =
  | 'AccessDenied'
  | 'AuthorizationHeaderMalformed'
  | 'AuthorizationQueryParametersError'
  | 'EntityTooLarge'
  | 'EntityTooSmall'
  | 'IncompleteBody'
  | 'InvalidArgument'
  | 'InvalidPolicyDocument'
  | 'InvalidRequest'
  | 'InvalidURI'
  | 'MalformedTrailerError'
  | 'NotImplemented'
  | 'RequestTimeTooSkewed'
  | 'SignatureDoesNotMatch';

/**
 * The only error this library throws for what a client sent. `message` is the sentence that AWS answers with where it
 * is known; `detail` are the further elements of AWS's error document, by element name (`StringToSign`, `Region`, ...).
 */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';
  readonly code: SignatureErrorCode;
  readonly detail: Readonly<Record<string, string>>;

  constructor(code: SignatureErrorCode, message: string, detail: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}

/** The answer to Signature V2 where it is not taken: in an Authorization header, and in a form that has V4 as well. */
export function unsupportedMechanism(): SignatureError {
  return new SignatureError(
    'InvalidRequest',
    'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
  );
}

/** The answer to an aws-chunked body that is not what its framing or its declared length says. */
export function incompleteBody(reason: string): SignatureError {
  return new SignatureError('IncompleteBody', `The request body terminated unexpectedly. ${reason}`);
}
