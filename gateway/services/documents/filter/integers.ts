import { Decimal128 } from 'bson';
import { approximate, type Numeric } from '../values/numbers.ts';
import { type DocumentValue, rankOf } from '../values/value.ts';

const NUMBER_RANK = 3;
const LIMIT = 2 ** 63;

export function isNumeric(value: DocumentValue): value is Numeric {
  return rankOf(value) === NUMBER_RANK;
}

/** The integer of 64 bits that a number is without its fraction; undefined where there is none. */
export function truncate(value: Numeric): bigint | undefined {
  const double = approximate(value);
  if (!(Math.abs(double) <= LIMIT)) return undefined;
  const integer = exactly(value, double);
  return BigInt.asIntN(64, integer) === integer ? integer : undefined;
}

function exactly(value: Numeric, double: number): bigint {
  if (typeof value === 'number' || value._bsontype === 'Double') return BigInt(Math.trunc(double));
  return value instanceof Decimal128 ? wholePart(value.toString()) : value.toBigInt();
}

/** Of `-12.5E+3`. */
function wholePart(text: string): bigint {
  const [, sign = '', whole = '', fraction = '', power = '0'] = /^(-?)(\d+)\.?(\d*)(?:E([+-]\d+))?$/.exec(text) ?? [];
  const places = whole.length + Number(power);
  const digits = `${whole}${fraction}`.padEnd(places, '0').slice(0, Math.max(places, 0));
  return BigInt(`${sign === '-' && digits !== '' ? '-' : ''}${digits === '' ? '0' : digits}`);
}

/** As `truncate`; undefined also for what has a fraction. */
export function integerOf(value: DocumentValue): bigint | undefined {
  if (!isNumeric(value)) return undefined;
  const integer = truncate(value);
  if (integer === undefined) return undefined;
  const hasFraction = approximate(value) % 1 !== 0;
  return hasFraction ? undefined : integer;
}
