import type { Decision } from './decision.ts';

/** What is asked who may do what. */
export type SourceName =
  | 'account'
  | 'key-policy'
  | 'session-policy'
  | 'bucket-policy'
  | 'public-access-block'
  | 'role'
  | 'ownership'
  | 'user-policy'
  | 'grant'
  | 'share'
  | 'acl';

/** What one source said on the way to a decision. */
export interface Step {
  readonly source: SourceName;
  /** Undefined: it was asked and says nothing of it. */
  readonly decision: Decision | undefined;
  /** It would have said so, and that does not count. */
  readonly isIgnored?: true;
}

/** What was asked on the way to a decision, in this order. */
export type Trace = Step[];

/** Writes down what a source said where somebody wants to know, and says the same. */
export function note<D extends Decision | undefined>(
  { trace }: { readonly trace?: Trace | undefined },
  source: SourceName,
  decision: D,
): D {
  trace?.push({ source, decision });
  return decision;
}
