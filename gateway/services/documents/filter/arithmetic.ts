import { Binary } from 'bson';
import { MISSING } from '../field-path.ts';
import { bytesOf } from '../values/compare.ts';
import type { DocumentValue } from '../values/value.ts';
import { type FieldOperator, type ValueTest, valueTest } from './field-test.ts';
import { integerOf, isNumeric, truncate } from './integers.ts';
import { invalidQuery } from './invalid-query.ts';

/** `$mod`, and the operators of bits. */
export const arithmeticOperators: Readonly<Record<string, FieldOperator>> = {
  $mod: (operand) => valueTest(modulo(operand)),
  $bitsAllSet: bitsOperator('$bitsAllSet', (positions, isSet) => positions.every(isSet)),
  $bitsAnySet: bitsOperator('$bitsAnySet', (positions, isSet) => positions.some(isSet)),
  $bitsAllClear: bitsOperator('$bitsAllClear', (positions, isSet) => !positions.some(isSet)),
  $bitsAnyClear: bitsOperator('$bitsAnyClear', (positions, isSet) => !positions.every(isSet)),
};

function modulo(operand: DocumentValue): ValueTest {
  if (!Array.isArray(operand)) throw invalidQuery('malformed mod, needs to be an array', '$mod');
  if (operand.length < 2) throw invalidQuery('malformed mod, not enough elements', '$mod');
  if (operand.length > 2) throw invalidQuery('malformed mod, too many elements', '$mod');
  const divisor = requireTerm(operand[0], 'divisor');
  const remainder = requireTerm(operand[1], 'remainder');
  if (divisor === 0n) throw invalidQuery('divisor cannot be 0', '$mod');
  const [divisorNumber, remainderNumber] = [Number(divisor), Number(remainder)];
  const isShort = Number.isSafeInteger(divisorNumber) && Number.isSafeInteger(remainderNumber);
  return (value) => {
    if (isShort && typeof value === 'number' && Number.isSafeInteger(value)) {
      return value % divisorNumber === remainderNumber;
    }
    const integer = value !== MISSING && isNumeric(value) ? truncate(value) : undefined;
    return integer !== undefined && integer % divisor === remainder;
  };
}

function requireTerm(term: DocumentValue, name: string): bigint {
  if (!isNumeric(term)) throw invalidQuery(`malformed mod, ${name} not a number`, '$mod');
  const integer = truncate(term);
  if (integer === undefined) throw invalidQuery(`malformed mod, ${name} value is invalid`, '$mod');
  return integer;
}

type BitTest = (positions: readonly number[], isSet: (position: number) => boolean) => boolean;

function bitsOperator(operator: string, accepts: BitTest): FieldOperator {
  return (operand) => {
    const positions = positionsOf(operand, operator);
    return valueTest((value) => {
      if (value === MISSING) return false;
      if (value instanceof Binary) return accepts(positions, bitsOfBytes(bytesOf(value)));
      const integer = integerOf(value);
      return integer !== undefined && accepts(positions, (at) => ((integer >> BigInt(at)) & 1n) === 1n);
    });
  };
}

/** The lowest bit of the first byte comes first. */
function bitsOfBytes(bytes: Uint8Array): (position: number) => boolean {
  return (at) => (((bytes[Math.floor(at / 8)] ?? 0) >> (at % 8)) & 1) === 1;
}

/** A mask as a number or bytes, or the positions themselves. */
function positionsOf(operand: DocumentValue, operator: string): readonly number[] {
  if (Array.isArray(operand)) return operand.map((position) => requirePosition(position, operator));
  if (operand instanceof Binary) {
    const bytes = bytesOf(operand);
    return positionsSet(bytes.length * 8, bitsOfBytes(bytes));
  }
  if (!isNumeric(operand)) {
    throw invalidQuery(`${operator} takes an Array, a number, or a BinData but received: ${typeof operand}`, operator);
  }
  const mask = integerOf(operand);
  if (mask === undefined || mask < 0n) throw invalidQuery(`Expected a non-negative integer in: ${operator}`, operator);
  return positionsSet(64, (at) => ((mask >> BigInt(at)) & 1n) === 1n);
}

function positionsSet(length: number, isSet: (position: number) => boolean): readonly number[] {
  return Array.from({ length }, (_, at) => at).filter(isSet);
}

function requirePosition(value: DocumentValue, operator: string): number {
  const position = integerOf(value);
  if (position !== undefined && position >= 0n && position < 2n ** 31n) return Number(position);
  throw invalidQuery(`bit positions must be an integer >= 0 in: ${operator}`, operator);
}
