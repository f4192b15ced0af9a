import { type ConditionContext, NO_CONTEXT } from './question.ts';
import type { Template } from './template.ts';

/** Whether a value of a request matches. */
export type Test = (value: string) => boolean;

/** Undefined where the request does not say what a variable stands for. */
export type Matcher = (context: ConditionContext) => Test | undefined;

/** What a value of a policy is compared with, and how. */
export interface Comparison {
  /** What of a value counts. */
  readonly measures: 'text' | 'quantity' | 'address';
  /** Whether variables may stand in its values ("Where you can use policy variables"). */
  readonly takesVariables: boolean;
  /** Whether `*` and `?` are wildcards. */
  readonly takesWildcards: boolean;
  /** Says what is wrong with a value of a policy. */
  readonly check: (value: Template) => string | undefined;
  readonly matcher: (value: Template) => Matcher;
}

/** A comparison of what two texts mean: numbers, times, addresses. */
export function measured<T>(
  measure: (text: string) => T | undefined,
  { compare, problem }: { compare: (own: T, value: string) => boolean; problem: string },
): Comparison {
  const read = (template: Template) => measure(template.text(NO_CONTEXT) ?? '');
  return {
    measures: 'quantity',
    takesVariables: false,
    takesWildcards: false,
    check: (template) => (read(template) === undefined ? problem : undefined),
    matcher: (template) => {
      const own = read(template);
      const test = (value: string) => own !== undefined && compare(own, value);
      return () => test;
    },
  };
}
