import type { RequestedAcl } from '../services/acl/index.ts';
import type { RequestedProperties } from '../services/version-properties.ts';
import { ACL_HEADERS } from './acl-headers.ts';
import { requireAllowed } from './authorize.ts';
import { COPY_ENCRYPTION_HEADERS, ENCRYPTION_HEADERS } from './encryption-headers.ts';
import type { ObjectCall } from './operation.ts';

/** What uploads and copies read of the headers that other operations refuse. */
export const UPLOAD_HEADERS: ReadonlySet<string> = new Set([...ENCRYPTION_HEADERS, ...ACL_HEADERS]);
export const COPY_HEADERS: ReadonlySet<string> = new Set([...COPY_ENCRYPTION_HEADERS, ...ACL_HEADERS]);

/**
 * Adds whose the new version is, and its ACL, to what is said of it.
 * @throws S3Error `AccessDenied` for who may not grant; Failure as `settleAcl`
 */
export async function withAcl(
  properties: RequestedProperties,
  requested: RequestedAcl | undefined,
  call: ObjectCall,
): Promise<RequestedProperties> {
  const { services, authenticated, bucket, key } = call;
  const { acls } = services;
  // "s3:PutObjectAcl - To successfully complete the PutObject request [...] with an ACL"; where there are none it asks nothing.
  if (requested !== undefined && !(await acls.areOff(bucket))) {
    await requireAllowed(call, 's3:PutObjectAcl', { kind: 'bucket', bucket, key, isNew: true });
  }
  const { principal } = authenticated;
  const writerId = principal.kind === 'anonymous' ? undefined : principal.account.id;
  const told = await acls.ofNewVersion({ bucket, writerId, requested });
  return told.acl === undefined && told.ownerId === undefined ? properties : { ...properties, ...told };
}
