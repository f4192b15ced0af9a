import { CORS_METHODS, type CorsConfiguration, type CorsRule } from '../services/cors.ts';
import { S3Error } from './errors.ts';
import { type ElementSchema, StrictElement } from './strict-element.ts';
import { element, parseXml, type XmlNode, xmlDocument } from './xml.ts';

/** "The document is limited to 64 KB in size." */
export const MAX_CORS_BYTES = 64 * 1024;

const ROOT = 'CORSConfiguration';
const MAX_RULES = 100;
const MAX_ID_LENGTH = 255;
/** The schema's integer. */
const MAX_SECONDS = 2 ** 31 - 1;
/** As many as a document can hold. */
const MAX_ELEMENTS = MAX_CORS_BYTES / '<ID/>'.length;
const RULE_SCHEMA: ElementSchema = {
  once: ['ID', 'MaxAgeSeconds'],
  many: ['AllowedOrigin', 'AllowedMethod', 'AllowedHeader', 'ExposeHeader'],
};
/** A field name (RFC 9110 section 5.1): anything else could not be sent. */
const FIELD_NAME = /^[\w!#$%&'*+.^`|~-]*$/;

/**
 * Reads the document of PutBucketCors.
 * @throws S3Error `MalformedXML` for what is not of the schema, `InvalidRequest` for rules that cannot be
 */
export function parseCorsDocument(bytes: Buffer): CorsConfiguration {
  const root = new StrictElement(parseXml(bytes, ROOT, MAX_ELEMENTS), { many: ['CORSRule'] });
  const rules = root.all('CORSRule').map(parseRule);
  if (rules.length === 0) throw new S3Error('MalformedXML');
  if (rules.length > MAX_RULES) {
    throw invalid(`The number of CORS rules should not exceed allowed limit of ${MAX_RULES} rules.`);
  }
  for (const rule of rules) validateRule(rule);
  return { rules };
}

/** "Each CORSRule must identify at least one origin and one method." */
function parseRule(node: XmlNode): CorsRule {
  const rule = new StrictElement(node, RULE_SCHEMA);
  const allowedOrigins = valuesOf(rule, 'AllowedOrigin');
  const allowedMethods = valuesOf(rule, 'AllowedMethod');
  if (allowedOrigins.length === 0 || allowedMethods.length === 0) throw new S3Error('MalformedXML');
  const id = rule.text('ID');
  const maxAgeSeconds = rule.integer('MaxAgeSeconds');
  if (maxAgeSeconds !== undefined && !isSeconds(maxAgeSeconds)) throw new S3Error('MalformedXML');
  return {
    ...(id === undefined ? {} : { id }),
    allowedOrigins,
    allowedMethods,
    allowedHeaders: valuesOf(rule, 'AllowedHeader'),
    exposeHeaders: valuesOf(rule, 'ExposeHeader'),
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
  };
}

function valuesOf(rule: StrictElement, name: string): string[] {
  return rule.all(name).map(({ value, elements }) => {
    if (elements.length > 0) throw new S3Error('MalformedXML');
    return value;
  });
}

function isSeconds(seconds: number): boolean {
  return seconds >= 0 && seconds <= MAX_SECONDS;
}

function validateRule({ id = '', allowedOrigins, allowedMethods, allowedHeaders, exposeHeaders }: CorsRule): void {
  for (const method of allowedMethods) requireMethod(method);
  for (const origin of allowedOrigins) requireOneWildcard('AllowedOrigin', origin);
  for (const header of allowedHeaders) requireHeaderPattern(header);
  for (const header of exposeHeaders) requireExposable(header);
  if (id.length > MAX_ID_LENGTH) throw invalid(`ID length should not exceed allowed limit of ${MAX_ID_LENGTH}`);
}

function requireMethod(method: string): void {
  if (CORS_METHODS.includes(method)) return;
  throw invalid(`Found unsupported HTTP method in CORS config. Unsupported method is ${method}`);
}

function requireOneWildcard(name: string, pattern: string): void {
  if (pattern.indexOf('*') === pattern.lastIndexOf('*')) return;
  throw invalid(`${name} "${pattern}" can not have more than one wildcard.`);
}

function requireHeaderPattern(header: string): void {
  requireOneWildcard('AllowedHeader', header);
  requireFieldName('AllowedHeader', header);
}

function requireExposable(header: string): void {
  if (header.includes('*')) {
    throw invalid(`ExposeHeader "${header}" contains wildcard. We currently do not support wildcard for ExposeHeader.`);
  }
  requireFieldName('ExposeHeader', header);
}

function requireFieldName(name: string, header: string): void {
  if (!FIELD_NAME.test(header)) throw invalid(`${name} "${header}" contains invalid character.`);
}

function invalid(message: string): S3Error {
  return new S3Error('InvalidRequest', { message });
}

/** The document of GetBucketCors: the rules as they were put, in S3's order of elements. */
export function renderCorsDocument({ rules }: CorsConfiguration): string {
  return xmlDocument(ROOT, rules.map(renderRule).join(''));
}

function renderRule(rule: CorsRule): string {
  const elements = [
    ...rule.allowedHeaders.map((header) => element('AllowedHeader', header)),
    ...rule.allowedMethods.map((method) => element('AllowedMethod', method)),
    ...rule.allowedOrigins.map((origin) => element('AllowedOrigin', origin)),
    ...rule.exposeHeaders.map((header) => element('ExposeHeader', header)),
    element('ID', rule.id),
    element('MaxAgeSeconds', rule.maxAgeSeconds),
  ];
  return `<CORSRule>${elements.join('')}</CORSRule>`;
}
