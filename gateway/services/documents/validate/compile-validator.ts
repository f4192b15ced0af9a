import { compileFilter } from '../filter/compile-filter.ts';
import { documentFromJson } from '../values/read.ts';
import { type Document, isDocument } from '../values/value.ts';
import { compileSchema } from './compile-schema.ts';
import type { Violation } from './violation.ts';

/** Why a document is not what it must be; undefined where it is. */
export type CompiledValidator = (document: Document) => Violation | undefined;

/**
 * Compiles what a collection's documents must be: `{ "$jsonSchema": { ... } }`, a filter, or both.
 * @param validator Extended JSON
 * @throws Failure `InvalidQuery` for what is neither
 */
export function compileValidator(validator: object): CompiledValidator {
  const { $jsonSchema: schema, ...filter } = documentFromJson(validator);
  const checks: CompiledValidator[] = [];
  if (schema !== undefined) checks.push(compileSchema(schema));
  if (Object.keys(filter).length > 0) checks.push(filterCheck(filter));
  return (document) => {
    for (const check of checks) {
      const violation = check(document);
      if (violation !== undefined) return violation;
    }
    return undefined;
  };
}

/** Tells of the first clause that does not match. */
function filterCheck(filter: Document): CompiledValidator {
  const clauses = Object.entries(filter).map(([name, condition]) => ({
    path: name.startsWith('$') ? '' : name,
    filter: compileFilter({ [name]: condition }),
    condition: isDocument(condition) ? Object.keys(condition).join(', ') : 'the value',
  }));
  return (document) => {
    const failed = clauses.find((clause) => !clause.filter.test(document));
    return failed && { path: failed.path, reason: `does not match the validator (${failed.condition})` };
  };
}
