/**
 * What is known of a request, by the names of condition keys in lower case: 'aws:sourceip', 's3:prefix'. What follows a
 * slash is the name of a tag, which is kept as it is written: 's3:existingobjecttag/Owner'.
 */
export interface ConditionContext {
  /** Undefined: the request has no such thing. */
  get(key: string): string | readonly string[] | undefined;
}

/** Who asks, as policies name principals. */
export interface PolicyPrincipal {
  readonly accountId: string;
  readonly canonicalId: string;
}

/** What a policy is asked. */
export interface PolicyQuestion {
  /** `s3:GetObject` */
  readonly action: string;
  /** `arn:aws:s3:::bucket/key` */
  readonly resource: string;
  /** Undefined: nobody that has proven who it is. */
  readonly principal: PolicyPrincipal | undefined;
  readonly context: ConditionContext;
}

/** What a policy says of it; where it is not mentioned, nothing. */
export interface PolicyVerdict {
  readonly effect: 'Allow' | 'Deny';
  /** Which statement: its Sid, or its place. */
  readonly statement: string;
}

/** Of a request that nothing is known of. */
export const NO_CONTEXT: ConditionContext = { get: () => undefined };
