import type { LifecycleScope } from '../../services/lifecycle/index.ts';
import type { Tags } from '../../services/tags.ts';
import { S3Error } from '../errors.ts';
import { required, StrictElement } from '../strict-element.ts';
import { element, type XmlNode } from '../xml.ts';
import { invalidRequest, prefixBesideFilter } from './refusals.ts';

const SIZES = ['ObjectSizeGreaterThan', 'ObjectSizeLessThan'];
const MAX_PREFIX_BYTES = 1024;
const MAX_TAG_KEY = 128;
const MAX_TAG_VALUE = 256;

/** Which objects a rule is about, from its `Filter`, or its `Prefix` as the first version of the API had it. */
export function parseScope(rule: StrictElement): LifecycleScope {
  const filter = rule.one('Filter');
  const prefix = rule.text('Prefix');
  if (filter !== undefined && prefix !== undefined) throw prefixBesideFilter();
  if (filter === undefined) return { form: 'rule-prefix', prefix: parsePrefix(required(prefix)) };
  const terms = new StrictElement(filter, { once: ['Prefix', 'Tag', 'And', ...SIZES] });
  // "A Filter can have exactly one of Prefix, Tag, ObjectSizeGreaterThan, ObjectSizeLessThan, or And specified."
  if (terms.size > 1) throw new S3Error('MalformedXML');
  const and = terms.one('And');
  return and === undefined ? { form: 'filter', ...parseTerms(terms) } : { form: 'and', ...parseAnd(and) };
}

export function renderScope(scope: LifecycleScope): string {
  const terms =
    element('Prefix', scope.prefix) +
    (scope.tags ?? []).map(([key, value]) => `<Tag>${element('Key', key)}${element('Value', value)}</Tag>`).join('') +
    element('ObjectSizeGreaterThan', scope.sizeGreaterThan) +
    element('ObjectSizeLessThan', scope.sizeLessThan);
  if (scope.form === 'rule-prefix') return terms;
  return scope.form === 'and' ? `<Filter><And>${terms}</And></Filter>` : `<Filter>${terms}</Filter>`;
}

/** A scope as S3's errors name it: `prefix 'a/'`, `filter '(prefix=a/ and tag={key=k, value=v})'`. */
export function describeScope({ form, prefix, tags = [], sizeGreaterThan, sizeLessThan }: LifecycleScope): string {
  if (form === 'rule-prefix') return `prefix '${prefix}'`;
  const terms = tags.map(([key, value]) => `tag={key=${key}, value=${value}}`);
  if (prefix !== undefined) terms.unshift(`prefix=${prefix}`);
  if (sizeGreaterThan !== undefined) terms.push(`objectsizegreaterthan=${sizeGreaterThan}`);
  if (sizeLessThan !== undefined) terms.push(`objectsizelessthan=${sizeLessThan}`);
  return `filter '(${terms.join(' and ') || 'prefix='})'`;
}

/** "This is used in a Lifecycle Rule Filter to apply a logical AND to two or more predicates." */
function parseAnd(and: XmlNode): Omit<LifecycleScope, 'form'> {
  const terms = new StrictElement(and, { once: ['Prefix', ...SIZES], many: ['Tag'] });
  if (terms.size < 2) throw new S3Error('MalformedXML');
  return parseTerms(terms);
}

function parseTerms(terms: StrictElement): Omit<LifecycleScope, 'form'> {
  const prefix = terms.text('Prefix');
  const tags = terms.all('Tag').map(parseTag);
  return {
    prefix: prefix === undefined ? undefined : parsePrefix(prefix),
    tags: tags.length === 0 ? undefined : tags,
    sizeGreaterThan: terms.long('ObjectSizeGreaterThan'),
    sizeLessThan: terms.long('ObjectSizeLessThan'),
  };
}

function parsePrefix(prefix: string): string {
  if (Buffer.byteLength(prefix) <= MAX_PREFIX_BYTES) return prefix;
  throw invalidRequest('The maximum size of a prefix is 1024.');
}

/** "If you specify only a Key element and no Value element, the rule will apply only to objects [...] without a value." */
function parseTag(node: XmlNode): Tags[number] {
  const tag = new StrictElement(node, { once: ['Key', 'Value'] });
  const key = required(tag.text('Key'));
  const value = tag.text('Value') ?? '';
  if (key === '') throw new S3Error('MalformedXML');
  if (key.length > MAX_TAG_KEY) throw invalidTag('The TagKey you have provided is invalid');
  if (value.length > MAX_TAG_VALUE) throw invalidTag('The TagValue you have provided is invalid');
  return [key, value];
}

function invalidTag(message: string): S3Error {
  return new S3Error('InvalidTag', { message });
}
