import { arn } from './arn.ts';
import type { Comparison } from './comparison.ts';
import { binary, bool, ipAddress, stringEquals, stringEqualsIgnoreCase, stringLike } from './comparisons.ts';
import { dates, numbers } from './quantities.ts';

/** What a condition compares, and how. */
export interface Operator extends Comparison {
  /** "Not...": true where nothing matches, and where there is nothing. */
  readonly isNegated: boolean;
}

function positive(name: string, comparison: Comparison): [string, Operator] {
  return [name, { ...comparison, isNegated: false }];
}

function negative(name: string, comparison: Comparison): [string, Operator] {
  return [name, { ...comparison, isNegated: true }];
}

function ordered(prefix: string, comparisons: ReadonlyMap<string, Comparison>): [string, Operator][] {
  const operators = [...comparisons].map(([name, comparison]) => positive(prefix + name, comparison));
  const equals = comparisons.get('Equals');
  return equals === undefined ? operators : [...operators, negative(`${prefix}NotEquals`, equals)];
}

/** By their names in a policy ("IAM JSON policy elements: Condition operators"); `Null` is none of them. */
export const operators: ReadonlyMap<string, Operator> = new Map([
  positive('StringEquals', stringEquals),
  negative('StringNotEquals', stringEquals),
  positive('StringEqualsIgnoreCase', stringEqualsIgnoreCase),
  negative('StringNotEqualsIgnoreCase', stringEqualsIgnoreCase),
  positive('StringLike', stringLike),
  negative('StringNotLike', stringLike),
  ...ordered('Numeric', numbers),
  ...ordered('Date', dates),
  positive('Bool', bool),
  positive('BinaryEquals', binary),
  positive('IpAddress', ipAddress),
  negative('NotIpAddress', ipAddress),
  positive('ArnEquals', arn),
  positive('ArnLike', arn),
  negative('ArnNotEquals', arn),
  negative('ArnNotLike', arn),
]);
