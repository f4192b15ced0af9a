import type { OwnershipControls } from '../services/ownership.ts';
import { required, StrictElement } from './strict-element.ts';
import { element, parseXml, xmlDocument } from './xml.ts';

/** Far more than one word needs. */
export const MAX_OWNERSHIP_BYTES = 16 * 1024;

const ROOT = 'OwnershipControls';
const OWNERSHIPS = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'] as const;

/** Reads the document of PutBucketOwnershipControls: one rule. @throws S3Error `MalformedXML` */
export function parseOwnership(bytes: Buffer): OwnershipControls {
  const rule = required(new StrictElement(parseXml(bytes, ROOT), { once: ['Rule'] }).one('Rule'));
  const ownership = new StrictElement(rule, { once: ['ObjectOwnership'] }).word('ObjectOwnership', OWNERSHIPS);
  return { objectOwnership: required(ownership) };
}

/** The document of GetBucketOwnershipControls. */
export function renderOwnership({ objectOwnership }: OwnershipControls): string {
  return xmlDocument(ROOT, `<Rule>${element('ObjectOwnership', objectOwnership)}</Rule>`);
}
