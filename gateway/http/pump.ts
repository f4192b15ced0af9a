import type { ServerResponse } from 'node:http';
import type { BlobReader } from '../backends/index.ts';

/** The client went away before it had everything. */
export class ClientGone extends Error {
  constructor() {
    super('The client closed the connection before the reply was complete.');
    this.name = 'ClientGone';
  }
}

/** A reply whose head has been written. */
export interface Pump {
  readonly first: Awaited<ReturnType<BlobReader['next']>>;
  readonly reader: BlobReader;
  readonly response: ServerResponse;
}

/**
 * Passes pieces on at the client's pace; each buffer goes back to its pool when the connection has taken it.
 * @throws ClientGone
 */
export async function pump({ first, reader, response }: Pump): Promise<void> {
  for (let chunk = first; chunk !== undefined; chunk = await reader.next()) {
    requireClient(response);
    const { release, bytes } = chunk;
    if (!response.write(bytes, () => release())) await drained(response);
  }
  response.end();
}

/** A reply that waits for its turn behind another is not told that the connection is gone: ask the connection. */
function requireClient(response: ServerResponse): void {
  if (response.destroyed || response.req.socket.destroyed) throw new ClientGone();
}

async function drained(response: ServerResponse): Promise<void> {
  const { socket } = response.req;
  await new Promise<void>((resolve) => {
    const settle = () => {
      response.off('drain', settle);
      response.off('close', settle);
      socket.off('close', settle);
      resolve();
    };
    response.once('drain', settle);
    response.once('close', settle);
    socket.once('close', settle);
  });
  requireClient(response);
}
