import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';

// Nothing is left out silently, and a body means what it says: "1" is no number. Queries and paths are text, so their
// numbers are read.
const strict = new Ajv({ removeAdditional: false, coerceTypes: false, useDefaults: true, strict: false });
const textual = new Ajv({ removeAdditional: false, coerceTypes: true, useDefaults: true, strict: false });
addFormats.default(strict);
addFormats.default(textual);

/** Compiles the schema of a part of a request. */
export const compileValidator: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
  if (httpPart === 'body') return strict.compile(schema);
  return textual.compile(httpPart === 'headers' ? inLowerCase(schema) : schema);
};

/** Headers are documented in capitals; node names them in lower case. */
function inLowerCase(schema: object): object {
  if (!('properties' in schema)) return schema;
  const properties = Object.entries(schema.properties as object); // a JSON schema's properties are an object
  return { ...schema, properties: Object.fromEntries(properties.map(([name, each]) => [name.toLowerCase(), each])) };
}
