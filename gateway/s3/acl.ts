import type { BucketRow } from '../../metadata/index.ts';
import type { Services } from '../services/index.ts';
import { S3Error } from './errors.ts';
import { accountXml } from './owner.ts';
import { required, StrictElement } from './strict-element.ts';
import { parseXml, type XmlNode, xmlDocument } from './xml.ts';

/** Of the hundred grants that an ACL may have. */
export const MAX_ACL_BYTES = 256 * 1024;

const ROOT = 'AccessControlPolicy';
const PERMISSIONS = ['FULL_CONTROL', 'READ', 'READ_ACP', 'WRITE', 'WRITE_ACP'] as const;
const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

/** What an ACL gives to one grantee. */
export interface AclGrant {
  readonly permission: (typeof PERMISSIONS)[number];
  /** Undefined: a group, or whoever has an e-mail address. */
  readonly canonicalId: string | undefined;
}

/** What "Bucket owner enforced" shows as ACL of a bucket and of all in it: the owner may do everything, nobody else. */
export async function renderAcl(services: Services, bucket: BucketRow): Promise<string> {
  const grantee = await accountXml(services, bucket.account_id, `Grantee ${XSI} xsi:type="CanonicalUser"`);
  const grant = `<Grant>${grantee}<Permission>FULL_CONTROL</Permission></Grant>`;
  const owner = await accountXml(services, bucket.account_id, 'Owner');
  return xmlDocument(ROOT, `${owner}<AccessControlList>${grant}</AccessControlList>`);
}

/**
 * Reads the document of PutBucketAcl and PutObjectAcl. @throws S3Error `MalformedACLError`
 */
export function parseAcl(bytes: Buffer): readonly AclGrant[] {
  try {
    const root = new StrictElement(parseXml(bytes, ROOT), { once: ['Owner', 'AccessControlList'] });
    const list = new StrictElement(required(root.one('AccessControlList')), { many: ['Grant'] });
    return list.all('Grant').map(parseGrant);
  } catch (error) {
    throw error instanceof S3Error && error.code === 'MalformedXML' ? malformed(error) : error;
  }
}

function malformed(cause: S3Error): S3Error {
  return new S3Error('MalformedACLError', { cause });
}

function parseGrant(node: XmlNode): AclGrant {
  const grant = new StrictElement(node, { once: ['Grantee', 'Permission'] });
  const permission = required(grant.word('Permission', PERMISSIONS));
  const grantee = new StrictElement(required(grant.one('Grantee')), {
    once: ['ID', 'DisplayName', 'URI', 'EmailAddress', 'Type'],
  });
  return { permission, canonicalId: grantee.text('ID')?.trim() };
}

/**
 * "PUT requests that [...] don't specify an ACL or [...] bucket owner full control ACLs" are all that a bucket takes whose
 * owner owns everything in it. @throws S3Error `AccessControlListNotSupported` for an ACL that says anything else
 */
export async function requireOwnersAcl(grants: readonly AclGrant[], services: Services, bucket: BucketRow) {
  const owner = await services.accounts.findById(bucket.account_id);
  const isOwners = ({ permission, canonicalId }: AclGrant) =>
    permission === 'FULL_CONTROL' && canonicalId === owner?.canonical_id;
  if (grants.length === 0 || !grants.every(isOwners)) throw new S3Error('AccessControlListNotSupported');
}
