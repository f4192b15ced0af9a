import { SignatureError } from './signature-error.ts';

/** A demand on one form field. `field` is its lower-case name; `name` is as the policy writes it, for error messages. */
export interface FieldCondition {
  readonly kind: 'eq' | 'starts-with';
  readonly field: string;
  readonly name: string;
  readonly value: string;
}

/** Bounds of the file's size in bytes, both included. */
export interface LengthRange {
  readonly kind: 'content-length-range';
  readonly minBytes: number;
  readonly maxBytes: number;
}

export type PostCondition = FieldCondition | LengthRange;

export interface PostPolicy {
  /** In milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly conditions: readonly PostCondition[];
  /** What all the content-length-range conditions together allow, so that a stream can be stopped in time. */
  readonly lengthRange?: LengthRange;
}

const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;
const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/;
const DIGITS = /^\d{1,15}$/;

/**
 * Reads the policy document of a POST form. Throws InvalidPolicyDocument.
 * Source: "POST Policy", S3 API Reference.
 */
export function parsePolicyDocument(base64: string): PostPolicy {
  const document = parseJson(base64);
  if (!isRecord(document)) throw invalid('Invalid JSON.');
  const { expiration, conditions } = document;
  if (expiration === undefined) throw invalid('Policy missing expiration.');
  if (!Array.isArray(conditions)) throw invalid('Policy missing conditions.');
  const parsed = conditions.flatMap(parseCondition);
  const lengthRange = intersect(parsed.filter((condition) => condition.kind === 'content-length-range'));
  return { expiresAt: parseExpiration(expiration), conditions: parsed, ...(lengthRange && { lengthRange }) };
}

function invalid(reason: string): SignatureError {
  return new SignatureError('InvalidPolicyDocument', `Invalid Policy: ${reason}`);
}

function parseJson(base64: string): unknown {
  if (!BASE64.test(base64)) throw invalid('Invalid Base64 Encoding.');
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseExpiration(expiration: unknown): number {
  const time = typeof expiration === 'string' && ISO_8601.test(expiration) ? Date.parse(expiration) : Number.NaN;
  if (Number.isNaN(time)) throw invalid(`Invalid 'expiration' value: '${String(expiration)}'`);
  return time;
}

function parseCondition(condition: unknown): PostCondition[] {
  if (Array.isArray(condition)) return [parseArrayCondition(condition)];
  if (!isRecord(condition)) throw invalid('Conditions must be objects or arrays.');
  const entries = Object.entries(condition);
  if (entries.length !== 1) throw invalid('Simple-Conditions must have exactly one property specified.');
  return entries.map(([name, value]) => fieldCondition('eq', { name, value }));
}

function parseArrayCondition(condition: readonly unknown[]): PostCondition {
  const [operator, first, second] = condition;
  const kind = typeof operator === 'string' ? operator.toLowerCase() : '';
  if (condition.length !== 3) throw invalid(`${kind || 'Condition'} has wrong number of arguments.`);
  if (kind === 'content-length-range') return lengthRangeOf(first, second);
  if (kind !== 'eq' && kind !== 'starts-with') throw invalid(`Unknown operation '${String(operator)}'.`);
  if (typeof first !== 'string' || !first.startsWith('$')) throw invalid(`${kind} must name a field as "$field".`);
  return fieldCondition(kind, { name: first.slice(1), value: second });
}

function fieldCondition(
  kind: FieldCondition['kind'],
  { name, value }: { readonly name: string; readonly value: unknown },
): FieldCondition {
  if (typeof value !== 'string') throw invalid(`The value of '${name}' must be a string.`);
  if (name === '') throw invalid('A condition must name a field.');
  return { kind, field: name.toLowerCase(), name, value };
}

function lengthRangeOf(first: unknown, second: unknown): LengthRange {
  const [min, max] = [String(first), String(second)];
  if (!DIGITS.test(min) || !DIGITS.test(max)) throw invalid('content-length-range must have integer bounds.');
  return { kind: 'content-length-range', minBytes: Number(min), maxBytes: Number(max) };
}

function intersect(ranges: readonly LengthRange[]): LengthRange | undefined {
  if (ranges.length === 0) return undefined;
  const minBytes = Math.max(...ranges.map((range) => range.minBytes));
  const maxBytes = Math.min(...ranges.map((range) => range.maxBytes));
  return { kind: 'content-length-range', minBytes, maxBytes };
}
