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

/** Texts that name something real, for a field or parameter of that name. */
export type KnownTexts = (name: string) => fc.Arbitrary<string>;

interface Field {
  readonly name: string;
  readonly schema: Schema;
  readonly known: KnownTexts;
}

/** A value that the schema of a field allows, or nearly. */
function allowedBy(field: Field): fc.Arbitrary<unknown> {
  const { schema, known, name } = field;
  const { type, properties, items, required } = schema;
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const options = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
  if (options !== undefined) return fc.oneof(...options.map((each) => allowedBy({ ...field, schema: each })));
  if (Array.isArray(type)) {
    return fc.oneof(...type.map((each) => allowedBy({ ...field, schema: { ...schema, type: each } })));
  }
  if (type === 'object') {
    const fields = Object.entries((properties as Record<string, Schema> | undefined) ?? {});
    const values = fields.map(([each, inner]) => [each, mostly(allowedBy({ name: each, schema: inner, known }), junk)]);
    return someOf(Object.fromEntries(values), (required as string[] | undefined) ?? []);
  }
  if (type === 'array') {
    return fc.array(mostly(allowedBy({ name, schema: items as Schema, known }), junk), { maxLength: 4 });
  }
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  if (type === 'integer' || type === 'number') return numberOf(schema);
  return type === 'string' ? textOf(field) : junk;
}

/** An object with a few of its fields, mostly those that it must have. */
function someOf<T>(
  values: Record<string, fc.Arbitrary<T>>,
  required: readonly string[],
): fc.Arbitrary<Record<string, T>> {
  const few = fc.record(
    Object.fromEntries(
      Object.entries(values).map(([name, each]) => [
        name,
        required.includes(name)
          ? fc.option(each, { freq: 30, nil: undefined })
          : fc.option(each, { freq: 2, nil: undefined }),
      ]),
    ),
  );
  return few.map((fields) =>
    Object.fromEntries(Object.entries(fields).flatMap(([name, each]) => (each === undefined ? [] : [[name, each]]))),
  );
}

function numberOf({ minimum = 0, maximum = 2 ** 53 }: Schema): fc.Arbitrary<number> {
  const [low, high] = [minimum as number, maximum as number];
  return mostly(
    fc.oneof(fc.constantFrom(low, high), fc.integer({ min: low, max: low + 100 })),
    fc.constantFrom(low - 1, high + 1),
  );
}

function textOf({ name, schema, known }: Field): fc.Arbitrary<string> {
  const minLength = (schema.minLength as number | undefined) ?? 0;
  const maxLength = (schema.maxLength as number | undefined) ?? 100;
  const atLengths = (...lengths: number[]) =>
    fc.constantFrom(...lengths.map((length) => 'b'.repeat(Math.max(0, length))));
  const wild = fc.oneof(
    atLengths(minLength, maxLength),
    atLengths(minLength - 1, maxLength + 1),
    fc.string({ unit: 'binary', minLength, maxLength: Math.min(60, maxLength) }),
  );
  if (schema.format === 'date-time') return mostly(moments, wild);
  if (typeof schema.pattern === 'string') return mostly(fc.oneof(known(name), matching(schema.pattern)), wild);
  return fc.oneof({ weight: 3, arbitrary: known(name) }, { weight: 1, arbitrary: wild });
}

/** In the past, in the future, and where the calendar is odd. */
const moments = fc.oneof(
  fc.constantFrom('2030-01-01T00:00:00Z', '2001-01-01T00:00:00+02:00', '0000-01-01T00:00:00Z', '9999-12-31T23:59:60Z'),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
);

/** Patterns with what the library cannot make are left to chance. */
function matching(pattern: string): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(pattern, 'u'), { maxLength: 40 });
  } catch {
    return fc.string();
  }
}

function mostly<T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: rare });
}

/** Requests for an operation: some right, many of them wrong somewhere. */
export function requestsOf(operation: ApiOperation, known: KnownTexts): fc.Arbitrary<FuzzedRequest> {
  const named = (place: string): [string, fc.Arbitrary<unknown>][] =>
    operation.parameters
      .filter((each) => each.in === place)
      .map(({ name, schema }) => [name, allowedBy({ name, schema, known })]);
  const params = named('path').map(([name, value]) => [name, mostly(value, junk).map(asText)]);
  return fc.record({
    params: fc.record(Object.fromEntries(params)),
    query: queryOf(Object.fromEntries(named('query'))),
    headers: headersOf(operation, Object.fromEntries(named('header'))),
    body: operation.method === 'GET' ? fc.constant(undefined) : bodyOf(operation, known),
  });
}

function queryOf(values: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<string> {
  const right = someOf(values, []).map((query) => {
    const texts = Object.entries(query).map(([name, each]): [string, string] => [name, String(each)]);
    return new URLSearchParams(texts).toString();
  });
  const odd = fc.constantFrom('a=b', 'limit=1&limit=2', '__proto__=1', '%', 'limit', 'cursor[]=1');
  return mostly(right, fc.oneof(odd, fc.webQueryParameters()));
}

function headersOf(
  { method }: ApiOperation,
  values: Record<string, fc.Arbitrary<unknown>>,
): fc.Arbitrary<Record<string, string>> {
  const odd = ['text/plain', 'application/json; charset=latin1', 'multipart/form-data', 'x', 'application/xml'];
  const type = mostly(fc.constant('application/json'), fc.constantFrom(...odd));
  return fc.record({ type, headers: someOf(values, []) }).map(({ type: contentType, headers }) => ({
    ...Object.fromEntries(Object.entries(headers).map(([name, each]) => [name, printable(each)])),
    ...(method === 'GET' ? {} : { 'Content-Type': contentType }),
  }));
}

/** What a client can send in a header. */
function printable(value: unknown): string {
  return String(value).replaceAll(/[^\x20-\x7e\xa0-\xff]/g, '?');
}

function bodyOf({ body }: ApiOperation, known: KnownTexts): fc.Arbitrary<string | undefined> {
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
  const value = allowedBy({ name: '', schema: body, known });
  const extra = fc
    .tuple(value, fc.string(), junk)
    .map(([object, name, each]) => ({ ...(object as object), [name]: each }));
  const json = mostly(value, fc.oneof(extra, junk)).map((each) => JSON.stringify(each));
  return mostly(json, broken);
}

/** Some objects have no text: those without a prototype. */
function asText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return '[object]';
  }
}
