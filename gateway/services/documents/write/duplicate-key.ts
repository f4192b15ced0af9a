import { Failure } from '../../../../metadata/index.ts';
import type { Collection } from '../databases.ts';
import { ID_INDEX } from '../document-index.ts';
import { MISSING, valuesAt } from '../field-path.ts';
import type { Document, DocumentValue } from '../values/value.ts';
import { toJson } from '../values/write.ts';

/**
 * "E11000 duplicate key error", as the drivers tell it: detail `Index`, and `KeyPattern` and `KeyValue` as JSON.
 * @param duplicate the name of the index, and the document that cannot be written
 */
export function duplicateKey(
  { bucket, name, indexes }: Collection,
  duplicate: { readonly index: string; readonly document: Document },
): Failure {
  const { index, document } = duplicate;
  const fields =
    index === ID_INDEX
      ? [{ path: '_id', isDescending: false }]
      : (indexes.find((each) => each.name === index)?.fields ?? []);
  const pattern = Object.fromEntries(fields.map(({ path, isDescending }) => [path, isDescending ? -1 : 1]));
  const values = Object.fromEntries(fields.map(({ path }) => [path, toJson(valueAt(document, path), 'relaxed')]));
  const value = JSON.stringify(values);
  return new Failure(
    'DuplicateKey',
    `E11000 duplicate key error collection: ${bucket.name}.${name} index: ${index} dup key: ${value}`,
    { Index: index, KeyPattern: JSON.stringify(pattern), KeyValue: value },
  );
}

function valueAt(document: Document, path: string): DocumentValue {
  const values = valuesAt(document, path.split('.')).map((found): DocumentValue => (found === MISSING ? null : found));
  return values.length === 1 ? (values[0] ?? null) : values;
}
