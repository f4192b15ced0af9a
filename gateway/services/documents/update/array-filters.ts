import { type CompiledFilter, compileFilter } from '../filter/compile-filter.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { type Document, isDocument } from '../values/value.ts';
import type { UpdatePath } from './update-path.ts';

const IDENTIFIER = /^[a-z][A-Za-z0-9]*$/;

/** Filters of array elements, by what they call them. @throws Failure `InvalidQuery` */
export function compileArrayFilters(filters: readonly Document[]): ReadonlyMap<string, CompiledFilter> {
  const compiled = new Map<string, CompiledFilter>();
  for (const filter of filters) {
    const identifier = identifierOf(filter);
    if (compiled.has(identifier)) {
      throw invalidQuery(`Found multiple array filters with the same top-level field name ${identifier}`);
    }
    compiled.set(identifier, compileFilter(filter));
  }
  return compiled;
}

function identifierOf(filter: Document): string {
  if (!isDocument(filter)) throw invalidQuery('An array filter is an object');
  const [name, other] = new Set(identifiersIn(filter));
  if (name === undefined) throw invalidQuery('Cannot use an expression without a top-level field name in arrayFilters');
  if (other !== undefined) throw parseError(`Expected a single top-level field name, found '${name}' and '${other}'`);
  if (IDENTIFIER.test(name)) return name;
  throw parseError(
    `The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${name}'`,
  );
}

function parseError(reason: string): Error {
  return invalidQuery(`Error parsing array filter :: caused by :: ${reason}`);
}

function* identifiersIn(filter: Document): Generator<string> {
  for (const [name, operand] of Object.entries(filter)) {
    if (!name.startsWith('$')) yield name.split('.')[0] ?? '';
    else if (Array.isArray(operand)) for (const branch of operand) if (isDocument(branch)) yield* identifiersIn(branch);
  }
}

/** Every name in a path has a filter, and every filter a path. @throws Failure `InvalidQuery` */
export function requireUsed(filters: ReadonlyMap<string, unknown>, paths: readonly UpdatePath[]): void {
  const unused = new Set(filters.keys());
  for (const { text, steps } of paths) {
    for (const step of steps) {
      if (step.kind !== 'filtered') continue;
      if (!filters.has(step.identifier)) {
        throw invalidQuery(`No array filter found for identifier '${step.identifier}' in path '${text}'`);
      }
      unused.delete(step.identifier);
    }
  }
  for (const identifier of unused) {
    throw invalidQuery(`The array filter for identifier '${identifier}' was not used in the update`);
  }
}
