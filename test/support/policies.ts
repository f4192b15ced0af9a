import { S3Client } from '@aws-sdk/client-s3';
import type { TestGateway } from './gateway.ts';

export interface Statement {
  readonly Sid?: string;
  readonly Effect?: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A bucket policy as text. */
export function policyText(...statements: readonly Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/** What policies call an account. */
export function userArn(name: string): string {
  return `arn:aws:iam::000000000000:user/${name}`;
}

/** "Read-only permission to an anonymous user": the first example of the guide. */
export function publicRead(bucket: string): Statement {
  return {
    Sid: 'PublicRead',
    Effect: 'Allow',
    Principal: '*',
    Action: ['s3:GetObject', 's3:GetObjectVersion'],
    Resource: [`arn:aws:s3:::${bucket}/*`],
  };
}

/** An SDK client that signs nothing. */
export function anonymousClient({ s3Url }: TestGateway): S3Client {
  return new S3Client({
    endpoint: s3Url,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: '', secretAccessKey: '' },
    signer: { sign: async (request) => request },
  });
}
