import type { Binary, BSONRegExp, ObjectId, Timestamp } from 'bson';
import { bytesOf } from './compare.ts';
import { approximate, compareNumbers, type Numeric } from './numbers.ts';
import { type Document, type DocumentValue, rankOf } from './value.ts';

/** What ends a list of fields or elements: below every rank. */
const END = 0;
/** A longer list of fields than another one with the same beginning is greater. */
const ESCAPE = 0xff;

/**
 * Writes values so that the order of the bytes is the order of the values (`compareValues`): the entries of an index. Of
 * numbers that no double tells apart the order is that of their digits.
 * @param descending which of them are to be ordered the other way round
 */
export function encodeEntry(values: readonly DocumentValue[], descending: readonly boolean[] = []): Buffer {
  const parts: Buffer[] = [];
  values.forEach((value, at) => {
    const bytes = encodeValue(value);
    parts.push(descending[at] === true ? invert(bytes) : bytes);
  });
  return Buffer.concat(parts);
}

/** One value: its rank, and what it is. */
export function encodeValue(value: DocumentValue): Buffer {
  const bytes: number[] = [];
  write(value, bytes);
  return Buffer.from(bytes);
}

/** What is behind every entry that begins so, and before all others: no entry has so high a byte there. */
export function entryEnd(beginning: Buffer): Buffer {
  return Buffer.concat([beginning, Buffer.from([ESCAPE])]);
}

function write(value: DocumentValue, out: number[]): void {
  const rank = rankOf(value);
  out.push(rank);
  writers[rank]?.(value as never, out); // it is of the rank's type
}

const writers: readonly (((value: never, out: number[]) => void) | undefined)[] = [
  undefined,
  undefined,
  undefined,
  writeNumber,
  writeText,
  writeDocument,
  writeArray,
  writeBinary,
  (value: ObjectId, out) => pushAll(out, value.id),
  (value: boolean, out) => out.push(value ? 1 : 0),
  (value: Date, out) => writeDouble(value.getTime(), out),
  (value: Timestamp, out) => writeTimestamp(value, out),
  (value: BSONRegExp, out) => {
    writeText(value.pattern, out);
    writeText(value.options, out);
  },
];

function pushAll(out: number[], bytes: Uint8Array): void {
  for (const byte of bytes) out.push(byte);
}

const EXACT = 0x80;

/** The nearest double, whether that is less or more than the number, and the digits of what is not exact. */
function writeNumber(value: Numeric, out: number[]): void {
  const double = approximate(value);
  writeDouble(double, out);
  const order = typeof value === 'number' || Number.isNaN(double) ? 0 : compareNumbers(value, double);
  out.push(EXACT + Math.sign(order));
  if (order !== 0) writeDigits(String(value), out);
}

/** Longer ones are greater; of negative numbers it is the other way round. */
function writeDigits(text: string, out: number[]): void {
  const digits = text.replace(/[^0-9]/g, '');
  const bytes = [digits.length, ...Buffer.from(digits)];
  for (const byte of bytes) out.push(text.startsWith('-') ? ESCAPE - byte : byte);
}

const buffer = Buffer.alloc(8);

/** Sign and magnitude, so turned that bytes order as numbers do. NaN comes first. */
function writeDouble(value: number, out: number[]): void {
  if (Number.isNaN(value)) {
    for (let at = 0; at < 8; at += 1) out.push(0);
    return;
  }
  buffer.writeDoubleBE(value === 0 ? 0 : value); // -0 is 0
  const isNegative = (buffer[0] ?? 0) >= 0x80;
  for (const [at, byte] of buffer.entries()) {
    if (isNegative) out.push(ESCAPE - byte);
    else out.push(at === 0 ? byte + 0x80 : byte);
  }
}

/** UTF-8 that ends with two zeros; a zero within it is followed by the highest byte. */
function writeText(text: string, out: number[]): void {
  for (const byte of Buffer.from(text)) {
    out.push(byte);
    if (byte === 0) out.push(ESCAPE);
  }
  out.push(0, 0);
}

function writeDocument(document: Document, out: number[]): void {
  for (const name of Object.keys(document)) {
    const value = document[name] ?? null;
    const rank = rankOf(value);
    out.push(rank);
    writeText(name, out);
    writers[rank]?.(value as never, out); // it is of the rank's type
  }
  out.push(END);
}

function writeArray(items: readonly DocumentValue[], out: number[]): void {
  for (const item of items) write(item, out);
  out.push(END);
}

function writeBinary(binary: Binary, out: number[]): void {
  buffer.writeUInt32BE(binary.position);
  pushAll(out, buffer.subarray(0, 4));
  out.push(binary.sub_type);
  pushAll(out, bytesOf(binary));
}

function writeTimestamp({ t, i }: Timestamp, out: number[]): void {
  buffer.writeUInt32BE(t, 0);
  buffer.writeUInt32BE(i, 4);
  pushAll(out, buffer);
}

function invert(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => ESCAPE - byte));
}
