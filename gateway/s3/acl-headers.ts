import type { AclGrant } from './acl.ts';
import { S3Error } from './errors.ts';
import { headerOf, type RequestHeaders } from './request-headers.ts';

export const CANNED_ACL = 'x-amz-acl';

const GRANT_PREFIX = 'x-amz-grant-';
const PERMISSIONS: Readonly<Record<string, AclGrant['permission']>> = {
  'full-control': 'FULL_CONTROL',
  read: 'READ',
  'read-acp': 'READ_ACP',
  write: 'WRITE',
  'write-acp': 'WRITE_ACP',
};

/** The headers that grant something to somebody each. */
export const GRANT_HEADERS: ReadonlySet<string> = new Set(Object.keys(PERMISSIONS).map((name) => GRANT_PREFIX + name));

/** "You specify each grantee as a type=value pair": quoted, as the guide has it, or not, as some clients send it. */
const GRANTEE = /^(id|uri|emailaddress)=(?:"([^"]*)"|([^"]*))$/i;

/** What the ACL says that a request brings in its headers. */
export interface HeaderAcl {
  /** `x-amz-acl`, whose values are known already. */
  readonly canned: string | undefined;
  readonly grants: readonly AclGrant[];
}

/** Undefined: there is none. @throws S3Error `InvalidRequest` for one of both kinds, `InvalidArgument` */
export function parseAclHeaders(headers: RequestHeaders): HeaderAcl | undefined {
  const canned = headerOf(headers, CANNED_ACL);
  const grants = Object.entries(PERMISSIONS).flatMap(([name, permission]) =>
    parseGrantees(headers, GRANT_PREFIX + name).map((canonicalId) => ({ permission, canonicalId })),
  );
  if (canned === undefined) return grants.length === 0 ? undefined : { canned, grants };
  if (grants.length === 0) return { canned, grants };
  throw new S3Error('InvalidRequest', {
    message: 'Specifying both Canned ACLs and Header Grants is not allowed',
  });
}

function parseGrantees(headers: RequestHeaders, name: string): (string | undefined)[] {
  const header = headerOf(headers, name);
  if (header === undefined) return [];
  return header.split(',').map((grantee) => {
    const [, type, quoted, plain] = GRANTEE.exec(grantee.trim()) ?? [];
    if (type === undefined) throw notRecognized(name, header);
    return type.toLowerCase() === 'id' ? (quoted ?? plain) : undefined;
  });
}

function notRecognized(name: string, value: string): S3Error {
  return new S3Error('InvalidArgument', {
    message: 'Argument format not recognized',
    detail: { ArgumentName: name, ArgumentValue: value },
  });
}
