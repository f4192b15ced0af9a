import { parsePartNumber } from './read-object.ts';
import type { S3Request } from './request.ts';

/** Which upload is meant; one that cannot be is found nowhere. */
export function parseUploadId({ address }: S3Request): string {
  return address.query.get('uploadId') ?? '';
}

/** Which part of which upload is meant. @throws S3Error `InvalidArgument` for a number outside 1 to 10,000 */
export function parsePartInput(request: S3Request): { readonly uploadId: string; readonly partNumber: number } {
  const partNumber = parsePartNumber(request.address.query.get('partNumber') ?? '') ?? 0; // text is never undefined
  return { uploadId: parseUploadId(request), partNumber };
}
