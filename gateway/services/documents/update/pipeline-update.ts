import { compileExpression, type Expression } from '../expressions/compile-expression.ts';
import { type Found, MISSING } from '../field-path.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { isOperatorName } from '../filter/operator-name.ts';
import { parsePath } from '../filter/query-limits.ts';
import { compileProjection } from '../project/compile-projection.ts';
import { type Document, type DocumentValue, isDocument, typeOf } from '../values/value.ts';
import type { Transform } from './transform.ts';

type Stage = (document: Document) => Document;

/** What may be in the pipeline of an update ("Updates with Aggregation Pipeline"). */
const STAGES: ReadonlyMap<string, (operand: DocumentValue) => Stage> = new Map([
  ['$set', (operand: DocumentValue) => setFields('$set', operand)],
  ['$addFields', (operand: DocumentValue) => setFields('$addFields', operand)],
  ['$unset', unset],
  ['$project', project],
  ['$replaceRoot', replaceRoot],
  ['$replaceWith', (operand: DocumentValue) => replaceWith('$replaceWith', operand)],
]);

/** @throws Failure `InvalidQuery` */
export function compilePipelineUpdate(stages: readonly Document[]): Transform {
  const compiled = stages.map(compileStage);
  return (document) => compiled.reduce((changed, stage) => stage(changed), document);
}

function compileStage(stage: Document): Stage {
  const names = isDocument(stage) ? Object.keys(stage) : [];
  const [name] = names;
  if (name === undefined || names.length !== 1) {
    throw invalidQuery('A pipeline stage specification object must contain exactly one field.');
  }
  const compile = STAGES.get(name);
  if (compile === undefined) throw invalidQuery(`${name} is not allowed to be used within an update`, name);
  return compile(stage[name] ?? null);
}

/** A field that is computed of the document as the stage finds it. */
interface Computed {
  readonly path: readonly string[];
  readonly compute: Expression;
}

function setFields(stage: string, operand: DocumentValue): Stage {
  if (!isDocument(operand)) {
    throw invalidQuery(`${stage} specification stage must be an object, got ${typeOf(operand)}`, stage);
  }
  const fields = [...computedFields(operand, [])];
  return (document) =>
    fields.reduce((changed, { path, compute }) => {
      const value = compute(document);
      return setAt(changed, path, value === undefined ? MISSING : value) as Document; // a path has a first name
    }, document);
}

/** An object that is no expression has fields within: `{ a: { b: 1 } }` is `{ 'a.b': 1 }`. */
function* computedFields(fields: Document, within: readonly string[]): Generator<Computed> {
  for (const [name, operand] of Object.entries(fields)) {
    if (isOperatorName(name)) throw invalidQuery(`FieldPath field names may not start with '$': '${name}'`);
    const path = [...within, ...parsePath(name)];
    if (path.includes('')) throw invalidQuery('FieldPath must not end with a dot, or have an empty name');
    if (isFields(operand)) yield* computedFields(operand, path);
    else yield { path, compute: compileExpression(operand) };
  }
}

function isFields(operand: DocumentValue): operand is Document {
  return isDocument(operand) && Object.keys(operand).length > 0 && !isOperatorName(Object.keys(operand)[0]);
}

/** Goes through all elements of arrays, and puts a document in the place of what has no fields. */
function setAt(target: Found, path: readonly string[], value: Found): Found {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (Array.isArray(target)) {
    return target.map((item: DocumentValue) => setAt(item, path, value) as DocumentValue); // a name is left: it is a document
  }
  const document: Document = target !== MISSING && isDocument(target) ? target : {};
  const before = Object.hasOwn(document, name) ? (document[name] ?? null) : MISSING;
  const after = setAt(before, rest, value);
  if (after !== MISSING) return { ...document, [name]: after };
  const { [name]: _, ...others } = document;
  return others;
}

function unset(operand: DocumentValue): Stage {
  const names = Array.isArray(operand) ? operand : [operand];
  const paths = names.map((name: DocumentValue) => {
    if (typeof name !== 'string' || name === '') {
      throw invalidQuery('$unset specification must be a string or an array containing only string values', '$unset');
    }
    return parsePath(name);
  });
  if (paths.length === 0) {
    throw invalidQuery('$unset specification must be a string or an array with at least one field', '$unset');
  }
  return (document) => paths.reduce((changed, path) => removeAt(changed, path) as Document, document); // it stays one
}

function removeAt(target: DocumentValue, [name = '', ...rest]: readonly string[]): DocumentValue {
  if (Array.isArray(target)) return target.map((item: DocumentValue) => removeAt(item, [name, ...rest]));
  if (!isDocument(target) || !Object.hasOwn(target, name)) return target;
  if (rest.length > 0) return { ...target, [name]: removeAt(target[name] ?? null, rest) };
  const { [name]: _, ...others } = target;
  return others;
}

function project(operand: DocumentValue): Stage {
  if (isDocument(operand)) return compileProjection(operand);
  throw invalidQuery('$project specification must be an object', '$project');
}

function replaceRoot(operand: DocumentValue): Stage {
  if (!isDocument(operand) || operand.newRoot === undefined) {
    throw invalidQuery(
      "no newRoot specified for the $replaceRoot stage; it must have a field 'newRoot'",
      '$replaceRoot',
    );
  }
  const unknown = Object.keys(operand).find((name) => name !== 'newRoot');
  if (unknown !== undefined)
    throw invalidQuery(`unrecognized option to $replaceRoot stage: ${unknown}`, '$replaceRoot');
  return replaceWith('$replaceRoot', operand.newRoot);
}

/** The id stays where the new document has none. */
function replaceWith(stage: string, operand: DocumentValue): Stage {
  const compute = compileExpression(operand);
  return (document) => {
    const value = compute(document) ?? null;
    if (!isDocument(value)) {
      throw invalidQuery(
        `'newRoot' expression must evaluate to an object, but resulting value was of type ${typeOf(value)}`,
        stage,
      );
    }
    return document._id === undefined || value._id !== undefined ? value : { _id: document._id, ...value };
  };
}
