import type { AccountRow, BucketRow } from '../../../metadata/index.ts';
import type { ConditionContext, Policy } from '../policy/index.ts';
import type { Trace } from './trace.ts';

/** Who a request acts as. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'account';
      readonly account: AccountRow;
      /** Undefined: it has logged in. */
      readonly accessKey: string | undefined;
      /** Narrows what is allowed to the account; undefined: nothing does. */
      readonly policy?: Policy | undefined;
      /** Of temporary credentials. */
      readonly session?: PrincipalSession;
    };

/** What is known of temporary credentials. */
export interface PrincipalSession {
  /** Of a role, or of the account itself. */
  readonly kind: 'role' | 'account';
  /** ISO time. */
  readonly issuedAt: string;
  /** Of a role: who took it on says what it is called. */
  readonly name: string;
  /** By which claims of a token it was taken on, by their condition keys. */
  readonly claims?: Readonly<Record<string, string>>;
  /** Who took roles on on the way here: as they were then, or the session is over. */
  readonly chain?: readonly { readonly id: string; readonly epoch: number }[];
  /** The access key that it began with, which has to be good still. */
  readonly startedBy?: string;
}

/**
 * What is acted on: the service itself (listing buckets, or creating the one that is named), a bucket and what is in it,
 * or objects of a bucket of which each is asked for by itself as soon as it is known.
 */
export type Resource =
  | { readonly kind: 'service'; readonly bucketName?: string | undefined }
  | { readonly kind: 'objects'; readonly bucket: BucketRow }
  | {
      readonly kind: 'bucket';
      readonly bucket: BucketRow;
      readonly key?: string | undefined;
      /** Where the request names one. */
      readonly versionId?: string | undefined;
      /** It is asked of the version that is to be written, not of what is there. */
      readonly isNew?: true;
    };

/** What is asked of the evaluator. */
export interface Question {
  readonly principal: Principal;
  /** S3's name of it, `s3:GetObject`. */
  readonly action: string;
  readonly resource: Resource;
  /** What the request says of itself. */
  readonly context: ConditionContext;
  /** Told of every source that is asked, where somebody wants to know. */
  readonly trace?: Trace | undefined;
}

/** Who has logged in, or nobody. */
export function principalOf(caller: { readonly account: AccountRow } | undefined): Principal {
  if (caller === undefined) return { kind: 'anonymous' };
  return { kind: 'account', account: caller.account, accessKey: undefined };
}

/** What policies call a resource, without `arn:aws:s3:::`. */
export function resourceName(resource: Exclude<Resource, { readonly kind: 'objects' }>): string {
  if (resource.kind === 'service') return resource.bucketName ?? '*';
  const { bucket, key } = resource;
  return key === undefined ? bucket.name : `${bucket.name}/${key}`;
}
