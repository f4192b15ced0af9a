import { encodeValue } from '../values/entry.ts';
import type { DocumentValue } from '../values/value.ts';
import { invalidKeyword, type Keyword } from './keyword.ts';
import { compileAdditional } from './object-keywords.ts';
import { count } from './value-keywords.ts';
import { below, type Check, type Violation } from './violation.ts';

/** Keywords of arrays; all else passes. */
export const arrayKeywords: Readonly<Record<string, Keyword>> = {
  items: (operand, { compile }) => {
    if (Array.isArray(operand)) return ofElements(operand.map(compile));
    const check = compile(operand);
    return ofArrays((items, path) => firstViolation(items, { path, from: 0, check }));
  },
  additionalItems: (operand, { schema, compile }) => {
    const check = compileAdditional('additionalItems', operand, compile);
    const { items: named } = schema;
    if (!Array.isArray(named)) return undefined; // the schema of all items is theirs as well
    return ofArrays((items, path) => firstViolation(items, { path, from: named.length, check }));
  },
  minItems: (operand) => {
    const least = count('minItems', operand);
    return ofArrays((items, path) =>
      items.length >= least ? undefined : { path, reason: `has fewer than ${least} items` },
    );
  },
  maxItems: (operand) => {
    const most = count('maxItems', operand);
    return ofArrays((items, path) =>
      items.length <= most ? undefined : { path, reason: `has more than ${most} items` },
    );
  },
  uniqueItems: (operand) => {
    if (typeof operand !== 'boolean') throw invalidKeyword('uniqueItems', 'a boolean');
    if (!operand) return undefined;
    return ofArrays((items, path) => {
      const distinct = new Set(items.map((item) => encodeValue(item).toString('latin1')));
      return distinct.size === items.length ? undefined : { path, reason: 'has an item more than once' };
    });
  },
};

function ofArrays(check: (items: readonly DocumentValue[], path: string) => Violation | undefined): Check {
  return (value, path) => (Array.isArray(value) ? check(value, path) : undefined);
}

function ofElements(checks: readonly Check[]): Check {
  return ofArrays((items, path) => {
    for (const [at, check] of checks.entries()) {
      const item = items[at];
      const violation = item === undefined ? undefined : check(item, below(path, at));
      if (violation !== undefined) return violation;
    }
    return undefined;
  });
}

function firstViolation(
  items: readonly DocumentValue[],
  { path, from, check }: { readonly path: string; readonly from: number; readonly check: Check },
): Violation | undefined {
  for (let at = from; at < items.length; at += 1) {
    const violation = check(items[at] ?? null, below(path, at));
    if (violation !== undefined) return violation;
  }
  return undefined;
}
