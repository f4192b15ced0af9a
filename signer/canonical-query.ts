import { SIGNATURE_PARAMETER } from './constants.ts';
import { canonicalQueryComponent } from './percent-encoding.ts';

interface Parameter {
  readonly name: string;
  readonly value: string;
}

/** Name before value, each by encoded bytes: comparing `name=value` as one text would put `a-b=` before `a=`. */
function compareParameters(left: Parameter, right: Parameter): number {
  if (left.name !== right.name) return left.name < right.name ? -1 : 1;
  if (left.value === right.value) return 0;
  return left.value < right.value ? -1 : 1;
}

/** The pairs of a raw query string, undecoded, in order; an item without `=` has an empty value. */
export function queryPairs(query: string): Parameter[] {
  const pairs: Parameter[] = [];
  for (const item of query.split('&')) {
    const equals = item.indexOf('=');
    if (equals >= 0) pairs.push({ name: item.slice(0, equals), value: item.slice(equals + 1) });
    else if (item !== '') pairs.push({ name: item, value: '' });
  }
  return pairs;
}

function canonicalParameters(query: string): Parameter[] {
  const parameters: Parameter[] = [];
  for (const pair of queryPairs(query)) {
    const name = canonicalQueryComponent(pair.name);
    if (name !== SIGNATURE_PARAMETER) parameters.push({ name, value: canonicalQueryComponent(pair.value) });
  }
  return parameters.sort(compareParameters);
}

/**
 * The canonical query string of a raw one (without its `?`): sorted, encoded once, without `X-Amz-Signature`, and
 * `name=` for a subresource without value. Throws InvalidURI for malformed percent-encoding.
 */
export function canonicalQuery(query: string): string {
  if (query === '') return '';
  let canonical = '';
  for (const { name, value } of canonicalParameters(query)) {
    canonical += canonical === '' ? `${name}=${value}` : `&${name}=${value}`;
  }
  return canonical;
}
