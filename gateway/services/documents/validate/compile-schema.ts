import { invalidQuery } from '../filter/invalid-query.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import { arrayKeywords } from './array-keywords.ts';
import type { Keyword } from './keyword.ts';
import { logicKeywords } from './logic-keywords.ts';
import { objectKeywords } from './object-keywords.ts';
import { valueKeywords } from './value-keywords.ts';
import { allOf, type Check } from './violation.ts';

/** "The following table lists [...] keywords": those that MongoDB has, of draft 4 of JSON Schema. */
const keywords: ReadonlyMap<string, Keyword> = new Map(
  Object.entries({
    ...valueKeywords,
    ...objectKeywords,
    ...arrayKeywords,
    ...logicKeywords,
    title: () => undefined,
    description: () => undefined,
  }),
);

/**
 * Compiles a schema to checks of documents as they are: BSON's types are told apart, patterns run on RE2, and nothing of what
 * a tenant writes becomes code.
 * @throws Failure `InvalidQuery` for keywords that MongoDB does not have, or that say what they cannot
 */
export function compileSchema(schema: DocumentValue): (document: Document) => ReturnType<Check> {
  const check = compile(schema);
  return (document) => check(document, '');
}

function compile(schema: DocumentValue): Check {
  if (!isDocument(schema)) throw invalidQuery('$jsonSchema must be an object', '$jsonSchema');
  const checks = Object.keys(schema).map((name) => {
    const keyword = keywords.get(name);
    if (keyword === undefined) throw invalidQuery(`Unknown $jsonSchema keyword: ${name}`, '$jsonSchema');
    return keyword(schema[name] ?? null, { schema, compile });
  });
  return allOf(checks.filter((check) => check !== undefined));
}
