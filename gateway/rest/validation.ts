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
export const compileValidator: FastifySchemaCompiler<object> = ({ schema, httpPart }) =>
  (httpPart === 'body' ? strict : textual).compile(schema);
