import { type Document, type DocumentValue, isDocument } from '../values/value.ts';

/** A copy of a document with a value at a dotted path. */
export function setField(document: Document, path: string, value: DocumentValue): Document {
  const [name = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...document, [name]: value };
  const inner = document[name];
  const base = inner !== undefined && isDocument(inner) ? inner : {};
  return { ...document, [name]: setField(base, rest.join('.'), value) };
}
