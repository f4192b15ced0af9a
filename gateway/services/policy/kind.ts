import type { ResolvePrincipal } from './principals.ts';

/** The policy of a bucket: it says who may do what in it. */
export interface BucketPolicyKind {
  /** Its name: nothing outside of it can be named. */
  readonly bucket: string;
  readonly resolvePrincipal: ResolvePrincipal;
}

/** The trust policy of a role: it says who may take it on. */
export interface TrustPolicyKind {
  readonly resolvePrincipal: ResolvePrincipal;
  /** The issuers whose tokens may be named. */
  readonly issuers: readonly string[];
}

/**
 * Where a policy belongs to: an access key, which it narrows; whoever holds it, a user, group or role (`identity`); a
 * bucket; or a role that may be taken on.
 */
export type PolicyKind = 'key' | 'identity' | BucketPolicyKind | TrustPolicyKind;

export function isOfBucket(kind: PolicyKind): kind is BucketPolicyKind {
  return typeof kind === 'object' && 'bucket' in kind;
}

export function isTrust(kind: PolicyKind): kind is TrustPolicyKind {
  return typeof kind === 'object' && 'issuers' in kind;
}

export const VERSION = '2012-10-17';
/** It has no policy variables. */
export const OLD_VERSION = '2008-10-17';

/** What differs between kinds. */
export interface KindRules {
  readonly maxBytes: number;
  readonly versions: readonly string[];
  /** Where none is said. */
  readonly defaultVersion: string | undefined;
  readonly elements: readonly string[];
  readonly statementElements: readonly string[];
}

const ELEMENTS = ['Version', 'Statement'];
const STATEMENT_ELEMENTS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];

const KEY_RULES: KindRules = {
  maxBytes: 16 * 1024,
  versions: [VERSION],
  defaultVersion: undefined,
  elements: ELEMENTS,
  statementElements: STATEMENT_ELEMENTS,
};

/** "Bucket policies are limited to 20 KB in size"; "if you do not include a Version element, the value defaults to 2008-10-17". */
const BUCKET_RULES: KindRules = {
  maxBytes: 20 * 1024,
  versions: [VERSION, OLD_VERSION],
  defaultVersion: OLD_VERSION,
  elements: [...ELEMENTS, 'Id'],
  statementElements: [...STATEMENT_ELEMENTS, 'Principal', 'NotPrincipal'],
};

/** "The total aggregate policy size [...] of all inline policies [...] Role policy size cannot exceed 10,240 characters". */
const IDENTITY_RULES: KindRules = {
  maxBytes: 10 * 1024,
  versions: [VERSION, OLD_VERSION],
  defaultVersion: OLD_VERSION,
  elements: [...ELEMENTS, 'Id'],
  statementElements: STATEMENT_ELEMENTS,
};

/** Its resource is the role. */
const TRUST_RULES: KindRules = {
  ...IDENTITY_RULES,
  maxBytes: 4 * 1024,
  statementElements: ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Condition'],
};

export function rulesOf(kind: PolicyKind): KindRules {
  if (kind === 'key') return KEY_RULES;
  if (kind === 'identity') return IDENTITY_RULES;
  return isTrust(kind) ? TRUST_RULES : BUCKET_RULES;
}
