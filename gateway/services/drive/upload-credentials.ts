import type { AccountRow, BucketRow } from '../../../metadata/index.ts';
import type { IssuedCredentials, TemporaryCredentials } from '../iam/temporary-credentials.ts';

/** For how long the parts of an upload may be sent by one set of addresses. */
export const UPLOAD_SECONDS = 12 * 60 * 60;

/** What an upload writes. */
export interface UploadTarget {
  readonly bucket: BucketRow;
  readonly key: string;
}

/**
 * Credentials that write one key, for some time: what their bearer may do is what the account still may then. They end
 * with whatever ends the sessions of the account.
 */
export function issueUploadCredentials(
  credentials: TemporaryCredentials,
  account: AccountRow,
  target: UploadTarget,
): IssuedCredentials {
  const session = { kind: 'account', name: account.name, issuedAt: new Date().toISOString() } as const;
  return credentials.issue({ account, session, policy: policyOf(target), seconds: UPLOAD_SECONDS });
}

/** A session policy: IAM JSON. */
function policyOf({ bucket, key }: UploadTarget): string {
  const Resource = `arn:aws:s3:::${bucket.name}/${escapePattern(key)}`;
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:PutObject', Resource }],
  });
}

/** "`${*}`, `${?}`, `${$}`": what would be a pattern or a variable ("IAM policy elements: Variables and tags"). */
function escapePattern(text: string): string {
  return text.replace(/[*?$]/g, (character) => `\${${character}}`);
}
