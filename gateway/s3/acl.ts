import {
  type Grant,
  type OwnedAcl,
  PERMISSIONS,
  type RequestedAcl,
  type RequestedGrant,
} from '../services/acl/index.ts';
import type { Services } from '../services/index.ts';
import { GROUP_URIS, namedGrantee, requireFewGrants } from './acl-grantee.ts';
import { S3Error } from './errors.ts';
import { accountXml } from './owner.ts';
import { required, StrictElement } from './strict-element.ts';
import { element, parseXml, type XmlNode, xmlDocument } from './xml.ts';

/** Of the hundred grants that an ACL may have. */
export const MAX_ACL_BYTES = 256 * 1024;

const ROOT = 'AccessControlPolicy';
const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

/** The document of GetBucketAcl and GetObjectAcl. */
export async function renderAcl(services: Services, { ownerId, grants }: OwnedAcl): Promise<string> {
  const owner = await accountXml(services, ownerId, 'Owner');
  const rendered = await Promise.all(grants.map((grant) => renderGrant(services, grant)));
  return xmlDocument(ROOT, `${owner}<AccessControlList>${rendered.join('')}</AccessControlList>`);
}

async function renderGrant(services: Services, grant: Grant): Promise<string> {
  return `<Grant>${await renderGrantee(services, grant)}${element('Permission', grant.permission)}</Grant>`;
}

async function renderGrantee(services: Services, { account, group }: Grant): Promise<string> {
  if (account !== undefined) return accountXml(services, account, `Grantee ${XSI} xsi:type="CanonicalUser"`);
  return `<Grantee ${XSI} xsi:type="Group">${element('URI', GROUP_URIS[group])}</Grantee>`;
}

/** Reads the document of PutBucketAcl and PutObjectAcl. @throws S3Error `MalformedACLError`, `InvalidArgument` */
export function parseAcl(bytes: Buffer): RequestedAcl {
  try {
    return readPolicy(parseXml(bytes, ROOT));
  } catch (error) {
    if (!(error instanceof S3Error) || error.code !== 'MalformedXML') throw error;
    throw new S3Error('MalformedACLError', { cause: error });
  }
}

function readPolicy(node: XmlNode): RequestedAcl {
  const root = new StrictElement(node, { once: ['Owner', 'AccessControlList'] });
  const owner = root.one('Owner');
  const list = new StrictElement(required(root.one('AccessControlList')), { many: ['Grant'] });
  return {
    owner: owner && required(new StrictElement(owner, { once: ['ID', 'DisplayName'] }).text('ID')).trim(),
    grants: requireFewGrants(list.all('Grant').map(parseGrant)),
  };
}

function parseGrant(node: XmlNode): RequestedGrant {
  const grant = new StrictElement(node, { once: ['Grantee', 'Permission'] });
  const permission = required(grant.word('Permission', PERMISSIONS));
  const grantee = new StrictElement(required(grant.one('Grantee')), { once: [...NAMES, 'DisplayName', 'Type'] });
  // What it is called by tells its type, whose attribute some clients leave out.
  const [name, ...more] = NAMES.filter((each) => grantee.one(each) !== undefined);
  if (name === undefined || more.length > 0) throw new S3Error('MalformedXML');
  return { permission, grantee: namedGrantee(name.toLowerCase(), grantee.text(name)?.trim() ?? '') };
}

const NAMES = ['ID', 'URI', 'EmailAddress'] as const;
