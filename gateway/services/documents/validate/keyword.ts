import { invalidQuery } from '../filter/invalid-query.ts';
import type { Document, DocumentValue } from '../values/value.ts';
import type { Check } from './violation.ts';

/** Compiles a schema within another. */
export type CompileSchema = (schema: DocumentValue) => Check;

/** A keyword, given what it says; `schema` has the keywords beside it. Undefined: it asks nothing. */
export type Keyword = (
  operand: DocumentValue,
  context: { readonly schema: Document; readonly compile: CompileSchema },
) => Check | undefined;

export function invalidKeyword(name: string, expected: string): Error {
  return invalidQuery(`$jsonSchema keyword '${name}' must be ${expected}`, '$jsonSchema');
}
