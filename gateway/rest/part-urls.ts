import { setImmediate as nextTurn } from 'node:timers/promises';
import { presignUrl } from '../../signer/index.ts';
import type { DrivePlace } from '../services/drive/drive-access.ts';
import type { IssuedCredentials } from '../services/iam/index.ts';
import type { ApiFacts } from './endpoint.ts';
import { encodePath } from './file-call.ts';
import { Problem } from './problem.ts';

export interface PartUrls {
  readonly uploadId: string;
  readonly place: DrivePlace;
  readonly numbers: readonly number[];
  readonly credentials: IssuedCredentials;
  readonly s3: ApiFacts['s3'];
}

/** Others have their turn after so many signatures. */
const BATCH = 100;

/**
 * The addresses that parts are PUT to: `UploadPart` with a Signature V4 in the query, which whoever has one may use until
 * it expires. @throws Problem `not-configured` where nobody can tell how the S3 listener is called
 */
export async function presignParts({ s3, place, ...upload }: PartUrls): Promise<Map<number, string>> {
  const origin = s3.origin();
  if (origin === undefined) {
    throw new Problem('not-configured', { detail: 'Set GATEHOUSE_PUBLIC_S3_URL: the address of S3 is not known.' });
  }
  const { uploadId, numbers, credentials } = upload;
  const now = Date.now();
  const expiresInSeconds = Math.max(1, Math.floor((credentials.expiration.getTime() - now) / 1000));
  const object = `${origin}/${place.bucket.name}/${encodePath(place.path)}`;
  const urls = new Map<number, string>();
  for (const [index, number] of numbers.entries()) {
    if (index % BATCH === BATCH - 1) await nextTurn();
    const url = new URL(`${object}?partNumber=${number}&uploadId=${uploadId}`);
    const presigned = presignUrl({ method: 'PUT', url, credentials, region: s3.region, expiresInSeconds, now });
    urls.set(number, presigned.href);
  }
  return urls;
}
