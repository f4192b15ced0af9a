import { BSONRegExp } from 'bson';
import { compileRegex } from '../filter/regex.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import { type CompileSchema, invalidKeyword, type Keyword } from './keyword.ts';
import { count } from './value-keywords.ts';
import { below, type Check, type Violation } from './violation.ts';

/** Keywords of documents; all else passes. */
export const objectKeywords: Readonly<Record<string, Keyword>> = {
  required: (operand) => {
    const names = requireNames('required', operand);
    return ofDocuments((document, path) => {
      const missing = names.find((name) => !Object.hasOwn(document, name));
      return missing === undefined ? undefined : { path: below(path, missing), reason: 'is required' };
    });
  },
  properties: (operand, { compile }) => {
    const checks = Object.entries(requireObject('properties', operand)).map(
      ([name, schema]) => [name, compile(schema)] as const,
    );
    return ofDocuments((document, path) => {
      for (const [name, check] of checks) {
        if (!Object.hasOwn(document, name)) continue;
        const violation = check(document[name] ?? null, below(path, name));
        if (violation !== undefined) return violation;
      }
      return undefined;
    });
  },
  patternProperties: (operand, { compile }) => {
    const checks = patterns(operand).map(([matches, schema]) => [matches, compile(schema)] as const);
    return ofDocuments((document, path) => {
      for (const name of Object.keys(document)) {
        for (const [matches, check] of checks) {
          const violation = matches(name) ? check(document[name] ?? null, below(path, name)) : undefined;
          if (violation !== undefined) return violation;
        }
      }
      return undefined;
    });
  },
  additionalProperties: (operand, { schema, compile }) => {
    const check = compileAdditional('additionalProperties', operand, compile);
    const known = new Set(Object.keys(requireObject('properties', schema.properties ?? {})));
    const matchers = patterns(schema.patternProperties ?? {}).map(([matches]) => matches);
    return ofDocuments((document, path) => {
      for (const name of Object.keys(document)) {
        if (known.has(name) || matchers.some((matches) => matches(name))) continue;
        const violation = check(document[name] ?? null, below(path, name));
        if (violation !== undefined) return violation;
      }
      return undefined;
    });
  },
  minProperties: (operand) => {
    const least = count('minProperties', operand);
    return ofDocuments((document, path) =>
      Object.keys(document).length >= least ? undefined : { path, reason: `has fewer than ${least} fields` },
    );
  },
  maxProperties: (operand) => {
    const most = count('maxProperties', operand);
    return ofDocuments((document, path) =>
      Object.keys(document).length <= most ? undefined : { path, reason: `has more than ${most} fields` },
    );
  },
  dependencies: (operand, { compile }) => {
    const checks = Object.entries(requireObject('dependencies', operand)).map(([name, dependency]) => {
      const asked = Array.isArray(dependency) ? { required: dependency } : dependency;
      return [name, compile(asked)] as const;
    });
    return ofDocuments((document, path) => {
      for (const [name, check] of checks) {
        const violation = Object.hasOwn(document, name) ? check(document, path) : undefined;
        if (violation !== undefined) return violation;
      }
      return undefined;
    });
  },
};

function ofDocuments(check: (document: Document, path: string) => Violation | undefined): Check {
  return (value, path) => (isDocument(value) ? check(value, path) : undefined);
}

function requireObject(name: string, operand: DocumentValue): Document {
  if (isDocument(operand)) return operand;
  throw invalidKeyword(name, 'an object');
}

function requireNames(name: string, operand: DocumentValue): readonly string[] {
  const isNames = Array.isArray(operand) && operand.length > 0 && operand.every((each) => typeof each === 'string');
  if (!isNames) throw invalidKeyword(name, 'an array of names, not an empty one');
  return operand as readonly string[]; // all are
}

function patterns(operand: DocumentValue): (readonly [(name: string) => boolean, DocumentValue])[] {
  const schemas = Object.entries(requireObject('patternProperties', operand));
  return schemas.map(([pattern, schema]) => [compileRegex(new BSONRegExp(pattern)), schema] as const);
}

/** `false`, `true`, or a schema of what is not named. */
export function compileAdditional(name: string, operand: DocumentValue, compile: CompileSchema): Check {
  if (operand === true) return () => undefined;
  if (operand === false) return (_, path) => ({ path, reason: 'is not allowed' });
  if (isDocument(operand)) return compile(operand);
  throw invalidKeyword(name, 'a boolean or an object');
}
