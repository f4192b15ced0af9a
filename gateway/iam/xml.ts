import { element } from '../s3/xml-writer.ts';

/** What a reply says: elements by their names, lists of `member`. What is undefined is left out. */
export type Xml = string | number | boolean | undefined | readonly Xml[] | { readonly [name: string]: Xml };

/** `<name>...</name>`, as AWS's query protocol writes it. */
export function toXml(name: string, value: Xml): string {
  if (typeof value !== 'object') return element(name, value);
  const isList = Array.isArray(value);
  const inner = isList
    ? value.map((each: Xml) => toXml('member', each)).join('')
    : Object.entries(value as { readonly [name: string]: Xml }) // it is no list
        .map(([key, each]) => toXml(key, each))
        .join('');
  return `<${name}>${inner}</${name}>`;
}
