import type { ListPosition, Metadata } from '../../../metadata/index.ts';

/** Where a pass is: what is in front of it has been looked at. */
export interface Place {
  readonly bucketId: number;
  /** Of a bucket first its uploads are walked over, and then its versions. */
  readonly walk: 'uploads' | 'versions';
  /** Behind it the walk goes on; a key that it was in the middle of begins again. */
  readonly position?: ListPosition | undefined;
  /** Within the key of an upload: behind this one. */
  readonly afterUploadId?: string | undefined;
}

/** A pass over all buckets. */
export interface Pass {
  /** The midnight that it belongs to, in milliseconds since the epoch. */
  readonly midnightMs: number;
  /** Undefined: it is over. */
  readonly place: Place | undefined;
}

/** In front of everything. */
export const BEGINNING: Place = { bucketId: 0, walk: 'uploads' };

const JOB = 'lifecycle';

/** The pass that was saved last, be it over. */
export async function loadPass({ queries }: Metadata): Promise<Pass | undefined> {
  const saved = await queries.findJobProgress(JOB);
  return saved === undefined ? undefined : (JSON.parse(saved) as Pass); // written by savePass alone
}

export async function savePass({ mutations }: Metadata, pass: Pass): Promise<void> {
  await mutations.saveJobProgress({ job: JOB, position: JSON.stringify(pass) });
}
