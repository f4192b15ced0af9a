import type { Glob } from './glob.ts';
import { IpRange } from './ip-range.ts';
import { type ConditionContext, NO_CONTEXT } from './question.ts';
import type { Template } from './template.ts';

/** Whether a value of a request matches. */
export type Test = (value: string) => boolean;

/** Undefined where the request does not say what a variable stands for. */
export type Matcher = (context: ConditionContext) => Test | undefined;

interface Comparison {
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

/** What a condition compares, and how. */
export interface Operator extends Comparison {
  /** "Not...": true where nothing matches, and where there is nothing. */
  readonly isNegated: boolean;
}

const valid = () => undefined;

/** A value of a request is compared with many of a policy, one after the other. */
let lastFolded = { text: '', folded: '' };

function toLowerCase(text: string): string {
  if (lastFolded.text !== text) lastFolded = { text, folded: text.toLowerCase() };
  return lastFolded.folded;
}

/** A comparison with the text of the policy. @param fold makes equal what is to be */
function textual(fold: (text: string) => string): Comparison {
  return {
    measures: 'text',
    takesVariables: true,
    takesWildcards: false,
    check: valid,
    matcher: (template) => (context) => {
      const text = template.text(context);
      if (text === undefined) return undefined;
      const own = fold(text);
      return (value) => fold(value) === own;
    },
  };
}

/** A comparison of what two texts mean: numbers, times, addresses. */
function measured<T>(
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

const stringEquals = textual((text) => text);
const stringEqualsIgnoreCase = textual(toLowerCase);
const stringLike: Comparison = {
  ...stringEquals,
  takesWildcards: true,
  matcher: (template) => (context) => {
    const glob = template.glob(context);
    return glob && ((value) => glob.matches(value));
  },
};

const isBoolean = (template: Template) =>
  template.variables.length > 0 || /^(true|false)$/i.test(template.text(NO_CONTEXT) ?? '');
const bool: Comparison = {
  ...stringEqualsIgnoreCase,
  check: (template) => (isBoolean(template) ? undefined : 'It must be "true" or "false".'),
};

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const binary = measured((text) => (BASE64.test(text) ? text : undefined), {
  compare: (own, value) => own === value,
  problem: 'It must be base64.',
});

const ipAddress: Comparison = {
  ...measured(IpRange.parse, {
    compare: (own, value) => own.includes(value),
    problem: 'It must be an IP address, or a range like 192.0.2.0/24.',
  }),
  measures: 'address',
};

const ARN_PARTS = 6;
const isArn = (parts: Template[] | undefined) => parts?.[0]?.text(NO_CONTEXT) === 'arn';

/** "Each of the six colon-delimited components of the ARN is checked separately and each can include" wildcards. */
const arn: Comparison = {
  measures: 'text',
  takesVariables: true,
  takesWildcards: true,
  check: (template) => (isArn(template.split(ARN_PARTS)) ? undefined : 'It must be an ARN.'),
  matcher: (template) => {
    const parts = template.split(ARN_PARTS) ?? [];
    return (context) => {
      const globs = parts.map((part) => part.glob(context));
      if (globs.includes(undefined)) return undefined;
      return (value) => matchesArn(globs, value);
    };
  },
};

function matchesArn(globs: readonly (Glob | undefined)[], value: string): boolean {
  const parts = splitArn(value);
  return parts !== undefined && globs.every((glob, index) => glob?.matches(parts[index] ?? '') === true);
}

/** The last part has all the colons that are left. */
function splitArn(value: string): string[] | undefined {
  const parts: string[] = [];
  let from = 0;
  while (parts.length < ARN_PARTS - 1) {
    const colon = value.indexOf(':', from);
    if (colon < 0) return undefined;
    parts.push(value.slice(from, colon));
    from = colon + 1;
  }
  return [...parts, value.slice(from)];
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;
const ISO_DATE = /^\d{4}-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?$/;
const ZONE = /(Z|[+-]\d{2}:\d{2})$/;

function toNumber(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

/** "W3C implementations of the ISO 8601 date formats or in epoch (UNIX) time": milliseconds since 1970. */
function toTime(text: string): number | undefined {
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  if (!ISO_DATE.test(text)) return undefined;
  const time = Date.parse(text.includes('T') && !ZONE.test(text) ? `${text}Z` : text);
  return Number.isNaN(time) ? undefined : time;
}

const ORDERS: Readonly<Record<string, (value: number, own: number) => boolean>> = {
  Equals: (value, own) => value === own,
  LessThan: (value, own) => value < own,
  LessThanEquals: (value, own) => value <= own,
  GreaterThan: (value, own) => value > own,
  GreaterThanEquals: (value, own) => value >= own,
};

type Measure = (text: string) => number | undefined;

function ordered(prefix: string, measure: Measure, problem: string): [string, Operator][] {
  const comparison = (order: (value: number, own: number) => boolean) => {
    const compare = (own: number, text: string) => {
      const value = measure(text);
      return value !== undefined && order(value, own);
    };
    return measured(measure, { compare, problem });
  };
  const equals = comparison((value, own) => value === own);
  return [
    ...Object.entries(ORDERS).map(([name, order]) => positive(`${prefix}${name}`, comparison(order))),
    negative(`${prefix}NotEquals`, equals),
  ];
}

function positive(name: string, comparison: Comparison): [string, Operator] {
  return [name, { ...comparison, isNegated: false }];
}

function negative(name: string, comparison: Comparison): [string, Operator] {
  return [name, { ...comparison, isNegated: true }];
}

/** By their names in a policy ("IAM JSON policy elements: Condition operators"); `Null` is none of them. */
export const operators: ReadonlyMap<string, Operator> = new Map([
  positive('StringEquals', stringEquals),
  negative('StringNotEquals', stringEquals),
  positive('StringEqualsIgnoreCase', stringEqualsIgnoreCase),
  negative('StringNotEqualsIgnoreCase', stringEqualsIgnoreCase),
  positive('StringLike', stringLike),
  negative('StringNotLike', stringLike),
  ...ordered('Numeric', toNumber, 'It must be a number.'),
  ...ordered('Date', toTime, 'It must be a date like 2026-01-31T12:00:00Z, or seconds since 1970.'),
  positive('Bool', bool),
  positive('BinaryEquals', binary),
  positive('IpAddress', ipAddress),
  negative('NotIpAddress', ipAddress),
  positive('ArnEquals', arn),
  positive('ArnLike', arn),
  negative('ArnNotEquals', arn),
  negative('ArnNotLike', arn),
]);
