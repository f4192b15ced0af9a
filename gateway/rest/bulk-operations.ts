import type { AskedOperation } from '../services/documents/documents.ts';
import { Turns } from '../services/documents/turns.ts';
import { documentFromJson, fromJson } from '../services/documents/values/read.ts';
import type { Document } from '../services/documents/values/value.ts';
import { Problem } from './problem.ts';

/** What a write of `bulkWrite` may say; `!`: it must. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  insertOne: ['document!'],
  updateOne: ['filter!', 'update!', 'upsert', 'arrayFilters', 'hint', 'sort'],
  updateMany: ['filter!', 'update!', 'upsert', 'arrayFilters', 'hint'],
  replaceOne: ['filter!', 'replacement!', 'upsert', 'hint', 'sort'],
  deleteOne: ['filter!', 'hint'],
  deleteMany: ['filter!', 'hint'],
};

/** Documents out of JSON, without keeping others waiting. @throws Failure `InvalidDocument` */
export async function documentsFromJson(items: readonly object[]): Promise<Document[]> {
  const turns = new Turns();
  const documents: Document[] = [];
  for (const item of items) {
    documents.push(documentFromJson(item));
    if (turns.isDue) await turns.give();
  }
  return documents;
}

/** The writes of `bulkWrite`, as the drivers write them. @throws Problem `invalid-request`; Failure `InvalidDocument` */
export async function operationsFromJson(items: readonly object[]): Promise<AskedOperation[]> {
  const turns = new Turns();
  const operations: AskedOperation[] = [];
  for (const [at, item] of items.entries()) {
    operations.push(readOperation(item, `/operations/${at}`));
    if (turns.isDue) await turns.give();
  }
  return operations;
}

function readOperation(item: object, at: string): AskedOperation {
  const [[name, content] = [], ...others] = Object.entries(item);
  const fields = name === undefined || others.length > 0 ? undefined : FIELDS[name];
  if (name === undefined || fields === undefined) throw wrong(at, `must have one of ${Object.keys(FIELDS).join(', ')}`);
  if (!isObject(content)) throw wrong(`${at}/${name}`, 'must be an object');
  for (const field of Object.keys(content)) {
    if (!fields.includes(field) && !fields.includes(`${field}!`)) throw wrong(`${at}/${name}/${field}`, 'is not known');
  }
  const missing = fields.find((field) => field.endsWith('!') && content[field.slice(0, -1)] === undefined);
  if (missing !== undefined) throw wrong(`${at}/${name}/${missing.slice(0, -1)}`, 'is missing');
  const told = Object.entries(content).map(([field, value]) => [
    field,
    readField(field, value, `${at}/${name}/${field}`),
  ]);
  return { [name]: Object.fromEntries(told) } as AskedOperation; // by the table
}

function readField(field: string, value: unknown, at: string): unknown {
  if (field === 'upsert') return typeof value === 'boolean' ? value : refuse(at, 'must be true or false');
  if (field === 'hint' && typeof value === 'string') return value;
  const isList = field === 'arrayFilters' || (field === 'update' && Array.isArray(value));
  if (!isList) return isObject(value) ? documentFromJson(value) : refuse(at, 'must be an object');
  return Array.isArray(value) && value.every(isObject)
    ? value.map((each) => fromJson(each))
    : refuse(at, 'must have objects');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(at: string, message: string): never {
  throw wrong(at, message);
}

function wrong(field: string, message: string): Problem {
  return new Problem('invalid-request', { errors: [{ field, message }] });
}
