import type { S3Request } from './request.ts';

const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*/i;

/** "The URI that identifies the newly created object" (CompleteMultipartUpload): the one that the client asked by. */
export function objectLocation({ wire: { target }, headers, signedHosts }: S3Request): string {
  const [path = '/'] = target.replace(ABSOLUTE_FORM, '').split('?', 1);
  // Where a proxy stands in between, clients know its name and not ours.
  const host = signedHosts[0] ?? headers.host ?? '';
  return `http://${host}${path}`;
}
