import type { IncomingMessage } from 'node:http';

/** How long a client may go on sending what nobody wants any more. */
const PATIENCE_MS = 30_000;

/**
 * Lets the rest of a body pass by: a client that is still sending reads no reply before, and to close the connection
 * meanwhile would be to take the reply back (RFC 9112 section 9.6). Whoever does not end in time is cut off.
 */
export function discardRest(message: IncomingMessage): void {
  if (message.complete || message.destroyed) return;
  message.resume();
  const timer = setTimeout(() => message.destroy(), PATIENCE_MS).unref();
  message.once('close', () => clearTimeout(timer));
}
