import type { Matcher, Test } from './comparison.ts';
import type { Operator } from './operators.ts';
import type { Condition } from './parse-condition.ts';
import { type ConditionContext, NO_CONTEXT } from './question.ts';
import type { Template } from './template.ts';

/** Whether a condition holds for a request. */
export type Holds = (context: ConditionContext) => boolean;

/** Whether one value of a request is as the operator wants it. */
type Accepts = (value: string, context: ConditionContext) => boolean;

interface ValueRules {
  readonly operator: Operator;
  readonly values: readonly Template[];
  /** Of the statement. */
  readonly effect: 'Allow' | 'Deny';
}

export function compileCondition({ operator, ...condition }: Condition, effect: 'Allow' | 'Deny'): Holds {
  const { key, quantifier, ifExists, values } = condition;
  if (operator === undefined) return compileNull(key, values);
  const accepts = compileValues({ operator, values, effect });
  if (quantifier === 'all') return (context) => setOf(context.get(key)).every((value) => accepts(value, context));
  if (quantifier === 'any') {
    return (context) => {
      const value = context.get(key);
      return isMissing(value) ? ifExists : setOf(value).some((one) => accepts(one, context));
    };
  }
  return compileSingle({ key, accepts, isNegated: operator.isNegated, ifExists });
}

interface SingleRules {
  readonly key: string;
  readonly accepts: Accepts;
  readonly isNegated: boolean;
  readonly ifExists: boolean;
}

/** "If the key is not present, the values do not match"; where they are not to match, that is what is wanted. */
function compileSingle({ key, accepts, isNegated, ifExists }: SingleRules): Holds {
  return (context) => {
    const value = context.get(key);
    if (isMissing(value)) return isNegated || ifExists;
    if (typeof value === 'string') return accepts(value, context);
    const isAccepted = (one: string) => accepts(one, context);
    return isNegated ? value.every(isAccepted) : value.some(isAccepted);
  };
}

/** "`true`: the key doesn't exist, `false`: the key exists and its value is not null". */
function compileNull(key: string, values: readonly Template[]): Holds {
  const wanted = values.map((value) => value.text(NO_CONTEXT)?.toLowerCase() === 'true');
  return (context) => wanted.includes(isMissing(context.get(key)));
}

/** One value of the policy is enough; for a negated operator none may match. */
function compileValues({ operator, values, effect }: ValueRules): Accepts {
  const { isNegated } = operator;
  const tests = values.filter(isConstant).map((value) => operator.matcher(value)(NO_CONTEXT) as Test); // has no variables
  const matchers = values.filter((value) => !isConstant(value)).map((value) => operator.matcher(value));
  if (matchers.length === 0) return (value) => tests.some((test) => test(value)) !== isNegated;
  return (value, context) => {
    const expanded = matchers.map((matcher: Matcher) => matcher(context));
    // What a variable stands for is unknown: it matches nothing, but nothing is allowed for that.
    if (isNegated && effect === 'Allow' && expanded.includes(undefined)) return false;
    return (tests.some((test) => test(value)) || expanded.some((test) => test?.(value) === true)) !== isNegated;
  };
}

function isConstant({ variables }: Template): boolean {
  return variables.length === 0;
}

type ContextValue = string | readonly string[] | undefined;

/** An empty set is none. */
function isMissing(value: ContextValue): value is undefined {
  return value === undefined || (typeof value !== 'string' && value.length === 0);
}

/** "If the key values resolve to an empty data set (for example, an empty string)": as if there was none. */
function setOf(value: ContextValue): readonly string[] {
  if (value === undefined || value === '') return [];
  return typeof value === 'string' ? [value] : value;
}
