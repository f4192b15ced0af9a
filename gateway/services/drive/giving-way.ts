import { Failure, type Metadata } from '../../../metadata/index.ts';

/** What stores bytes, and names where: a bucket, or an upload. */
const STORING = [
  'applyDocuments',
  'commitDocument',
  'commitObject',
  'commitPart',
  'completeDocument',
  'completeUpload',
  'copyObject',
  'copyTree',
] as const satisfies readonly (keyof Metadata['mutations'])[];

/** Others may take the room that was made. */
const ATTEMPTS = 3;

/**
 * The database, in which the trash of a drive gives way: what would be over the quota is stored all the same where there is
 * enough in the trash, which goes for it, the oldest first. Who deletes something to make room has made it; to what friends
 * store it does not give way, for they delete nothing for good.
 */
export function withTrashGivingWay(metadata: Metadata): Metadata {
  const storing = STORING.map((name) => {
    const store = metadata.mutations[name] as (input: Input) => Promise<unknown>; // all name a place
    return [name, (input: Input) => storeIn(metadata, placeOf(input), () => store(input))];
  });
  return { ...metadata, mutations: { ...metadata.mutations, ...Object.fromEntries(storing) } };
}

interface Place {
  readonly bucketId?: number;
  readonly uploadId?: string;
  /** Who stores it. */
  readonly accountId?: string;
  /** Of what is copied. */
  readonly to?: { readonly bucketId: number };
}

/** A document that S3 writes is an object, or an upload, and what it means to its collection. */
type Input = Place & { readonly object?: Place; readonly upload?: Place };

function placeOf(input: Input): Place {
  return input.object ?? input.upload ?? input;
}

async function storeIn<Result>(
  { mutations }: Metadata,
  { to, bucketId = to?.bucketId, uploadId, accountId }: Place,
  store: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await store();
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'QuotaExceeded' || attempt === ATTEMPTS) throw error;
      const missingBytes = Number(error.detail.MissingBytes);
      const at = new Date().toISOString();
      if (!(await mutations.makeRoom({ bucketId, uploadId, accountId, missingBytes, at }))) throw error;
    }
  }
}
