import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import type { ObjectOwnership, OwnershipControls } from '../services/ownership.ts';
import { S3Error } from './errors.ts';
import { required, StrictElement } from './strict-element.ts';
import { element, parseXml, xmlDocument } from './xml.ts';

/** Far more than one word needs. */
export const MAX_OWNERSHIP_BYTES = 16 * 1024;

export const OWNERSHIP_HEADER = 'x-amz-object-ownership';
const ROOT = 'OwnershipControls';
const OWNERSHIPS = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'] as const;

/** Reads the document of PutBucketOwnershipControls: one rule. @throws S3Error `MalformedXML` */
export function parseOwnership(bytes: Buffer): OwnershipControls {
  const rule = required(new StrictElement(parseXml(bytes, ROOT), { once: ['Rule'] }).one('Rule'));
  const ownership = new StrictElement(rule, { once: ['ObjectOwnership'] }).word('ObjectOwnership', OWNERSHIPS);
  return { objectOwnership: required(ownership) };
}

/** What a new bucket is to have. @throws S3Error `InvalidArgument` */
export function parseOwnershipHeader(headers: RequestHeaders): ObjectOwnership | undefined {
  const value = headerOf(headers, OWNERSHIP_HEADER);
  const ownership = OWNERSHIPS.find((one) => one === value);
  if (value === undefined || ownership !== undefined) return ownership;
  throw new S3Error('InvalidArgument', { detail: { ArgumentName: OWNERSHIP_HEADER, ArgumentValue: value } });
}

/** The document of GetBucketOwnershipControls. */
export function renderOwnership({ objectOwnership }: OwnershipControls): string {
  return xmlDocument(ROOT, `<Rule>${element('ObjectOwnership', objectOwnership)}</Rule>`);
}
