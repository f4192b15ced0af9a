import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import {
  CANNED_ACLS,
  type CannedAcl,
  type Permission,
  type RequestedAcl,
  type RequestedGrant,
} from '../services/acl/index.ts';
import { namedGrantee, requireFewGrants } from './acl-grantee.ts';
import { S3Error } from './errors.ts';

export const CANNED_ACL = 'x-amz-acl';

/** The headers that grant something to somebody each. */
const GRANTS: readonly (readonly [header: string, permission: Permission])[] = [
  ['x-amz-grant-full-control', 'FULL_CONTROL'],
  ['x-amz-grant-read', 'READ'],
  ['x-amz-grant-read-acp', 'READ_ACP'],
  ['x-amz-grant-write', 'WRITE'],
  ['x-amz-grant-write-acp', 'WRITE_ACP'],
];

/** All that say something of an ACL. */
export const ACL_HEADERS: ReadonlySet<string> = new Set([CANNED_ACL, ...GRANTS.map(([header]) => header)]);

/** "You specify each grantee as a type=value pair": quoted, as the guide has it, or not, as some clients send it. */
const GRANTEE = /^(id|uri|emailaddress)=(?:"([^"]*)"|([^"]*))$/i;

/** Canned ACLs that S3 has for buckets alone. */
const OF_BUCKETS: ReadonlySet<CannedAcl> = new Set(['log-delivery-write']);

/** The ACL in the headers, if any. @throws S3Error `InvalidRequest` for one of both kinds, `InvalidArgument` */
export function parseAclHeaders(headers: RequestHeaders, kind: 'bucket' | 'object'): RequestedAcl | undefined {
  const canned = parseCanned(headers, kind);
  const grants = parseGrants(headers);
  if (canned === undefined) return grants === undefined ? undefined : { grants: requireFewGrants(grants) };
  if (grants === undefined) return { canned };
  throw new S3Error('InvalidRequest', {
    message: 'Specifying both Canned ACLs and Header Grants is not allowed',
  });
}

function parseCanned(headers: RequestHeaders, kind: 'bucket' | 'object'): CannedAcl | undefined {
  const value = headerOf(headers, CANNED_ACL);
  if (value === undefined) return undefined;
  const canned = CANNED_ACLS.find((name) => name === value);
  if (canned !== undefined && (kind === 'bucket' || !OF_BUCKETS.has(canned))) return canned;
  throw new S3Error('InvalidArgument', { detail: { ArgumentName: CANNED_ACL, ArgumentValue: value } });
}

/** Undefined: none of those headers is there. */
function parseGrants(headers: RequestHeaders): readonly RequestedGrant[] | undefined {
  let grants: readonly RequestedGrant[] | undefined;
  for (const [header, permission] of GRANTS) {
    const value = headerOf(headers, header);
    if (value === undefined) continue;
    grants = [...(grants ?? []), ...parseGrantees(header, value).map((grantee) => ({ permission, grantee }))];
  }
  return grants;
}

function parseGrantees(header: string, value: string) {
  return value.split(',').map((grantee) => {
    const [, type, quoted, plain] = GRANTEE.exec(grantee.trim()) ?? [];
    if (type === undefined) throw notRecognized(header, value);
    return namedGrantee(type.toLowerCase(), quoted ?? plain ?? '');
  });
}

function notRecognized(name: string, value: string): S3Error {
  return new S3Error('InvalidArgument', {
    message: 'Argument format not recognized',
    detail: { ArgumentName: name, ArgumentValue: value },
  });
}
