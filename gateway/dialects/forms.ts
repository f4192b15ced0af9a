import { parse as parseForm } from 'node:querystring';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseJsonBody } from '../rest/json-body.ts';
import { Problem } from '../rest/problem.ts';

const MAX_FIELDS = 100;
const MAX_FIELD_BYTES = 16 * 1024;

/** What `curl --data` says of whatever it sends. */
const PLAIN_TYPES = ['application/x-www-form-urlencoded', 'text/plain'];

/**
 * Takes forms where JSON is taken: URL-encoded, and multipart ones of plain fields. Both come as an object of strings.
 * JSON that is called a form or a text is taken for what it is.
 */
export function addFormParsers(scope: FastifyInstance): void {
  scope.addContentTypeParser(
    PLAIN_TYPES,
    { parseAs: 'string' },
    async ({ routeOptions: { config } }: FastifyRequest, body: string): Promise<unknown> =>
      /^\s*\{/.test(body) ? parseJsonBody(Buffer.from(body), config) : { ...parseForm(body) },
  );
  scope.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => readFields(request.headers['content-type'] ?? '', body),
  );
}

/** @throws Problem `invalid-request` for a form that is cut off, has a file, or too much of anything */
function readFields(contentType: string, body: Buffer): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    const fields = new Map<string, string>();
    const refuse = (detail: string) => reject(new Problem('invalid-request', { detail }));
    const parser = openParser(contentType);
    if (parser === undefined) return refuse('The form has no boundary.');
    parser.on('field', (...[name, value, ...truncations]) => {
      if (truncations.some((isTruncated) => isTruncated === true))
        refuse(`The field '${name.slice(0, 100)}' is too long.`);
      fields.set(name, value);
    });
    parser.on('file', (name, file) => {
      file.resume();
      refuse(`The field '${name ?? ''}' must not be a file.`);
    });
    parser.on('fieldsLimit', () => refuse('The form has too many fields.'));
    parser.on('error', () => refuse('The form cannot be read.'));
    parser.on('finish', () => resolve(Object.fromEntries(fields)));
    parser.end(body);
  });
}

function openParser(contentType: string): BusboyInstance | undefined {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { fields: MAX_FIELDS, fieldSize: MAX_FIELD_BYTES },
    });
  } catch {
    return undefined;
  }
}
