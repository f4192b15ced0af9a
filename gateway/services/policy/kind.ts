import type { ResolvePrincipal } from './principals.ts';

/** The policy of a bucket: it says who may do what in it. */
export interface BucketPolicyKind {
  /** Its name: nothing outside of it can be named. */
  readonly bucket: string;
  readonly resolvePrincipal: ResolvePrincipal;
}

/** Where a policy belongs to: an access key, which it narrows, or a bucket. */
export type PolicyKind = 'key' | BucketPolicyKind;

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

export function rulesOf(kind: PolicyKind): KindRules {
  return kind === 'key' ? KEY_RULES : BUCKET_RULES;
}
