import type { PublicAccessBlock } from '../services/public-access.ts';
import { StrictElement } from './strict-element.ts';
import { element, parseXml, xmlDocument } from './xml.ts';

/** Far more than four words need. */
export const MAX_PUBLIC_ACCESS_BYTES = 16 * 1024;

const ROOT = 'PublicAccessBlockConfiguration';
const ELEMENTS = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;

/** Reads the document of PutPublicAccessBlock; what it does not mention is not blocked. @throws S3Error `MalformedXML` */
export function parsePublicAccess(bytes: Buffer): PublicAccessBlock {
  const root = new StrictElement(parseXml(bytes, ROOT), { once: ELEMENTS });
  const isSet = (name: (typeof ELEMENTS)[number]) => root.boolean(name) ?? false;
  return {
    blockPublicAcls: isSet('BlockPublicAcls'),
    ignorePublicAcls: isSet('IgnorePublicAcls'),
    blockPublicPolicy: isSet('BlockPublicPolicy'),
    restrictPublicBuckets: isSet('RestrictPublicBuckets'),
  };
}

/** The document of GetPublicAccessBlock. */
export function renderPublicAccess(block: PublicAccessBlock): string {
  return xmlDocument(
    ROOT,
    element('BlockPublicAcls', block.blockPublicAcls) +
      element('IgnorePublicAcls', block.ignorePublicAcls) +
      element('BlockPublicPolicy', block.blockPublicPolicy) +
      element('RestrictPublicBuckets', block.restrictPublicBuckets),
  );
}
