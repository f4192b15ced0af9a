import { type IncomingRequest, parseClaim, type VerifiedSignature, verifyRequest } from '../../signer/index.ts';

/** The credentials and time of every example in the S3 API Reference. */
export const ACCESS_KEY = 'AKIAIOSFODNN7EXAMPLE';
export const SECRET_KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
export const REGION = 'us-east-1';
export const TIMESTAMP = '20130524T000000Z';
export const NOW = Date.UTC(2013, 4, 24);
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const CREDENTIAL = `${ACCESS_KEY}/20130524/us-east-1/s3/aws4_request`;

function signedHeaderRequest(input: {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signature: string;
}): IncomingRequest {
  const { method, target, signature } = input;
  const headers: Record<string, string> = { 'x-amz-date': TIMESTAMP, ...input.headers };
  const signedHeaders = Object.keys(headers).sort().join(';');
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${CREDENTIAL},SignedHeaders=${signedHeaders},Signature=${signature}`;
  if (headers['x-amz-date'] === '') delete headers['x-amz-date'];
  return { method, target, headers };
}

const HOST = 'examplebucket.s3.amazonaws.com';

/** "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk", Examples. */
export const SINGLE_CHUNK_EXAMPLES: Readonly<Record<string, IncomingRequest>> = {
  'GET Object': signedHeaderRequest({
    method: 'GET',
    target: '/test.txt',
    headers: { host: HOST, range: 'bytes=0-9', 'x-amz-content-sha256': EMPTY_SHA256 },
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  }),
  'PUT Object': {
    method: 'PUT',
    target: '/test$file.text',
    headers: {
      host: HOST,
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-date': TIMESTAMP,
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      authorization: `AWS4-HMAC-SHA256 Credential=${CREDENTIAL},SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd`,
    },
  },
  'GET Bucket Lifecycle': signedHeaderRequest({
    method: 'GET',
    target: '/?lifecycle',
    headers: { host: HOST, 'x-amz-content-sha256': EMPTY_SHA256 },
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  }),
  'Get Bucket (List Objects)': signedHeaderRequest({
    method: 'GET',
    target: '/?max-keys=2&prefix=J',
    headers: { host: HOST, 'x-amz-content-sha256': EMPTY_SHA256 },
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  }),
};

/** "Authenticating Requests: Using Query Parameters", An Example. */
export const PRESIGNED_EXAMPLE: IncomingRequest = {
  method: 'GET',
  target:
    '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  headers: { host: HOST },
};

/** "Transferring Payload in Multiple Chunks (Chunked Upload)", Example: PUT Object. */
export const CHUNKED_EXAMPLE: IncomingRequest = signedHeaderRequest({
  method: 'PUT',
  target: '/examplebucket/chunkObject.txt',
  headers: {
    host: 's3.amazonaws.com',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': '66560',
    'content-length': '66824',
  },
  signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
});

/** "Signature calculations for trailing headers (chunked uploads)", Example: PUT Object. */
export const TRAILER_EXAMPLE: IncomingRequest = signedHeaderRequest({
  method: 'PUT',
  target: '/examplebucket/chunkObject.txt',
  headers: {
    host: 's3.amazonaws.com',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': '66560',
    'x-amz-trailer': 'x-amz-checksum-crc32c',
  },
  signature: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
});

const CHUNKS = [Buffer.alloc(65_536, 'a'), Buffer.alloc(1024, 'a'), Buffer.alloc(0)];

function frame(signatures: readonly string[]): Buffer {
  const pieces = CHUNKS.flatMap((data, index) => [
    Buffer.from(`${data.length.toString(16)};chunk-signature=${signatures[index]}\r\n`),
    data,
    Buffer.from(data.length > 0 ? '\r\n' : ''),
  ]);
  return Buffer.concat(pieces);
}

/** The body of the chunked example: 65 KiB of `a` in chunks of 65,536 and 1,024 bytes. */
export const CHUNKED_BODY: Buffer = Buffer.concat([
  frame([
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ]),
  Buffer.from('\r\n'),
]);

/** The chunks of the trailer example, up to the line of the terminal one. */
export const TRAILER_CHUNKS: Buffer = frame([
  'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
  '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
  '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
]);

export const TRAILER_FIELD = 'x-amz-checksum-crc32c:sOO8/Q==';
export const TRAILER_SIGNATURE = 'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435';

/** Verifies a request that is signed with the example credentials, at the time of the examples. */
export function verifyExample(request: IncomingRequest, now = NOW): VerifiedSignature {
  const claim = parseClaim(request);
  if (claim === undefined) throw new Error('the example is anonymous');
  return verifyRequest({ request, claim, secretKey: SECRET_KEY, region: REGION, now });
}
