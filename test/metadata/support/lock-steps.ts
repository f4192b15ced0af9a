import fc from 'fast-check';
import type { StoredRetention } from '../../../metadata/index.ts';

/** What a new version is told of locks, in hours from then. */
export interface LockWish {
  readonly mode: StoredRetention['mode'] | undefined;
  readonly hours: number;
  readonly legalHold: boolean | undefined;
  /** Left to the bucket to say. */
  readonly byDefault: boolean;
}

/** One thing that somebody does to a bucket and its versions, which are counted from the oldest. */
export type LockStep =
  | { readonly do: 'put' | 'upload'; readonly key: string; readonly lock: LockWish }
  | { readonly do: 'copy'; readonly which: number; readonly key: string; readonly lock: LockWish }
  | { readonly do: 'hide'; readonly key: string }
  | { readonly do: 'rename'; readonly from: string; readonly key: string }
  | { readonly do: 'delete'; readonly which: number; readonly bypass: boolean }
  | {
      readonly do: 'retain';
      readonly which: number;
      readonly mode: StoredRetention['mode'] | undefined;
      readonly hours: number;
      readonly bypass: boolean;
    }
  | { readonly do: 'hold'; readonly which: number; readonly legalHold: boolean }
  | { readonly do: 'tag'; readonly which: number }
  | { readonly do: 'enable' | 'suspend' | 'drop' }
  | { readonly do: 'wait'; readonly hours: number };

const key = fc.constantFrom('k', 'l');
const which = fc.nat({ max: 7 });
const bypass = fc.boolean();
const mode = fc.constantFrom('GOVERNANCE' as const, 'COMPLIANCE' as const, undefined);
/** Whole, so that the end of a retention is often met to the millisecond. */
const hours = fc.integer({ min: 1, max: 5 });
const lock = fc.record<LockWish>({
  mode,
  hours,
  legalHold: fc.constantFrom(true, false, undefined, undefined, undefined),
  byDefault: fc.boolean(),
});

/** Anything that anybody may try. */
export const lockStep: fc.Arbitrary<LockStep> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('put' as const, 'upload' as const), key, lock }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('copy' as const), which, key, lock }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('hide' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rename' as const), from: key, key }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('delete' as const), which, bypass }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('retain' as const),
      which,
      mode,
      hours: fc.integer({ min: -1, max: 8 }),
      bypass,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hold' as const), which, legalHold: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('tag' as const), which }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('enable' as const, 'suspend' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drop' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 3 }) }) },
);
