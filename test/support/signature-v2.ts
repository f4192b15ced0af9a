import { createHmac } from 'node:crypto';
import type { Credentials } from './gateway.ts';

export interface PresignV2Input {
  readonly credentials: Credentials;
  readonly method?: string;
  /** Percent-encoded: it is sent and signed as it is. */
  readonly path: string;
  /** Subresources, which are signed: one at most. */
  readonly query?: Readonly<Record<string, string>>;
  /** Headers that stand in the query, in the order of their names. */
  readonly amz?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  /** The bucket that the host names. */
  readonly bucket?: string;
  /** Seconds since the epoch; in a minute when left out. */
  readonly expires?: number;
}

/** The target of a URL as botocore's HmacV1QueryAuth makes it, without the library that the gateway verifies with. */
export function presignV2(input: PresignV2Input): string {
  const { credentials, method = 'GET', path, query = {}, amz = {}, contentType = '', bucket } = input;
  const expires = input.expires ?? Math.floor(Date.now() / 1000) + 60;
  const lines = Object.entries(amz).map(([name, value]) => `${name}:${value}\n`);
  const subresources = Object.entries(query).map(([name, value]) => `?${name}=${value}`);
  const resource = `${bucket === undefined ? '' : `/${bucket}`}${path}${subresources.join('')}`;
  const toSign = `${method}\n\n${contentType}\n${expires}\n${lines.join('')}${resource}`;
  const signature = hmacSha1(credentials.secretKey, toSign);
  const all = { ...query, AWSAccessKeyId: credentials.accessKey, Signature: signature, ...amz, Expires: `${expires}` };
  const pairs = Object.entries(all).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${path}?${pairs.join('&')}`;
}

/** The fields of a form with a policy that expires in a minute. */
export function signFormV2(input: {
  readonly credentials: Credentials;
  readonly fields: Readonly<Record<string, string>>;
  readonly conditions: readonly unknown[];
}) {
  const { credentials, fields, conditions } = input;
  const document = { expiration: new Date(Date.now() + 60_000).toISOString(), conditions };
  const policy = Buffer.from(JSON.stringify(document)).toString('base64');
  const signature = hmacSha1(credentials.secretKey, policy);
  return { ...fields, AWSAccessKeyId: credentials.accessKey, policy, signature };
}

function hmacSha1(secretKey: string, text: string): string {
  return createHmac('sha1', secretKey).update(text).digest('base64');
}
