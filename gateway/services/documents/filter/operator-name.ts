import { type Document, type DocumentValue, isDocument } from '../values/value.ts';

/** Fields of a reference to another document: no operators. */
const REFERENCE_NAMES: ReadonlySet<string> = new Set(['$ref', '$id', '$db']);

export function isOperatorName(name: string | undefined): boolean {
  return name?.startsWith('$') === true && !REFERENCE_NAMES.has(name);
}

/** Whether something is operators, not a value to be equal to: its first field tells. */
export function isOperators(value: DocumentValue): value is Document {
  return isDocument(value) && isOperatorName(Object.keys(value)[0]);
}
