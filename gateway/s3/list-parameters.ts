import type { Query } from './address.ts';
import { S3Error } from './errors.ts';

/** A count and what it may be: more than `max` counts as `max`. */
export interface CountRule {
  readonly name: string;
  readonly fallback: number;
  readonly max: number;
}

/** A count in the query, such as `max-keys`. @throws S3Error `InvalidArgument` */
export function parseLimit(query: Query, rule: CountRule): number {
  return parseCount(query.get(rule.name), rule);
}

/** A count from wherever it comes. @throws S3Error `InvalidArgument` */
export function parseCount(text: string | undefined, { name, fallback, max }: CountRule): number {
  if (text === undefined || text === '') return fallback;
  // S3 counts in 32 bits: "not an integer or within integer range".
  const number = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 0 && number <= 2_147_483_647) return Math.min(number, max);
  const message = Number.isNaN(number)
    ? `Provided ${name} not an integer or within integer range`
    : `Argument ${name} must be an integer between 0 and 2147483647`;
  throw new S3Error('InvalidArgument', { message, detail: { ArgumentName: name, ArgumentValue: text } });
}

/** @throws S3Error `InvalidArgument` for anything but `url` */
export function parseEncodingType(query: Query): 'url' | undefined {
  const text = query.get('encoding-type');
  if (text === undefined || text === '') return undefined;
  if (text === 'url') return 'url';
  throw new S3Error('InvalidArgument', {
    message: 'Invalid Encoding Method specified in Request',
    detail: { ArgumentName: 'encoding-type', ArgumentValue: text },
  });
}
