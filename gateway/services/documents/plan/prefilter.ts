import { BSONRegExp } from 'bson';
import type { DocumentCondition, JsonTest } from '../../../../metadata/index.ts';
import { isTrue } from '../filter/element.ts';
import { isNumeric } from '../filter/integers.ts';
import { isOperators } from '../filter/operator-name.ts';
import { approximate } from '../values/numbers.ts';
import { type Document, type DocumentValue, isDocument, typeOf } from '../values/value.ts';

/** More would take the database longer than it saves. */
const MAX_TESTS = 50;
/** A pattern of nothing but letters. */
const LITERAL = /^\^?([\p{L}\p{N} _@,:;=!<>%&/-]+)$/u;
/** Wrapped in an object, as Extended JSON. */
const WRAPPED: ReadonlySet<string> = new Set(['date', 'objectId', 'binData', 'timestamp']);

/**
 * What of a filter the database can decide by the JSON of documents: true of every document that matches, and of others. The
 * filter itself has to be asked again. Undefined: nothing.
 */
export function prefilterOf(filter: Document): DocumentCondition | undefined {
  const condition = ofClauses(filter);
  return condition !== undefined && sizeOf(condition) <= MAX_TESTS ? condition : undefined;
}

function sizeOf(condition: DocumentCondition): number {
  return condition.kind === 'field' ? 1 : condition.of.reduce((sum, each) => sum + sizeOf(each), 0);
}

function ofClauses(filter: Document): DocumentCondition | undefined {
  return all(Object.entries(filter).map(([name, operand]) => clauseOf(name, operand)));
}

function all(conditions: readonly (DocumentCondition | undefined)[]): DocumentCondition | undefined {
  const known = conditions.filter((condition) => condition !== undefined);
  return known.length > 1 ? { kind: 'all', of: known } : known[0];
}

/** Any of these, where all of them are known. */
function any(conditions: readonly (DocumentCondition | undefined)[]): DocumentCondition | undefined {
  const known = conditions.filter((condition) => condition !== undefined);
  if (known.length < conditions.length || known.length === 0 || known.length > MAX_TESTS) return undefined;
  return known.length > 1 ? { kind: 'any', of: known } : known[0];
}

function clauseOf(name: string, operand: DocumentValue): DocumentCondition | undefined {
  if (name === '$and' && Array.isArray(operand)) return all(operand.map(branchOf));
  if (name === '$or' && Array.isArray(operand)) return any(operand.map(branchOf));
  const path = name.split('.');
  // The id of a document that came over S3 may be in its key alone; and not every name can be told the database.
  if (path[0] === '_id' || path.some((each) => each === '' || /^\$|["\\\p{Cc}\p{Surrogate}]/u.test(each)))
    return undefined;
  return conditionOn(path, operand);
}

function branchOf(branch: DocumentValue): DocumentCondition | undefined {
  return isDocument(branch) ? ofClauses(branch) : undefined;
}

function conditionOn(path: readonly string[], operand: DocumentValue): DocumentCondition | undefined {
  if (!isOperators(operand)) return field(path, equalTo(operand));
  return all(Object.entries(operand).map(([operator, value]) => operatorOn(path, { operator, value, whole: operand })));
}

function field(path: readonly string[], test: JsonTest | undefined): DocumentCondition | undefined {
  return test && { kind: 'field', path, test };
}

interface Operation {
  readonly operator: string;
  readonly value: DocumentValue;
  /** With what it stands beside. */
  readonly whole: Document;
}

function operatorOn(path: readonly string[], { operator, value, whole }: Operation): DocumentCondition | undefined {
  switch (operator) {
    case '$eq':
      return field(path, equalTo(value));
    case '$in':
      return Array.isArray(value) ? any(value.map((each) => field(path, equalTo(each)))) : undefined;
    case '$exists':
      return field(path, { kind: 'exists', isThere: isTrue(value) });
    case '$size':
    case '$elemMatch':
      return field(path, { kind: 'array' });
    case '$regex':
      return typeof value === 'string' && whole.$options === undefined ? field(path, matching(value)) : undefined;
    default:
      return field(path, ordered(operator, value));
  }
}

function equalTo(value: DocumentValue): JsonTest | undefined {
  if (value === null) return { kind: 'null' };
  if (typeof value === 'boolean') return { kind: 'boolean', value };
  if (typeof value === 'string') return isWhole(value) ? { kind: 'text', operator: '=', value } : undefined;
  if (value instanceof BSONRegExp) return undefined;
  if (isNumeric(value)) return between(approximate(value), '$eq');
  if (Array.isArray(value)) return { kind: 'array' };
  return isDocument(value) || WRAPPED.has(typeOf(value)) ? { kind: 'object' } : undefined;
}

const TEXT_OPERATORS = { $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' } as const;

function ordered(operator: string, value: DocumentValue): JsonTest | undefined {
  if (!isOrder(operator)) return undefined;
  if (typeof value === 'string')
    return isWhole(value) ? { kind: 'text', operator: TEXT_OPERATORS[operator], value } : undefined;
  if (isNumeric(value)) return between(approximate(value), operator);
  return WRAPPED.has(typeOf(value)) ? { kind: 'object' } : undefined;
}

function isOrder(operator: string): operator is keyof typeof TEXT_OPERATORS {
  return Object.hasOwn(TEXT_OPERATORS, operator);
}

/** Not all readers of JSON round the same way. */
const TOLERANCE = 2 ** -47;

function between(value: number, operator: '$eq' | keyof typeof TEXT_OPERATORS): JsonTest | undefined {
  if (!Number.isFinite(value)) return undefined;
  const room = Math.abs(value) * TOLERANCE + Number.MIN_VALUE;
  return {
    kind: 'number',
    from: operator === '$lt' || operator === '$lte' ? undefined : value - room,
    to: operator === '$gt' || operator === '$gte' ? undefined : value + room,
  };
}

function matching(pattern: string): JsonTest | undefined {
  const literal = LITERAL.exec(pattern)?.[1];
  return literal === undefined ? undefined : { kind: 'text', operator: 'contains', value: literal };
}

function isWhole(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
