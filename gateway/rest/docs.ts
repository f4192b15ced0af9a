import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { Problem, toProblem } from './problem.ts';
import { sendProblem } from './replies.ts';

const BUNDLE = 'redoc.standalone.js';
/** Scripts are files of ours. Both pages style by script, which asks for 'unsafe-inline' in styles, and in them alone. */
const SHARED_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
/** Redoc searches in a worker that it makes of its own text. */
const REDOC_POLICY = `${SHARED_POLICY}; worker-src blob:`;

const REDOC_PAGE = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gatehouse API</title>
<link rel="stylesheet" href="/api/redoc/page.css">
</head>
<body>
<div id="redoc"></div>
<script src="/api/redoc/${BUNDLE}"></script>
<script src="/api/redoc/page.js"></script>
</body>
</html>
`;
const REDOC_SCRIPT = `Redoc.init('/api/openapi.json', {}, document.getElementById('redoc'));\n`;
/** The logo of Redoc's makers is on a server of theirs, and nothing is loaded from there. */
const REDOC_STYLE = `body { margin: 0; }\na[href^='https://redocly.com'] img { display: none; }\n`;

/** Serves the OpenAPI document, and two ways of reading it: Swagger UI and Redoc. All of it comes from here. */
export async function addDocs(listener: FastifyInstance): Promise<void> {
  listener.get('/api/openapi.json', async () => listener.swagger());
  await listener.register(addSwaggerUi);
  listener.get('/api/redoc', async (_request, reply) =>
    reply.header('Content-Security-Policy', REDOC_POLICY).type('text/html; charset=utf-8').send(REDOC_PAGE),
  );
  addFile(listener, { name: 'page.js', type: 'text/javascript', read: async () => Buffer.from(REDOC_SCRIPT) });
  addFile(listener, { name: 'page.css', type: 'text/css', read: async () => Buffer.from(REDOC_STYLE) });
  addFile(listener, { name: BUNDLE, type: 'text/javascript', read: readBundle });
}

/** In a scope of its own, as its files refuse a path that leads out of their folder with errors that are no problems. */
const addSwaggerUi: FastifyPluginAsync = async (scope) => {
  scope.setErrorHandler<FastifyError>((error, _request, reply) => {
    const isRefused = error.statusCode !== undefined && error.statusCode < 500;
    return sendProblem(reply, isRefused ? new Problem('not-found', { cause: error }) : toProblem(error));
  });
  await scope.register(fastifySwaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: SHARED_POLICY,
    uiConfig: { deepLinking: true, persistAuthorization: false },
    theme: { title: 'Gatehouse API' },
  });
};

interface ServedFile {
  readonly name: string;
  readonly type: string;
  readonly read: () => Promise<Buffer>;
}

/** Browsers keep it for a day, and ask then whether it has changed. It is read when it is first asked for. */
function addFile(listener: FastifyInstance, { name, type, read }: ServedFile): void {
  let reading: Promise<{ readonly bytes: Buffer; readonly etag: string }> | undefined;
  listener.get(`/api/redoc/${name}`, async (request, reply) => {
    reading ??= read().then((bytes) => ({ bytes, etag: `"${createHash('sha256').update(bytes).digest('hex')}"` }));
    const { bytes, etag } = await reading;
    reply.header('ETag', etag).header('Cache-Control', 'public, max-age=86400');
    return isKnown(request, etag) ? reply.code(304).send() : sendText(reply, type, bytes);
  });
}

function isKnown({ headers }: FastifyRequest, etag: string): boolean {
  const known = headers['if-none-match']?.split(',').map((each) => each.trim().replace(/^W\//, ''));
  return known?.includes(etag) ?? false;
}

function sendText(reply: FastifyReply, type: string, bytes: Buffer): FastifyReply {
  return reply.type(`${type}; charset=utf-8`).send(bytes);
}

/** A build has it beside this file; the sources take it from where it was installed. */
async function readBundle(): Promise<Buffer> {
  return readFile(new URL(`./docs/${BUNDLE}`, import.meta.url)).catch(() =>
    readFile(createRequire(import.meta.url).resolve(`redoc/bundles/${BUNDLE}`)),
  );
}
