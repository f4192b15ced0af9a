import type { CompiledFilter } from '../filter/compile-filter.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { requireQueryLimits } from '../filter/query-limits.ts';
import type { Document } from '../values/value.ts';
import { type Finish, finishElementMatch, finishPositional, finishSlice } from './projected-arrays.ts';
import { type ProjectionEntry, parseEntries } from './projection-entry.ts';
import { addPath, emptyTree, excludeFields, includeFields, type ProjectionTree } from './projection-tree.ts';

/** What is left of a document; what is left is the document's own, and must not be changed. */
export type Projection = (document: Document) => Document;

/**
 * Compiles a projection as `find` has it: what to include, or what to leave out, with `$slice`, `$elemMatch`, `a.$` and
 * expressions. `_id` is included unless it is said to be left out.
 * @param filter what `a.$` goes by
 * @throws Failure `InvalidQuery` for what is none; while it projects, for `a.$` of a document in which no element matched
 */
export function compileProjection(projection: Document, filter?: CompiledFilter): Projection {
  requireQueryLimits(projection);
  const entries = parseEntries(projection);
  if (entries.length === 0) return (document) => document;
  requireNoCollision(entries);
  requireOnePosition(entries);
  const keep = isInclusion(entries) ? inclusion(entries) : exclusion(entries);
  const finishes = entries.flatMap((entry) => finishOf(entry, filter) ?? []);
  return (document) => {
    const result = keep(document);
    for (const finish of finishes) finish(result, document);
    return result;
  };
}

/** The first that says what kind of a projection it is; `_id` alone says it where nothing else does. */
function isInclusion(entries: readonly ProjectionEntry[]): boolean {
  const first = entries.find(({ kind, path }) => kindsThatTell.has(kind) && !isId(path));
  if (first !== undefined) return first.kind !== 'exclude';
  return entries.some(({ kind }) => kind === 'elemMatch' || kind === 'include');
}

const kindsThatTell: ReadonlySet<ProjectionEntry['kind']> = new Set(['include', 'exclude', 'positional', 'compute']);

function isId(path: readonly string[]): boolean {
  return path.length === 1 && path[0] === '_id';
}

function inclusion(entries: readonly ProjectionEntry[]): Projection {
  const tree = emptyTree();
  const isIdNamed = entries.some(({ path: [name] }) => name === '_id');
  if (!isIdNamed) addPath(tree, { path: ['_id'], leaf: true });
  for (const entry of entries) {
    const { kind, path } = entry;
    if (kind === 'exclude' && !isId(path)) throw mixed('exclusion', path);
    if (kind === 'compute') addPath(tree, { path, leaf: entry.expression });
    else if (kind !== 'exclude' && kind !== 'elemMatch') addPath(tree, { path, leaf: true });
  }
  return (document) => includeFields(document, tree, document);
}

function exclusion(entries: readonly ProjectionEntry[]): Projection {
  const tree = emptyTree();
  for (const { kind, path } of entries) {
    if (kind === 'include' && !isId(path)) throw mixed('inclusion', path);
    if (kind === 'compute') throw invalidQuery('Cannot use an expression in an exclusion projection');
    if (kind === 'positional') throw invalidQuery('positional projection cannot be used with exclusion', '$');
    if (kind === 'exclude' || kind === 'elemMatch') addPath(tree, { path, leaf: true });
  }
  return (document) => excludeFields(document, tree);
}

function mixed(what: 'inclusion' | 'exclusion', path: readonly string[]): Error {
  const other = what === 'inclusion' ? 'exclusion' : 'inclusion';
  return invalidQuery(`Cannot do ${what} on field ${path.join('.')} in ${other} projection`);
}

function requireNoCollision(entries: readonly ProjectionEntry[]): void {
  const tree: ProjectionTree = emptyTree();
  for (const { path } of entries) addPath(tree, { path, leaf: true });
}

function requireOnePosition(entries: readonly ProjectionEntry[]): void {
  const positions = entries.filter(({ kind }) => kind === 'positional').length;
  if (positions > 1) throw invalidQuery('Cannot specify more than one positional projection per query.', '$');
  if (positions === 1 && entries.some(({ kind }) => kind === 'elemMatch')) {
    throw invalidQuery('Cannot specify positional operator and $elemMatch.', '$');
  }
}

function finishOf(entry: ProjectionEntry, filter: CompiledFilter | undefined): Finish | undefined {
  const [name = ''] = entry.path;
  if (entry.kind === 'slice') return finishSlice(entry.path, entry.slice);
  if (entry.kind === 'elemMatch') return finishElementMatch(name, entry.criteria);
  return entry.kind === 'positional' ? finishPositional(entry.path, filter) : undefined;
}
