import { foldKey, isConditionKey, isMultivalued } from './condition-keys.ts';
import { malformed, requireObject, within } from './malformed.ts';
import { type Operator, operators } from './operators.ts';
import { Template } from './template.ts';

/** Of a key with several values: whether each of them or one of them has to match. */
export type Quantifier = 'all' | 'any';

/** One key of one operator. */
export interface Condition {
  /** Undefined: `Null`. */
  readonly operator: Operator | undefined;
  readonly quantifier: Quantifier | undefined;
  /** Whether a request without the key is let through. */
  readonly ifExists: boolean;
  /** Folded. */
  readonly key: string;
  /** Any of them. */
  readonly values: readonly Template[];
}

type OperatorUse = Pick<Condition, 'operator' | 'quantifier' | 'ifExists'>;

const OPERATOR = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;
const INVALID_OPERATOR = 'Invalid Condition type';
const INVALID_KEY = 'Policy has an invalid condition key';

/** How texts of the policy are read: in the language of 2008 there are no variables. */
export interface TextRules {
  readonly hasVariables: boolean;
}

/** All of them must hold. */
export function parseConditions(value: unknown, place: string, rules: TextRules): Condition[] {
  return Object.entries(requireObject(value, place)).flatMap(([name, keys]) => {
    const at = within(place, name);
    const use = parseOperator(name, at);
    return Object.entries(requireObject(keys, at)).map(([key, values]) =>
      parseKey({ key, values, use }, within(at, key), rules),
    );
  });
}

function parseOperator(text: string, place: string): OperatorUse {
  const [, prefix, name = '', ifExists] = OPERATOR.exec(text) ?? [];
  if (text === 'Null') return { operator: undefined, quantifier: undefined, ifExists: false };
  const operator = operators.get(name);
  if (operator === undefined) throw malformed(place, 'There is no such condition operator.', INVALID_OPERATOR);
  const quantifier = prefix === undefined ? undefined : prefix === 'ForAllValues' ? 'all' : 'any';
  return { operator, quantifier, ifExists: ifExists !== undefined };
}

interface KeyUse {
  readonly key: string;
  readonly values: unknown;
  readonly use: OperatorUse;
}

function parseKey({ key, values, use }: KeyUse, place: string, rules: TextRules): Condition {
  const folded = foldKey(key);
  if (!isConditionKey(folded)) throw malformed(place, 'There is no such condition key here.', INVALID_KEY);
  if (use.operator !== undefined && use.quantifier === undefined && isMultivalued(folded)) {
    const problem = 'A request may have several of them: the operator needs ForAllValues: or ForAnyValue: before it.';
    throw malformed(place, problem, INVALID_OPERATOR);
  }
  const isList = Array.isArray(values);
  const list: readonly unknown[] = isList ? values : [values];
  if (list.length === 0) throw malformed(place, 'At least one value is needed.');
  const parse = (value: unknown, index: number) =>
    parseValue(value, isList ? `${place}/${index}` : place, { ...rules, operator: use.operator });
  return { ...use, key: folded, values: list.map(parse) };
}

function parseValue(value: unknown, place: string, rules: TextRules & Pick<Condition, 'operator'>): Template {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw malformed(place, 'It must be a text, a number, true or false.');
  }
  const { operator } = rules;
  const template = parseText(String(value), place, rules);
  if (template.variables.length > 0 && operator?.takesVariables !== true) {
    throw malformed(place, 'This operator takes no policy variables.');
  }
  const isTruth = /^(true|false)$/i.test(String(value));
  const problem = operator === undefined && !isTruth ? 'It must be "true" or "false".' : operator?.check(template);
  if (problem !== undefined) throw malformed(place, problem);
  return template;
}

/** A text in which there may be variables. */
export function parseText(text: string, place: string, { hasVariables }: TextRules): Template {
  if (!hasVariables) return Template.ofText(text);
  const template = Template.parse(text);
  if (template === undefined) throw malformed(place, 'A policy variable in it is malformed.');
  const isKnown = template.variables.every((key) => isConditionKey(key) && !isMultivalued(key));
  if (isKnown) return template;
  throw malformed(place, 'A policy variable in it is none of the condition keys that have one value.');
}
