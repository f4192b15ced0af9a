import fc from 'fast-check';
import type { ApiOperation, Schema } from './openapi-document.ts';

/** A request that may or may not be what an operation asks for. */
export interface FuzzedRequest {
  readonly params: Readonly<Record<string, string>>;
  /** Of a query, without the question mark. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Texts that mean something to the gateway, or are known to break things. */
const ODD_TEXTS = [
  '',
  ' ',
  '\0',
  'null',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  '%00%ff',
  "' OR 1=1 --",
  '\u202eabc',
  '\u{1f511}'.repeat(20),
  'e\u0301'.repeat(40),
  'K',
  'x'.repeat(300),
  'x'.repeat(5000),
  '\r\nSet-Cookie: a=b',
  'a@b',
  'urn:gatehouse',
];

const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 2 ** 53, 1e308, -1e308, [], {}, [[[[]]]], { '': '' }),
  fc.constantFrom<unknown>(...ODD_TEXTS),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A value that a schema allows, if that is of a simple kind. `known` are texts that name something real. */
function allowedBy(schema: Schema, known: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  const { type, properties, items, required } = schema;
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const options = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
  if (options !== undefined) return fc.oneof(...options.map((each) => allowedBy(each, known)));
  if (type === 'object') {
    const fields = Object.entries((properties as Record<string, Schema> | undefined) ?? {});
    const values = Object.fromEntries(fields.map(([name, each]) => [name, mostly(allowedBy(each, known), junk)]));
    return fc.record(values, { requiredKeys: (required as string[] | undefined) ?? [] });
  }
  if (type === 'array') return fc.array(mostly(allowedBy(items as Schema, known), junk), { maxLength: 4 });
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  if (type === 'integer' || type === 'number') return numberOf(schema);
  return type === 'string' ? textOf(schema, known) : junk;
}

function numberOf({ minimum = 0, maximum = 2 ** 53 }: Schema): fc.Arbitrary<number> {
  const [low, high] = [minimum as number, maximum as number];
  return fc.oneof(fc.constantFrom(low, high, low - 1, high + 1), fc.integer({ min: 0, max: 100 }));
}

function textOf(schema: Schema, known: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const minLength = (schema.minLength as number | undefined) ?? 0;
  const maxLength = (schema.maxLength as number | undefined) ?? 100;
  const lengths = fc.constantFrom(minLength, maxLength, maxLength + 1).map((length) => 'b'.repeat(length));
  const choices: fc.Arbitrary<string>[] = [known, lengths, fc.string({ unit: 'binary', minLength, maxLength: 60 })];
  if (schema.format === 'date-time') choices.push(fc.date({ noInvalidDate: true }).map((date) => date.toISOString()));
  if (schema.format === 'email') choices.push(fc.emailAddress());
  if (typeof schema.pattern === 'string') choices.push(matching(schema.pattern));
  return fc.oneof(...choices);
}

/** Patterns with what the library cannot make are left to chance. */
function matching(pattern: string): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(pattern, 'u'), { maxLength: 40 });
  } catch {
    return fc.string();
  }
}

function mostly<T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: rare });
}

/** Requests for an operation: some right, most of them wrong somewhere. */
export function requestsOf(operation: ApiOperation, knownTexts: readonly string[]): fc.Arbitrary<FuzzedRequest> {
  const known = fc.constantFrom(...knownTexts);
  const named = (place: string) => operation.parameters.filter((each) => each.in === place);
  const params = Object.fromEntries(
    named('path').map(({ name, schema }) => [name, mostly(allowedBy(schema, known), junk).map(String)]),
  );
  return fc.record({
    params: fc.record(params),
    query: queryOf(Object.fromEntries(named('query').map(({ name, schema }) => [name, allowedBy(schema, known)]))),
    headers: headersOf(operation, known),
    body: operation.method === 'GET' ? fc.constant(undefined) : bodyOf(operation, known),
  });
}

function queryOf(values: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<string> {
  const right = fc
    .record(values, { requiredKeys: [] })
    .map((query) =>
      new URLSearchParams(
        Object.entries(query).map(([name, each]) => [name, String(each)] as [string, string]),
      ).toString(),
    );
  return mostly(
    right,
    fc.oneof(fc.constantFrom('a=b', 'limit=1&limit=2', '__proto__=1', '%', 'limit'), fc.webQueryParameters()),
  );
}

function headersOf(operation: ApiOperation, known: fc.Arbitrary<string>): fc.Arbitrary<Record<string, string>> {
  const values = operation.parameters.flatMap(({ name, in: place, schema }) =>
    place === 'header' ? [[name, allowedBy(schema, known).map(printable)] as const] : [],
  );
  const type = mostly(
    fc.constant('application/json'),
    fc.constantFrom('text/plain', 'application/json; charset=latin1', 'multipart/form-data', 'x', 'application/xml'),
  );
  return fc
    .record({ 'Content-Type': type, ...Object.fromEntries(values) }, { requiredKeys: ['Content-Type'] })
    .map((headers) => (operation.method === 'GET' ? without(headers, 'Content-Type') : headers));
}

/** What a client can send in a header. */
function printable(value: unknown): string {
  return String(value).replaceAll(/[^\x20-\x7e\xa0-\xff]/g, '?');
}

function without(headers: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name));
}

function bodyOf({ body }: ApiOperation, known: fc.Arbitrary<string>): fc.Arbitrary<string | undefined> {
  const broken = fc.constantFrom(
    undefined,
    '',
    '{',
    'null',
    '[]',
    '"a"',
    '\ufeff{}',
    '{"a":1,"a":2}',
    '{"__proto__":{}}',
  );
  if (body === undefined) return mostly(fc.constant(undefined), broken);
  const value = allowedBy(body, known);
  const extra = fc
    .tuple(value, fc.string(), junk)
    .map(([object, name, each]) => ({ ...(object as object), [name]: each }));
  const right = fc.oneof({ weight: 5, arbitrary: value }, { weight: 1, arbitrary: fc.oneof(extra, junk) });
  return mostly(
    right.map((each) => JSON.stringify(each)),
    broken,
  );
}
