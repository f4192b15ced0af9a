import { MISSING, valuesAt } from '../field-path.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';

/**
 * A pipeline in which `$$name` is the value that it has for one document. In filters only `$expr` knows variables ("A $match
 * stage requires the use of an $expr operator to access the variables").
 */
export function bindVariables(stages: readonly Document[], variables: Document): readonly Document[] {
  if (Object.keys(variables).length === 0) return stages;
  return stages.map((stage) =>
    stage.$match === undefined ? bindAll(stage, variables) : { $match: bindInFilter(stage.$match, variables) },
  );
}

function bindInFilter(filter: DocumentValue, variables: Document): DocumentValue {
  if (Array.isArray(filter)) return filter.map((each) => bindInFilter(each, variables));
  if (!isDocument(filter)) return filter;
  return Object.fromEntries(
    Object.entries(filter).map(([name, value]) => {
      if (name === '$expr') return [name, bind(value, variables)];
      return [name, name.startsWith('$') ? bindInFilter(value, variables) : value];
    }),
  );
}

function bindAll(stage: Document, variables: Document): Document {
  return Object.fromEntries(Object.entries(stage).map(([name, value]) => [name, bind(value, variables)]));
}

function bind(value: DocumentValue, variables: Document): DocumentValue {
  if (typeof value === 'string') return bindText(value, variables);
  if (Array.isArray(value)) return value.map((item) => bind(item, variables));
  if (!isDocument(value) || value.$literal !== undefined) return value;
  return bindAll(value, variables);
}

function bindText(text: string, variables: Document): DocumentValue {
  const [, name = '', , path] = /^\$\$([A-Za-z]\w*)(\.(.+))?$/.exec(text) ?? [];
  if (!Object.hasOwn(variables, name)) return text;
  const value = variables[name] ?? null;
  if (path === undefined) return { $literal: value };
  const [found = MISSING] = valuesAt(value, path.split('.'));
  return { $literal: found === MISSING ? null : found };
}
