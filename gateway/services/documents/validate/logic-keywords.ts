import type { DocumentValue } from '../values/value.ts';
import { type CompileSchema, invalidKeyword, type Keyword } from './keyword.ts';
import { allOf, type Check } from './violation.ts';

/** Keywords that put schemas together. */
export const logicKeywords: Readonly<Record<string, Keyword>> = {
  allOf: (operand, { compile }) => allOf(compileAll('allOf', operand, compile)),
  anyOf: (operand, { compile }) => {
    const checks = compileAll('anyOf', operand, compile);
    return (value, path) =>
      matching(checks, value) > 0 ? undefined : { path, reason: 'is none of what anyOf allows' };
  },
  oneOf: (operand, { compile }) => {
    const checks = compileAll('oneOf', operand, compile);
    return (value, path) => {
      const count = matching(checks, value);
      return count === 1 ? undefined : { path, reason: `is ${count} of what oneOf allows, not one` };
    };
  },
  not: (operand, { compile }) => {
    const check = compile(operand);
    return (value, path) => (check(value, path) === undefined ? { path, reason: 'is what it must not be' } : undefined);
  },
};

function compileAll(name: string, operand: DocumentValue, compile: CompileSchema): Check[] {
  if (Array.isArray(operand) && operand.length > 0) return operand.map(compile);
  throw invalidKeyword(name, 'an array of schemas, not an empty one');
}

function matching(checks: readonly Check[], value: DocumentValue): number {
  return checks.filter((check) => check(value, '') === undefined).length;
}
