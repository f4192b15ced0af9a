import { TERMINATOR } from './constants.ts';

/** What a derived signing key is good for: one day (`20260101`), one region, one service. */
export interface CredentialScope {
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

const SCOPE_DATE = /^\d{8}$/;

/** The scope as it stands in a string to sign: `20260101/us-east-1/s3/aws4_request`. */
export function formatScope(scope: CredentialScope): string {
  return `${scope.date}/${scope.region}/${scope.service}/${TERMINATOR}`;
}

/**
 * `<access key>/<date>/<region>/<service>/aws4_request` in parts; undefined when it is malformed. The access key may
 * itself contain slashes.
 */
export function parseCredential(text: string): { accessKey: string; scope: CredentialScope } | undefined {
  const parts = text.split('/');
  const [date, region, service, terminator] = parts.splice(-4);
  const accessKey = parts.join('/');
  if (accessKey === '' || date === undefined || !SCOPE_DATE.test(date)) return undefined;
  if (!region || !service || terminator !== TERMINATOR) return undefined;
  return { accessKey, scope: { date, region, service } };
}
