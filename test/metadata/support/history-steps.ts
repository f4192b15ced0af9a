import fc from 'fast-check';
import type { ModelPlace } from './history-model.ts';

/** Buckets and who owns them. */
export const OWNERS = new Map([
  ['bucket-a', 'ann'],
  ['bucket-b', 'ann'],
  ['bucket-c', 'bob'],
]);

export type Kind = 'empty' | 'inline' | 'staged';
export type Check = 'none' | 'absent' | 'exists' | 'match' | 'other';

export interface NewBytes {
  readonly kind: Kind;
  readonly size: number;
  /** Where it is known what they are: all that say so are the same, and of one size. */
  readonly sha256: string | undefined;
}

/** One thing that somebody does. */
export type Step =
  | ({ readonly do: 'put'; readonly at: ModelPlace; readonly check: Check } & NewBytes)
  | {
      readonly do: 'copy';
      readonly from: ModelPlace;
      /** Which of its versions, the newest first. */
      readonly age: number;
      readonly at: ModelPlace;
      readonly check: Check;
    }
  | {
      readonly do: 'rename';
      readonly from: string;
      readonly at: ModelPlace;
      /** Which of the two the check is about. */
      readonly end: 'source' | 'destination';
      readonly check: Check;
      readonly token: string | undefined;
    }
  | { readonly do: 'delete'; readonly at: ModelPlace; readonly check: Check }
  | { readonly do: 'delete-version'; readonly at: ModelPlace; readonly age: number }
  | { readonly do: 'versioning'; readonly bucket: string; readonly to: 'Enabled' | 'Suspended' }
  | { readonly do: 'begin'; readonly at: ModelPlace }
  | ({ readonly do: 'part'; readonly upload: number; readonly number: number } & NewBytes)
  | { readonly do: 'complete'; readonly upload: number; readonly leaveOut: number; readonly check: Check }
  | { readonly do: 'abort'; readonly upload: number }
  | { readonly do: 'forget' };

const key = fc.constantFrom('k', 'l', 'm');
const place = fc.record({ bucket: fc.constantFrom(...OWNERS.keys()), key });
const kind = fc.constantFrom<Kind>('empty', 'inline', 'staged');
const size = fc.integer({ min: 1, max: 50 });
const sha256 = fc.option(fc.constantFrom('s', 't'), { nil: undefined, freq: 2 });
const check = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Check>('none') },
  { weight: 3, arbitrary: fc.constantFrom<Check>('absent', 'exists', 'match', 'other') },
);
const upload = fc.nat({ max: 3 });
/** Of a version: the newest is 0, and few keys have so many that the last of these is one. */
const age = fc.oneof(fc.constant(0), fc.nat({ max: 4 }));
/** The last bucket is left alone: it never keeps versions. */
const versionable = fc.constantFrom(...[...OWNERS.keys()].slice(0, -1));

function renameAt(at: fc.Arbitrary<ModelPlace>) {
  return fc.record({
    do: fc.constant('rename' as const),
    from: key,
    at,
    end: fc.constantFrom('source' as const, 'destination' as const),
    check,
    token: fc.option(fc.constantFrom('s', 't'), { nil: undefined, freq: 2 }),
  });
}

function versioningOf(bucket: fc.Arbitrary<string>) {
  const to = fc.constantFrom('Enabled' as const, 'Enabled' as const, 'Suspended' as const);
  return fc.record({ do: fc.constant('versioning' as const), bucket, to });
}

/** Anything that anybody may do, allowed or not. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), at: place, kind, size, sha256, check }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('copy' as const), from: place, age, at: place, check }) },
  { weight: 5, arbitrary: renameAt(place) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete' as const), at: place, check }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete-version' as const), at: place, age }) },
  { weight: 2, arbitrary: versioningOf(versionable) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('begin' as const), at: place }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('part' as const),
      upload,
      number: fc.integer({ min: 1, max: 3 }),
      kind,
      size,
      sha256,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('complete' as const), upload, leaveOut: fc.nat({ max: 3 }), check }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), upload }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const) }) },
);

const crowded = fc.record({ bucket: fc.constant('bucket-a'), key });

/** Renames above all, in one bucket, whose keys soon have long histories. */
export const renameStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: renameAt(crowded) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), at: crowded, kind, size, sha256, check }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('copy' as const), from: crowded, age, at: crowded, check }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), at: crowded, check }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete-version' as const), at: crowded, age }) },
  { weight: 2, arbitrary: versioningOf(fc.constant('bucket-a')) },
);
