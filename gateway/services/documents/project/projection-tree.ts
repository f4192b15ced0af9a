import type { Expression } from '../expressions/compile-expression.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';

/** The fields that a projection names, with those within them; `true` for a whole field. */
export interface ProjectionTree {
  readonly fields: Map<string, ProjectionTree | Expression | true>;
}

export function emptyTree(): ProjectionTree {
  return { fields: new Map() };
}

/** @throws Failure `InvalidQuery` where a path is named twice, or within another */
export function addPath(
  tree: ProjectionTree,
  { path, leaf }: { readonly path: readonly string[]; readonly leaf: Expression | true },
): void {
  let node = tree;
  for (const [at, name] of path.slice(0, -1).entries()) {
    const inner = node.fields.get(name) ?? emptyTree();
    if (inner === true || typeof inner === 'function') {
      const remaining = path.slice(at + 1).join('.');
      throw invalidQuery(`Path collision at ${path.join('.')} remaining portion ${remaining}`);
    }
    node.fields.set(name, inner);
    node = inner;
  }
  const last = path.at(-1) ?? '';
  if (node.fields.has(last)) throw invalidQuery(`Path collision at ${path.join('.')}`);
  node.fields.set(last, leaf);
}

/** What is in the tree, in the order of the document, and behind it what is computed. */
export function includeFields(document: Document, { fields }: ProjectionTree, root: Document): Document {
  const result: Document = {};
  for (const name of Object.keys(document)) {
    const leaf = fields.get(name);
    if (leaf === undefined || typeof leaf === 'function') continue;
    const value = document[name] ?? null;
    const kept = leaf === true ? value : includeWithin(value, leaf, root);
    if (kept !== undefined) result[name] = kept;
  }
  compute(result, { fields }, root);
  return result;
}

/** Of what has no fields nothing is left; arrays are gone through. */
function includeWithin(value: DocumentValue, tree: ProjectionTree, root: Document): DocumentValue | undefined {
  if (Array.isArray(value)) {
    return value.map((item: DocumentValue) => includeWithin(item, tree, root)).filter((item) => item !== undefined);
  }
  if (isDocument(value)) return includeFields(value, tree, root);
  return hasExpression(tree) ? includeFields({}, tree, root) : undefined;
}

function compute(result: Document, { fields }: ProjectionTree, root: Document): void {
  for (const [name, leaf] of fields) {
    if (leaf === true) continue;
    const isNew = typeof leaf === 'function' || (!Object.hasOwn(result, name) && hasExpression(leaf));
    if (!isNew) continue;
    const value = typeof leaf === 'function' ? leaf(root) : includeFields({}, leaf, root);
    if (value !== undefined) result[name] = value;
  }
}

function hasExpression({ fields }: ProjectionTree): boolean {
  for (const leaf of fields.values()) {
    if (typeof leaf === 'function' || (leaf !== true && hasExpression(leaf))) return true;
  }
  return false;
}

/** What is not in the tree. */
export function excludeFields(document: Document, { fields }: ProjectionTree): Document {
  const result: Document = {};
  for (const name of Object.keys(document)) {
    const leaf = fields.get(name);
    const value = document[name] ?? null;
    if (leaf === undefined) result[name] = value;
    else if (leaf !== true && typeof leaf !== 'function') result[name] = excludeWithin(value, leaf);
  }
  return result;
}

function excludeWithin(value: DocumentValue, tree: ProjectionTree): DocumentValue {
  if (Array.isArray(value)) return value.map((item: DocumentValue) => excludeWithin(item, tree));
  return isDocument(value) ? excludeFields(value, tree) : value;
}
