import { BSONRegExp } from 'bson';
import { RE2JS } from 're2js';
import { MISSING } from '../field-path.ts';
import type { DocumentValue } from '../values/value.ts';
import { type FieldOperator, type ValueTest, valueTest } from './field-test.ts';
import { invalidQuery } from './invalid-query.ts';

/** "MongoDB [...] The maximum length of the regex pattern". */
const MAX_PATTERN_LENGTH = 32_764;

/** `$regex` with its `$options`. */
export const regexOperators: Readonly<Record<string, FieldOperator>> = {
  $regex: (operand, { criteria }) => valueTest(matchesRegex(toRegex(operand, criteria.$options))),
  $options: (_operand, { criteria }) => {
    if (criteria.$regex === undefined) throw invalidQuery('$options needs a $regex', '$options');
    return { kind: 'every', tests: [] }; // they are the regex's
  },
};

function toRegex(operand: DocumentValue, options: DocumentValue | undefined): BSONRegExp {
  if (options !== undefined && typeof options !== 'string') {
    throw invalidQuery('$options has to be a string', '$options');
  }
  flagsOf(options ?? ''); // bson's own message is another
  if (operand instanceof BSONRegExp) {
    if (options !== undefined && operand.options !== '') {
      throw invalidQuery('options set in both $regex and $options', '$options');
    }
    return options === undefined ? operand : new BSONRegExp(operand.pattern, options);
  }
  if (typeof operand !== 'string') throw invalidQuery('$regex has to be a string', '$regex');
  if (operand.includes('\0')) throw invalidQuery('Regular expression cannot contain an embedded null byte', '$regex');
  return new BSONRegExp(operand, options ?? '');
}

/** Texts that have a match somewhere, and the same regular expression as a value. @throws Failure `InvalidQuery` */
export function matchesRegex(regex: BSONRegExp): ValueTest {
  const find = compileRegex(regex);
  return (value) => {
    if (typeof value === 'string') return find(value);
    return value !== MISSING && value instanceof BSONRegExp && isSame(value, regex);
  };
}

function isSame(a: BSONRegExp, b: BSONRegExp): boolean {
  return a.pattern === b.pattern && a.options === b.options;
}

const FLAGS: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
  x: 0, // what it means is done before
  u: 0, // texts are Unicode always
};

/** A pattern of nothing but letters: it needs no automaton. */
const LITERAL = /^(\^?)([\p{L}\p{N} _@,:;=!<>"'%&/-]*)$/u;

/** Whether a regular expression is a plain text, which may have to be at the beginning. */
export function isLiteral({ pattern, options }: Pick<BSONRegExp, 'pattern' | 'options'>): boolean {
  return options === '' && LITERAL.test(pattern);
}

/**
 * What finds a regular expression in texts, in time that grows with the text alone: RE2 has no backtracking.
 * @throws Failure `InvalidQuery` for what RE2 does not know: lookaround, backreferences, possessive quantifiers
 */
export function compileRegex({ pattern, options }: BSONRegExp): (text: string) => boolean {
  const regex = toRe2(pattern, options);
  const [, anchor, literal = ''] = isLiteral({ pattern, options }) ? (LITERAL.exec(pattern) ?? []) : [];
  if (anchor === undefined) return (text) => regex.test(text);
  return anchor === '' ? (text) => text.includes(literal) : (text) => text.startsWith(literal);
}

/** @throws Failure `InvalidQuery` */
export function toRe2(pattern: string, options: string): RE2JS {
  if (pattern.length > MAX_PATTERN_LENGTH) throw invalidQuery('Regular expression is too long', '$regex');
  const flags = flagsOf(options);
  try {
    return RE2JS.compile(options.includes('x') ? withoutSpace(pattern) : pattern, flags);
  } catch (cause) {
    throw invalidQuery(`Regular expression is invalid: ${explain(pattern, cause)}`, '$regex');
  }
}

function flagsOf(options: string): number {
  let flags = 0;
  for (const option of options) {
    const flag = FLAGS[option];
    if (flag === undefined) throw invalidQuery(`invalid flag in regex options: ${option}`, '$options');
    flags |= flag;
  }
  return flags;
}

function explain(pattern: string, cause: unknown): string {
  if (/\(\?<?[=!]/.test(pattern)) return 'lookahead and lookbehind are not supported';
  if (/\\[1-9]|\(\?P=|\\k/.test(pattern)) return 'backreferences are not supported';
  return cause instanceof Error ? cause.message.replace(/^error parsing regexp: /, '') : String(cause);
}

/** "'Extended' capability to ignore all white space characters in the pattern unless escaped or included in a character class." */
function withoutSpace(pattern: string): string {
  return pattern.replace(/\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\s+|#[^\n]*/gs, (part) => (/^[\s#]/.test(part) ? '' : part));
}
