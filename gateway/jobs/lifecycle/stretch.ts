import type { BucketRow } from '../../../metadata/index.ts';
import type { CompiledLifecycle } from '../../services/lifecycle/index.ts';
import type { Place } from './position.ts';
import type { Task } from './tally.ts';
import type { Trail } from './trail.ts';

/** Where a pass goes on in a bucket, and the rules of that bucket as they are now. */
export interface Stretch {
  readonly bucket: BucketRow;
  readonly rules: CompiledLifecycle;
  readonly place: Place;
  /** Of versions: up to the last one that was looked at. Without it a key begins behind the place. */
  readonly trail: Trail | undefined;
  /** Rows to look at; at least two. */
  readonly limit: number;
}

/** What is due in a stretch, and what comes behind it; nothing of this walk where there is no place. */
export interface DuePage {
  readonly tasks: readonly Task[];
  readonly place?: Place | undefined;
  readonly trail?: Trail | undefined;
}
