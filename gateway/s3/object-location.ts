import type { S3Request } from './request.ts';

const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*/i;

/** "The URI that identifies the newly created object" (CompleteMultipartUpload): the one that the client asked by. */
export function objectLocation({ wire, origin }: S3Request): string {
  const [path = '/'] = wire.target.replace(ABSOLUTE_FORM, '').split('?', 1);
  return origin + path;
}
