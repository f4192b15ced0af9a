import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

// What node:http alone can do: it reads bodies and answers with as many bytes, and neither checks nor stores anything.
const payloads = new Map<string, Buffer>([
  ['small', Buffer.alloc(1024)],
  ['medium', Buffer.alloc(64 * 1024)],
  ['large', Buffer.alloc(64 * 1024 * 1024)],
]);
// As long as a listing of a thousand short keys.
const listing = Buffer.alloc(250_000);

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'PUT') {
    request.resume().on('end', () => response.writeHead(200, { 'content-length': 0 }).end());
    return;
  }
  if (request.method === 'DELETE') {
    response.writeHead(204).end();
    return;
  }
  const body = payloads.get(request.url?.split('/')[2] ?? '') ?? listing;
  response.writeHead(200, { 'content-length': body.length }).end(request.method === 'HEAD' ? undefined : body);
}

const server = createServer(answer).listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ msg: 'ready', s3: `http://127.0.0.1:${port}` }));
});
process.once('SIGTERM', () => process.exit());
