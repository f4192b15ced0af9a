/** The one algorithm of Signature V4 that a shared secret can verify. */
export const ALGORITHM = 'AWS4-HMAC-SHA256';
/** First line of the string to sign of one aws-chunked chunk. */
export const CHUNK_ALGORITHM = 'AWS4-HMAC-SHA256-PAYLOAD';
/** First line of the string to sign of the trailer of an aws-chunked body. */
export const TRAILER_ALGORITHM = 'AWS4-HMAC-SHA256-TRAILER';

export const TERMINATOR = 'aws4_request';
export const SERVICE = 's3';

export const AMZ_PREFIX = 'x-amz-';
export const CONTENT_SHA256_HEADER = 'x-amz-content-sha256';
export const DATE_HEADER = 'x-amz-date';
export const TOKEN_HEADER = 'x-amz-security-token';
export const TRAILER_SIGNATURE = 'x-amz-trailer-signature';

export const ALGORITHM_PARAMETER = 'X-Amz-Algorithm';
export const CREDENTIAL_PARAMETER = 'X-Amz-Credential';
export const DATE_PARAMETER = 'X-Amz-Date';
export const EXPIRES_PARAMETER = 'X-Amz-Expires';
export const SIGNED_HEADERS_PARAMETER = 'X-Amz-SignedHeaders';
export const TOKEN_PARAMETER = 'X-Amz-Security-Token';
export const SIGNATURE_PARAMETER = 'X-Amz-Signature';

export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
export const STREAMING_SIGNED = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
export const STREAMING_SIGNED_TRAILER = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';
export const STREAMING_UNSIGNED_TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** How far a client's clock may be from ours (AWS: 15 minutes), in milliseconds. */
export const MAX_SKEW_MS = 15 * 60 * 1000;
/** The longest validity of a presigned URL (AWS: 7 days), in seconds. */
export const MAX_EXPIRES_SECONDS = 604_800;
