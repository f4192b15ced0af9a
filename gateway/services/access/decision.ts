/** A verdict and the statement that decided. */
export interface Decision {
  readonly allowed: boolean;
  readonly statement: string;
  /** Nothing can change it: an explicit refusal. */
  readonly isFinal?: boolean;
}

export const ALLOW_ROOT: Decision = { allowed: true, statement: 'root may do everything' };
export const ALLOW_ADMIN: Decision = { allowed: true, statement: 'admins may do everything' };
export const ALLOW_AUDITOR: Decision = { allowed: true, statement: 'auditors may read everything' };
export const DENY_AUDITOR: Decision = {
  allowed: false,
  isFinal: true,
  statement: 'auditors write nothing, whosever it is',
};
export const ALLOW_OWNER: Decision = { allowed: true, statement: 'the owner of a bucket may do everything in it' };
export const ALLOW_OWN_BUCKETS: Decision = {
  allowed: true,
  statement: 'an account may list and create its own buckets',
};
export const DENY_ANONYMOUS: Decision = { allowed: false, statement: 'no statement allows it to everybody' };
export const DENY_OTHERS: Decision = {
  allowed: false,
  statement: 'no statement allows it to an account other than the owner',
};
export const DENY_TO_KEY: Decision = {
  allowed: false,
  isFinal: true,
  statement: 'no statement of the policy of the access key allows it',
};
/** Which is no leave yet: what the account may not do, no key of it may. */
export const LET_BY_KEY: Decision = { allowed: true, statement: 'the policy of the access key lets it pass' };
export const DENY_ROLE: Decision = { allowed: false, statement: 'no statement allows it to the role' };
export const DENY_TO_SESSION: Decision = {
  allowed: false,
  isFinal: true,
  statement: 'no statement of the policy of the session allows it',
};
export const LET_BY_SESSION: Decision = { allowed: true, statement: 'the policy of the session lets it pass' };
/** Each of the objects is asked for by itself. */
export const ASK_FOR_EACH: Decision = { allowed: true, statement: 'each object is asked for by itself' };

/** A statement of the policy of a key that denies, by its Sid or its place. */
export function denyByKey(statement: string): Decision {
  return { allowed: false, isFinal: true, statement: `${statement} of the policy of the access key` };
}

/** A statement of the policy of a session that denies, by its Sid or its place. */
export function denyBySession(statement: string): Decision {
  return { allowed: false, isFinal: true, statement: `${statement} of the policy of the session` };
}

/** A statement of a bucket policy, by its Sid or its place. */
export function byBucketPolicy(
  allowed: boolean,
  { bucket, statement }: { bucket: string; statement: string },
): Decision {
  return { allowed, isFinal: !allowed, statement: `${statement} of the policy of bucket ${bucket}` };
}
