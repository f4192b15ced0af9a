import { invalidQuery } from '../filter/invalid-query.ts';
import { type Document, type DocumentValue, isDocument, typeOf } from '../values/value.ts';
import { compileArrayFilters, requireUsed } from './array-filters.ts';
import { arrayOperators } from './array-operators.ts';
import { changeAt } from './change-at.ts';
import { fieldOperators } from './field-operators.ts';
import { numberOperators } from './number-operators.ts';
import { ElementConflicts, PathConflicts } from './path-conflicts.ts';
import { parseRename, type Rename, rename } from './rename.ts';
import { shown } from './shown.ts';
import type { Transform } from './transform.ts';
import type { FieldChange, UpdateContext, UpdateOperator } from './update-context.ts';
import { comparePaths, parseUpdatePath, type UpdatePath } from './update-path.ts';

const operators: ReadonlyMap<string, UpdateOperator> = new Map(
  Object.entries({ ...fieldOperators, ...numberOperators, ...arrayOperators }),
);

/** What one operator does with one path. */
type Modification = { readonly path: UpdatePath } & ({ readonly field: FieldChange } | { readonly rename: Rename });

/** Compiles an object of update operators. @throws Failure `InvalidQuery` */
export function compileOperators(
  update: Document,
  arrayFilters: readonly Document[],
): { readonly isPositional: boolean; readonly apply: Transform } {
  const modifications = Object.keys(update).flatMap((name) => modificationsOf(name, update[name] ?? null));
  const paths = pathsOf(modifications);
  requireNoConflicts(paths);
  const filters = compileArrayFilters(arrayFilters);
  requireUsed(filters, paths);
  modifications.sort((a, b) => comparePaths(a.path, b.path));
  const isDynamic = paths.some(({ steps }) => steps.some(({ kind }) => kind !== 'name'));
  return {
    isPositional: paths.some(({ steps }) => steps.some(({ kind }) => kind === 'matched')),
    apply: (document, { isInsert, now, matchedIndex }) => {
      const conflicts = isDynamic ? new ElementConflicts() : undefined;
      const context = { isInsert, now, matchedIndex, arrayFilters: filters, conflicts, original: document };
      return modifications.reduce((changed, modification) => apply(changed, modification, context), document);
    },
  };
}

function apply(document: Document, modification: Modification, context: UpdateContext): Document {
  if ('rename' in modification) return rename(document, modification.rename, context);
  const { path, field } = modification;
  return field.onlyOnInsert === true && !context.isInsert ? document : changeAt(document, { path, field, context });
}

function modificationsOf(name: string, fields: DocumentValue): Modification[] {
  const operator = operators.get(name);
  if (operator === undefined && name !== '$rename') {
    throw invalidQuery(
      `Unknown modifier: ${name}. Expected a valid update modifier or pipeline-style update specified as an array`,
      name,
    );
  }
  if (!isDocument(fields)) {
    throw invalidQuery(
      `Modifiers operate on fields but we found type ${typeOf(fields)} instead. For example: {$mod: {<field>: ...}} not ${shown({ [name]: fields })}`,
      name,
    );
  }
  return Object.keys(fields).map((text): Modification => {
    const operand = fields[text] ?? null;
    if (operator !== undefined) return { path: parseUpdatePath(text), field: operator(operand, text) };
    const renamed = parseRename(text, operand);
    return { path: renamed.to, rename: renamed };
  });
}

function pathsOf(modifications: readonly Modification[]): UpdatePath[] {
  return modifications.flatMap((each) => ('rename' in each ? [each.rename.from, each.rename.to] : [each.path]));
}

function requireNoConflicts(paths: readonly UpdatePath[]): void {
  const conflicts = new PathConflicts();
  for (const path of paths) conflicts.add(path);
}
