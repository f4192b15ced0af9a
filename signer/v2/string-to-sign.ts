import { headerValue } from '../canonical-headers.ts';
import { AMZ_PREFIX } from '../constants.ts';
import { splitTarget } from '../request-target.ts';
import type { IncomingRequest } from '../signature-claim.ts';
import { decodedParameters } from './query-claim.ts';

/** The parameters that clients sign as part of the resource; all others are not signed at all. */
const SIGNED_PARAMETERS = [
  'accelerate',
  'acl',
  'analytics',
  'cors',
  'defaultObjectAcl',
  'delete',
  'inventory',
  'lifecycle',
  'location',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'partNumber',
  'policy',
  'replication',
  'requestPayment',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
  'restore',
  'select',
  'select-type',
  'storageClass',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'website',
];

/**
 * Subresources that S3 has got since, and that no client signs. They are signed here all the same: otherwise whoever
 * holds a link to an object could turn it into one to rename the object, or to change how long it is kept.
 */
const NEVER_SIGNED = [
  'abac',
  'annotation',
  'encryption',
  'intelligent-tiering',
  'legal-hold',
  'metadataAnnotationTable',
  'metadataConfiguration',
  'metadataInventoryTable',
  'metadataJournalTable',
  'metadataTable',
  'ownershipControls',
  'policyStatus',
  'publicAccessBlock',
  'renameObject',
  'retention',
  'session',
];

const LINE_BREAKS = /[ \t]*[\r\n]+[ \t]*/g;
const SUBRESOURCES: ReadonlySet<string> = new Set([...SIGNED_PARAMETERS, ...NEVER_SIGNED]);

/** Whether a query parameter takes part in Signature V2 as a subresource. */
export function isSignedByV2(name: string): boolean {
  return SUBRESOURCES.has(name);
}

/**
 * What a URL presigned with Signature V2 signs: several texts where signers differ, all of which say the same.
 * `hostBucket` is the bucket that the host names, in virtual-host style. `x-amz-*` parameters count as the headers that
 * they stand for.
 * Source: "Signing and authenticating REST requests (AWS signature version 2)".
 */
export function v2StringsToSign(input: {
  readonly request: IncomingRequest;
  readonly hostBucket: string | undefined;
  readonly expires: string;
}): readonly string[] {
  const { request, hostBucket, expires } = input;
  const { path, query } = splitTarget(request.target);
  const parameters = decodedParameters(query);
  const standard = [request.method, textOf(request, 'content-md5'), textOf(request, 'content-type'), expires];
  const head = `${standard.join('\n')}\n${amzHeaders(request, parameters)}`;
  const tail = subresources(parameters);
  return resources(path, hostBucket).map((resource) => head + resource + tail);
}

/** A bucket alone ends with a slash for some, whether or not the path does. */
function resources(path: string, hostBucket: string | undefined): readonly string[] {
  if (hostBucket !== undefined) return [`/${hostBucket}${path}`];
  return path.length > 1 && path.indexOf('/', 1) < 0 ? [path, `${path}/`] : [path];
}

type Parameters = ReadonlyMap<string, string>;

/** Values as the client wrote them: node shows the bytes of a header as latin1. */
function textOf({ headers }: IncomingRequest, name: string): string {
  return unfold(Buffer.from(headerValue(headers, name) ?? '', 'latin1').toString('utf8'));
}

/** "Unfold long headers that span multiple lines": or else one parameter could pass for two signed headers. */
function unfold(value: string): string {
  return value.trim().replace(LINE_BREAKS, ' ');
}

function amzHeaders(request: IncomingRequest, parameters: Parameters): string {
  const values = new Map<string, string>();
  for (const [name, value] of parameters) {
    if (name.toLowerCase().startsWith(AMZ_PREFIX)) values.set(name.toLowerCase(), unfold(value));
  }
  for (const name in request.headers) if (name.startsWith(AMZ_PREFIX)) values.set(name, textOf(request, name));
  // By name alone: a colon sorts behind the hyphen of a longer name.
  const names = [...values.keys()].sort();
  return names.map((name) => `${name}:${values.get(name)}\n`).join('');
}

function subresources(parameters: Parameters): string {
  const signed = [...parameters.keys()].filter(isSignedByV2).sort();
  const pairs = signed.map((name) => (parameters.get(name) ? `${name}=${parameters.get(name)}` : name));
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
