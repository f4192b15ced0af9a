import type { Metadata } from '../../../metadata/index.ts';
import type { Lifecycle } from '../../services/lifecycle/index.ts';
import type { StorageClasses } from '../../services/storage-classes.ts';

/** What the job that enforces lifecycle rules works with. */
export interface LifecycleJob {
  readonly metadata: Metadata;
  readonly stores: StorageClasses;
  readonly lifecycle: Lifecycle;
  /** Throws `InsufficientStorage` when so many bytes more would fill the disk of a storage class. */
  readonly reserveSpace: (sizeBytes: number, store: string | undefined) => void;
  /** Told of some of the versions and uploads with which a pass could not do what was due. */
  readonly onFailure: (error: unknown, what: { readonly bucket: string; readonly key: string }) => void;
  /** Ends the pass before its time; the next call goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** What a pass has done, from when it was begun or resumed. */
export interface LifecycleResult {
  /** Current versions, deleted or hidden behind a delete marker. */
  readonly expired: number;
  /** Noncurrent versions. */
  readonly deleted: number;
  readonly markersRemoved: number;
  readonly transitioned: number;
  readonly uploadsAborted: number;
  /** What a lock keeps although it is due. */
  readonly locked: number;
  readonly failed: number;
}
